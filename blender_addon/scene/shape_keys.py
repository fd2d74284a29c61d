"""Reads shape keys as they stand in the scene: what is there, and what would keep it from moving."""

import re
from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ..contract import arkit
from ..rig_matching import DriverSource, KeyInfo, Target, key_path, straight_line
from .fcurves import curves_of

ENOUGH_KEYS = 10  # a mesh with so many ARKit names is taken for a face


def faces_in(objects: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    """Mesh objects that look like (part of) an ARKit face, the one with most matching keys first."""
    counted = [(_arkit_keys(ob), ob) for ob in objects if _keys_of(ob)]
    return [ob for count, ob in sorted(counted, key=lambda pair: -pair[0]) if count >= ENOUGH_KEYS]


def read_rig(objects: Iterable[bpy.types.Object]) -> list[KeyInfo]:
    """Every shape key of these objects but the ones all others are relative to."""
    return [info for ob in objects if (keys := _keys_of(ob)) for info in _read_keys(ob, keys)]


def why_linked(ob: bpy.types.Object) -> str | None:
    """Why a mesh's shape keys cannot carry keyframes that last, with advice; None when they can."""
    if ob.library:
        return (
            f"{ob.name} is linked from {ob.library.filepath}; choose Object › Library Override › Make, "
            "then try again."
        )
    if ob.data and ob.data.library and not ob.override_library:
        return f"The mesh of {ob.name} is linked; choose Object › Relations › Make Local › Object Data first."
    return None


def own_mesh(ob: bpy.types.Object) -> None:
    """Override the mesh of an overridden object: keys on a linked mesh are gone after reopening."""
    if ob.override_library and ob.data.library:
        ob.data.override_create(remap_local_usages=True)


def _keys_of(ob: bpy.types.Object) -> bpy.types.Key | None:
    return ob.data.shape_keys if ob.type == "MESH" else None


def _arkit_keys(ob: bpy.types.Object) -> int:
    names = {arkit.arkit_name(block.name) for block in ob.data.shape_keys.key_blocks}
    return len(names.intersection(arkit.COEFFICIENTS))


def _read_keys(ob: bpy.types.Object, keys: bpy.types.Key) -> list[KeyInfo]:
    drivers = {
        curve.data_path: curve for curve in (keys.animation_data.drivers if keys.animation_data else ())
    }
    animated = {curve.data_path: curve for curve in curves_of(keys)}
    shapes: dict[str, Any] = {}
    found = []
    for block in keys.key_blocks:
        if block == keys.reference_key:
            continue
        path = key_path(block.name)
        driver = drivers.get(path)
        driven = driver is not None and not driver.mute
        found.append(
            KeyInfo(
                object=ob.name,
                key=block.name,
                keys=keys.name_full,
                slider_min=block.slider_min,
                slider_max=block.slider_max,
                driven=driven,
                source=driver_source(driver) if driver and driven else None,
                muted=block.mute,
                locked=block.lock_shape,
                curve=_curve_state(animated.get(path)),
                moves=not np.array_equal(_shape(block, shapes), _shape(block.relative_key, shapes)),
                absolute=not keys.use_relative,
                pinned=ob.show_only_shape_key,
            )
        )
    return found


def _shape(block: bpy.types.ShapeKey, known: dict[str, Any]) -> Any:
    """(V, 3) coordinates, read once a key."""
    if block.name not in known:
        known[block.name] = np.empty(3 * len(block.points), np.float32)
        block.points.foreach_get("co", known[block.name])
    return known[block.name]


def _curve_state(curve: bpy.types.FCurve | None) -> Any:
    if curve is None:
        return ""
    return "muted" if curve.mute else "locked" if curve.lock else ""


def driver_source(curve: bpy.types.FCurve) -> DriverSource | None:
    """What a driver listens to, where that is one number and the way from it a straight line."""
    driver = curve.driver
    if len(driver.variables) != 1 or not driver.is_valid:
        return None
    variable = driver.variables[0]
    line = straight_line(driver.expression, variable.name) if driver.type == "SCRIPTED" else (1.0, 0.0)
    shaped = _curve_line(curve)
    target = _variable_target(variable)
    if line is None or shaped is None or target is None:
        return None
    return DriverSource(target, slope=shaped[0] * line[0], intercept=shaped[0] * line[1] + shaped[1])


def _curve_line(curve: bpy.types.FCurve) -> tuple[float, float] | None:
    """(slope, intercept) of the curve a driver's value runs through; None when it bends between 0 and 1."""
    start, middle, end = (curve.evaluate(x) for x in (0.0, 0.5, 1.0))
    straight = abs((start + end) / 2 - middle) < 1e-4 and abs(end - start) > 1e-6
    return (end - start, start) if straight else None


def _variable_target(variable: bpy.types.DriverVariable) -> Target | None:
    listened = variable.targets[0]
    if listened.id is None:
        return None
    if variable.type == "SINGLE_PROP":
        return _property_target(listened.id, listened.data_path)
    if variable.type == "TRANSFORMS" and isinstance(listened.id, bpy.types.Object):
        return _transform_target(listened)
    return None


def _property_target(owner: bpy.types.ID, path: str) -> Target | None:
    element = re.fullmatch(r"(.*)\[(\d+)\]", path)
    path, index = (element[1], int(element[2])) if element else (path, 0)
    if isinstance(owner, bpy.types.Object):
        return Target(owner.name, path, index, "OBJECT")
    for ob in bpy.data.objects:
        if ob.data == owner:
            return Target(ob.name, path, index, "DATA")
        if _keys_of(ob) == owner:
            return Target(ob.name, path, index, "KEYS")
    return None


def _transform_target(listened: bpy.types.DriverTarget) -> Target | None:
    """The channel behind a transform variable. Only local ones are: world space mixes several."""
    ob = listened.id
    turned = ob.pose.bones.get(listened.bone_target) if listened.bone_target and ob.pose else ob
    kind, _, axis = listened.transform_type.partition("_")
    if turned is None or listened.transform_space != "LOCAL_SPACE" or axis not in ("X", "Y", "Z"):
        return None
    euler = turned.rotation_mode not in ("QUATERNION", "AXIS_ANGLE")
    channel = {"LOC": "location", "SCALE": "scale", "ROT": "rotation_euler" if euler else None}[kind]
    if channel is None:
        return None
    return Target(ob.name, turned.path_from_id(channel), "XYZ".index(axis), "OBJECT")
