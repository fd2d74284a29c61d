"""Keyframes, many at once, and not a hair of anybody else's.

The only file that knows how actions differ between Blender 4.2 (f-curves in the action), 4.4 (slots, layers)
and 5.0 (channelbags alone). Arrays go in as they are; keyframe_insert would take a hundred times as long.

Keys outside the written range stay bit-identical. Blender lays the handles of neighbouring keys anew whenever
it computes any, so those outside are put back afterwards.

What was written is remembered in the action as a digest per span, so that edits by hand are noticed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import bpy
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float64]
Keys = dict[str, NDArray[Any]]  # attribute of Keyframe → (K,) or (K, 2)
Span = tuple[float, float, str]  # first frame, last frame, digest of what was written there

MEMORY = "superface_written"
EDITED = ""  # a digest that nothing has
PAIRS = ("co", "handle_left", "handle_right")
ENUMS = ("interpolation", "handle_left_type", "handle_right_type", "easing", "type")
NUMBERS = ("back", "amplitude", "period")
ENUM = np.uint8  # as Blender stores them, fifteen times faster than integers of any other size
DIGESTED = ("co", "interpolation", "handle_left_type", "handle_right_type")
FLAGS = ("select_control_point", "select_left_handle", "select_right_handle")
EVERYTHING = (*PAIRS, *ENUMS, *NUMBERS, *FLAGS)
# Half of the smallest step between frames that counts as one; Blender merges keys closer than this.
SAME_FRAME = 0.005


class NotWritable(Exception):
    """The scene cannot take keys there; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Track:
    """Keys for one number: frames (K,) rising, values (K,). `path` and `index` as in an f-curve."""

    path: str
    index: int
    frames: Frames
    values: NDArray[np.floating[Any]]

    def at(self, rows: NDArray[np.bool_]) -> "Track":
        """Only some keys, (K,) True where wanted."""
        return Track(self.path, self.index, self.frames[rows], self.values[rows])


@dataclass(frozen=True)
class Writing:
    """How tracks meet what is there.

    first, last    frames; keys in between (inclusive) are replaced, all others stay as they are
    new_action     write into a new action; the old one is kept with a fake user
    interpolation  LINEAR, BEZIER with automatic handles that do not overshoot, or CONSTANT
    """

    first: float
    last: float
    new_action: bool = False
    action_name: str = "SuperFace"
    interpolation: Literal["CONSTANT", "LINEAR", "BEZIER"] = "LINEAR"


def write_tracks(owner: bpy.types.ID, tracks: Sequence[Track], how: Writing) -> bpy.types.Action:
    """All tracks of one datablock at once. Raises NotWritable before anything is changed."""
    if reason := why_not_writable(owner, how.new_action):
        raise NotWritable(reason)
    action, curves = ensure_curves(owner, how.action_name, how.new_action)
    there = {(curve.data_path, curve.array_index): curve for curve in curves}
    memory = _memory(action)
    for track in tracks:
        curve = there.get((track.path, track.index)) or curves.new(track.path, index=track.index)
        before = read_keys(curve, DIGESTED)
        spans = memory.get(_name(owner, curve), [])
        kept = _spans_beside(spans, before, how)
        new = new_keys(track, how.interpolation)
        if _outside(before, how).any():
            _write_beside(curve, new, how)
        else:
            _put(curve, new)
        memory[_name(owner, curve)] = [*kept, (how.first, how.last, _digest(new))]
    action[MEMORY] = json.dumps(memory)
    action.update_tag()
    owner.update_tag()
    return action


def why_not_writable(owner: bpy.types.ID, new_action: bool) -> str | None:
    """Why a datablock cannot take keys, with advice; None when it can."""
    if owner.library:
        return f"{owner.name} is linked from {owner.library.filepath}; make a library override of it first."
    data = owner.animation_data
    if data is None:
        return None
    if data.use_tweak_mode:
        return f"{owner.name} is in NLA tweak mode; leave it with Tab in the NLA editor first."
    if data.action and data.action.library and not new_action:
        return f"The action {data.action.name} is linked from another file; choose New Action."
    return None


def ensure_curves(owner: bpy.types.ID, name: str, new_action: bool) -> tuple[bpy.types.Action, Any]:
    """The action of a datablock and its collection of f-curves; both made where they are missing."""
    data = owner.animation_data or owner.animation_data_create()
    if new_action and data.action:
        data.action.use_fake_user = True
    if new_action or data.action is None:
        data.action = bpy.data.actions.new(name)
    action: Any = data.action
    if not hasattr(action, "slots"):  # 4.2, 4.3
        return action, action.fcurves
    slot = (
        data.action_slot or _suitable_slot(data) or action.slots.new(id_type=owner.id_type, name=owner.name)
    )
    if data.action_slot != slot:
        data.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return action, strip.channelbag(slot, ensure=True).fcurves


def curves_of(owner: bpy.types.ID) -> Iterable[bpy.types.FCurve]:
    """The f-curves that animate a datablock through its action; makes nothing."""
    data: Any = owner.animation_data
    if not (data and data.action):
        return ()
    if not hasattr(data.action, "slots"):
        curves: Iterable[bpy.types.FCurve] = data.action.fcurves
        return curves
    if not (data.action_slot and data.action.layers and data.action.layers[0].strips):
        return ()
    bag = data.action.layers[0].strips[0].channelbag(data.action_slot)
    return bag.fcurves if bag else ()


def hand_made(
    owner: bpy.types.ID, paths: Iterable[tuple[str, int]], first: float, last: float
) -> tuple[str, ...]:
    """Data paths whose keys in the range are not as SuperFace wrote them: edited, added or removed."""
    wanted = set(paths)
    curves = {
        (curve.data_path, curve.array_index): curve
        for curve in curves_of(owner)
        if (curve.data_path, curve.array_index) in wanted
    }
    if not curves:
        return ()
    memory = _memory(owner.animation_data.action)
    touched = {
        path
        for (path, _), curve in curves.items()
        if _by_hand(read_keys(curve, DIGESTED), memory.get(_name(owner, curve), []), first, last)
    }
    return tuple(sorted(touched))


def read_keys(curve: bpy.types.FCurve, names: Sequence[str] = EVERYTHING) -> Keys:
    """What keys hold, all of it unless named, as arrays."""
    return {name: _read(curve, name) for name in names}


def new_keys(track: Track, interpolation: str) -> Keys:
    """What keys are made with; Blender computes their handles."""
    co = np.column_stack([track.frames, track.values]).astype(np.float32)
    handle = "AUTO_CLAMPED" if interpolation == "BEZIER" else "VECTOR"
    stated = {"interpolation": interpolation, "handle_left_type": handle, "handle_right_type": handle}
    return {"co": co} | {name: np.full(len(co), _enum(name, value), ENUM) for name, value in stated.items()}


def _write_beside(curve: bpy.types.FCurve, new: Keys, how: Writing) -> None:
    """Replace what lies in the range; everything else is put back as it was, handles too."""
    before = read_keys(curve)
    outside = _outside(before, how)
    early = outside & (before["co"][:, 0] < how.first)
    late = outside & ~early
    count = len(new["co"])
    defaults = {name: _default(name, count) for name in (*ENUMS, *NUMBERS, *FLAGS)}
    stated = {**defaults, "handle_left": new["co"], "handle_right": new["co"], **new}
    keys = {name: np.concatenate([old[early], stated[name], old[late]]) for name, old in before.items()}
    _put(curve, keys)
    ours = slice(int(early.sum()), int(early.sum()) + count)
    for name in ("handle_left", "handle_right"):
        keys[name][ours] = _read(curve, name)[ours]
        curve.keyframe_points.foreach_set(name, keys[name].reshape(-1))


def _outside(keys: Keys, how: Writing) -> NDArray[np.bool_]:
    frames = keys["co"][:, 0]
    return (frames < how.first - SAME_FRAME) | (frames > how.last + SAME_FRAME)


def _put(curve: bpy.types.FCurve, keys: Keys) -> None:
    points = curve.keyframe_points
    points.clear()
    points.add(len(keys["co"]))
    for name, array in keys.items():
        points.foreach_set(name, np.ascontiguousarray(array).reshape(-1))
    points.handles_recalc()


def _read(curve: bpy.types.FCurve, name: str) -> NDArray[Any]:
    count = len(curve.keyframe_points)
    kind: type = ENUM if name in ENUMS else np.bool_ if name in FLAGS else np.float32
    array: NDArray[Any] = np.empty((count, 2) if name in PAIRS else count, kind)
    curve.keyframe_points.foreach_get(name, array.reshape(-1))
    return array


def _default(name: str, count: int) -> NDArray[Any]:
    """What keys that Blender adds itself hold."""
    if name in FLAGS:
        return np.zeros(count, np.bool_)
    prop = bpy.types.Keyframe.bl_rna.properties[name]
    if name in ENUMS:
        return np.full(count, _enum(name, prop.default), ENUM)
    return np.full(count, prop.default, np.float32)


def _enum(name: str, identifier: str) -> int:
    return int(bpy.types.Keyframe.bl_rna.properties[name].enum_items[identifier].value)


def _suitable_slot(data: Any) -> Any:
    return next(iter(data.action_suitable_slots), None)


def _memory(action: bpy.types.Action) -> dict[str, list[Span]]:
    stored = json.loads(action.get(MEMORY, "{}"))
    return {name: [(a, b, digest) for a, b, digest in spans] for name, spans in stored.items()}


def _name(owner: bpy.types.ID, curve: bpy.types.FCurve) -> str:
    """Which curve of an action: two datablocks may share one, each with its own slot."""
    slot = getattr(owner.animation_data, "action_slot", None)
    return f"{slot.handle if slot else 0}|{curve.array_index}|{curve.data_path}"


def _digest(keys: Keys) -> str:
    """Of where keys lie, how they interpolate and whether their handles are still automatic.

    Not of the handles themselves: Blender moves automatic ones whenever a neighbour changes, and dragging one
    changes its type.
    """
    stated = (keys[name] for name in DIGESTED)
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in stated)).hexdigest()[
        :16
    ]


def _within(keys: Keys, first: float, last: float) -> Keys:
    frames = keys["co"][:, 0]
    inside = (frames >= first - SAME_FRAME) & (frames <= last + SAME_FRAME)
    return {name: array[inside] for name, array in keys.items()}


def _intact(keys: Keys, span: Span) -> bool:
    first, last, digest = span
    return _digest(_within(keys, first, last)) == digest


def _by_hand(keys: Keys, spans: list[Span], first: float, last: float) -> bool:
    frames = _within(keys, first, last)["co"][:, 0]
    ours = np.zeros(len(frames), np.bool_)
    for span in spans:
        if span[0] <= last and span[1] >= first:
            if not _intact(keys, span):
                return True
            ours |= (frames >= span[0] - SAME_FRAME) & (frames <= span[1] + SAME_FRAME)
    return not ours.all()


def _spans_beside(spans: list[Span], before: Keys, how: Writing) -> list[Span]:
    """What remains of earlier spans around the range about to be written; edits in them stay known."""
    kept: list[Span] = []
    for span in spans:
        intact = _intact(before, span)
        for first, last in ((span[0], min(span[1], how.first - 1)), (max(span[0], how.last + 1), span[1])):
            if first <= last:
                digest = _digest(_within(before, first, last)) if intact else EDITED
                kept.append((first, last, digest))
    return list(dict.fromkeys(kept))
