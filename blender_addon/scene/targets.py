"""Finds the number behind a Target, reads it and sets it. Nothing here keeps a Blender reference."""

import re
from typing import Any

import bpy

from ..rig_matching import Target

CUSTOM_PROPERTY = re.compile(r'(?P<of>.*)\["(?P<name>(?:[^"\\]|\\.)*)"\]')


def object_named(name: str) -> bpy.types.Object | None:
    """The object of this file before any linked one: an override has the name of what it overrides."""
    return bpy.data.objects.get((name, None)) or bpy.data.objects.get(name)


def owner_of(target: Target) -> bpy.types.ID | None:
    """The datablock that carries a target's keyframes; None when it is not in this file."""
    ob = object_named(target.object)
    if ob is None:
        return None
    if target.holder == "KEYS":
        return ob.data.shape_keys if ob.type == "MESH" else None
    return ob if target.holder == "OBJECT" else ob.data


def value_exists(target: Target) -> bool:
    """Whether the number itself is there: the key, the bone, the property."""
    owner = owner_of(target)
    if owner is None:
        return False
    try:
        owner.path_resolve(target.path)
    except ValueError:
        return False
    return True


def read_value(target: Target) -> Any:
    """The number as it is now. The target must exist."""
    value = _owner(target).path_resolve(target.path)
    return value[target.index] if hasattr(value, "__getitem__") else value


def write_value(target: Target, value: float) -> None:
    """Set the number, in the kind it has (a whole number stays one). The target must exist."""
    owner = _owner(target)
    held = owner.path_resolve(target.path)
    if hasattr(held, "__getitem__"):
        held[target.index] = value
    elif custom := CUSTOM_PROPERTY.fullmatch(target.path):
        holder = owner.path_resolve(custom["of"]) if custom["of"] else owner
        holder[bpy.utils.unescape_identifier(custom["name"])] = type(held)(value)
    else:
        of, _, name = target.path.rpartition(".")
        setattr(owner.path_resolve(of) if of else owner, name, type(held)(value))
    owner.update_tag()


def _owner(target: Target) -> Any:
    owner = owner_of(target)
    if owner is None:
        raise KeyError(target.label)
    return owner
