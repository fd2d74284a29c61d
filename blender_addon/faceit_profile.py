"""Faceit's capture profile in and out, so that nobody maps a rig twice.

The format is Faceit's (name → target shapes, amplify, region); no code of it is used here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .contract import arkit
from .mapping import Binding, Mapping, PresetUnreadable, binding_for, preset_content
from .rig_matching import KeyInfo, key_of_path

NO_TARGET = frozenset({"", "---", "SKIP"})


@dataclass(frozen=True)
class Profile:
    """A profile on a rig.

    bindings  one for each key of each shape named
    foreign   names in the profile that are no ARKit channels (Audio2Face's 46, for one)
    absent    shapes the profile names and the rig does not have
    """

    bindings: tuple[Binding, ...]
    foreign: tuple[str, ...]
    absent: tuple[str, ...]


def read_profile(text: str, rig: Iterable[KeyInfo]) -> Profile:
    """A profile from text; amplify becomes gain. Raises PresetUnreadable."""
    shapes: dict[str, list[KeyInfo]] = {}
    for key in rig:
        shapes.setdefault(key.key, []).append(key)
    bindings: list[Binding] = []
    foreign, absent = [], []
    for name, entry in preset_content(text).items():
        channel = arkit.arkit_name(name)
        if channel is None:
            foreign.append(name)
            continue
        wanted, amplify = _entry(name, entry)
        absent += [shape for shape in wanted if shape not in shapes]
        bindings += [_amplified(channel, key, amplify) for shape in wanted for key in shapes.get(shape, ())]
    return Profile(tuple(bindings), tuple(foreign), tuple(dict.fromkeys(absent)))


def write_profile(mapping: Mapping) -> str:
    """All 52 channels, with no target shapes where there is no key. Only the gain has a place there."""
    return json.dumps({name: _written(name, mapping) for name in arkit.COEFFICIENTS}, indent=4)


def _written(channel: str, mapping: Mapping) -> dict[str, Any]:
    bindings = [
        b for b in mapping.bindings if b.channel == channel and b.enabled and key_of_path(b.target.path)
    ]
    return {
        "target_shapes": list(dict.fromkeys(key_of_path(b.target.path) for b in bindings)),
        "amplify": bindings[0].gain if bindings else 1.0,
        "region": arkit.region(channel),
    }


def _entry(name: str, entry: Any) -> tuple[list[str], float]:
    """Target shapes and amplify. Older versions of Faceit wrote the bare list, or one name."""
    content = entry if isinstance(entry, dict) else {"target_shapes": entry}
    shapes, amplify = content.get("target_shapes", []), content.get("amplify", 1.0)
    shapes = [shapes] if isinstance(shapes, str) else shapes
    if not isinstance(shapes, list) or isinstance(amplify, bool) or not isinstance(amplify, int | float):
        raise PresetUnreadable(f"The entry for {name} is {entry!r}; this is no Faceit profile.")
    return [str(shape) for shape in shapes if shape not in NO_TARGET], float(amplify)


def _amplified(channel: str, key: KeyInfo, amplify: float) -> Binding:
    plain = binding_for(channel, key)
    return Binding(channel, plain.target, gain=amplify, low=plain.low, high=plain.high)
