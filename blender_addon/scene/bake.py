"""A take onto a rig: the one place where curves, mapping and scene come together.

Everything is looked up and checked before the first key is written, so that a refusal leaves no half-written
rig.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import ExpressionCurves, curves, keyframes, resampling
from ..mapping import Mapping, evaluate
from ..pivots import Motion, Pivot, eye_motion, head_motion
from ..rig_matching import Target
from .fcurves import Frames, NotWritable, Track, Writing, curves_of, hand_made, why_not_writable, write_tracks
from .head_and_eyes import motion_tracks, turns
from .shape_keys import own_mesh
from .targets import object_named, owner_of, value_exists

Inside = NDArray[np.bool_]  # (N,) rows of the take that are to be written


@dataclass(frozen=True)
class Placement:
    """Where on the timeline, and how.

    start          frame of the take's in point
    replace        (first, last) frames to write and replace; None: all the take covers
    new_action     into new actions, the old ones kept
    tolerance      0: a key every frame; else only keys that a straight line between others misses by more
    """

    start: int = 1
    replace: tuple[int, int] | None = None
    new_action: bool = False
    tolerance: float = 0.0
    interpolation: Literal["CONSTANT", "LINEAR", "BEZIER"] = "LINEAR"
    name: str = "SuperFace"


@dataclass(eq=False)
class Plan:
    """What would be written: tracks by datablock, and what is not in this file."""

    tracks: dict[bpy.types.ID, list[Track]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0

    def add(self, owner: bpy.types.ID, tracks: Iterable[Track]) -> None:
        """Several sources may write into one datablock; its action is made once."""
        self.tracks.setdefault(owner, []).extend(tracks)


@dataclass(frozen=True)
class Baked:
    """What was written. absent: labels of targets that are not in this file."""

    first: int
    last: int
    curves: int
    keys: int
    absent: tuple[str, ...]


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames a second; 29.97 is 30 / 1.001."""
    return float(scene.render.fps / scene.render.fps_base)


def bake(scene: bpy.types.Scene, mapping: Mapping, take: ExpressionCurves, where: Placement) -> Baked:
    """Write a take onto what the mapping names. Raises NotWritable before the first key is written."""
    for name in mapping.objects:
        if ob := object_named(name):
            own_mesh(ob)
    plan = planned(scene, mapping, take, where)
    if reason := why_not(plan, where):
        raise NotWritable(reason)
    how = Writing(plan.first, plan.last, where.new_action, where.name, where.interpolation)
    for owner, tracks in plan.tracks.items():
        write_tracks(owner, tracks, how)
    written = [track for tracks in plan.tracks.values() for track in tracks]
    keys = sum(len(track.frames) for track in written)
    return Baked(plan.first, plan.last, len(written), keys, tuple(plan.absent))


def would_overwrite(
    scene: bpy.types.Scene, mapping: Mapping, take: ExpressionCurves, where: Placement
) -> list[str]:
    """Data paths whose keys in the range were made or edited by hand; empty into a new action.

    Only where it would write counts, so one row is planned that knows what the whole take observed.
    """
    if where.new_action:
        return []
    grid, frames = on_timeline(scene, take, where)
    row = replace(grid.between(0, 1), observed=grid.observed.any(axis=0, keepdims=True))
    plan = planned(scene, mapping, row, replace(where, replace=covered(frames, where), tolerance=0.0))
    return [
        f"{owner.name}: {path}"
        for owner, tracks in plan.tracks.items()
        for path in hand_made(owner, {(t.path, t.index) for t in tracks}, plan.first, plan.last)
    ]


def planned(scene: bpy.types.Scene, mapping: Mapping, take: ExpressionCurves, where: Placement) -> Plan:
    """The take at the scene's rate on the rig, as tracks; writes nothing."""
    grid, frames = on_timeline(scene, take, where)
    first, last = covered(frames, where)
    inside = (frames >= first) & (frames <= last)
    plan = Plan(first=first, last=last)
    _plan_targets(plan, evaluate(mapping, grid), frames, inside)
    _plan_pivots(plan, mapping, grid, frames, inside)
    _thin(plan, where.tolerance)
    return plan


def on_timeline(
    scene: bpy.types.Scene, take: ExpressionCurves, where: Placement
) -> tuple[ExpressionCurves, Frames]:
    """The take at the scene's rate, and the frame that each of its rows falls on."""
    rate = scene_rate(scene)
    grid = resampling.resampled(take, rate)
    return grid, where.start + np.round(grid.times * rate)


def covered(frames: Frames, where: Placement) -> tuple[int, int]:
    """First and last frame to be replaced."""
    return where.replace or (int(frames[0]), int(frames[-1]))


def why_not(plan: Plan, where: Placement) -> str | None:
    """Why a plan cannot be carried out, with advice; None when it can."""
    if not plan.tracks:
        return "Nothing to write: no channel reaches this rig; look at the Rig panel."
    if not any(len(track.frames) for tracks in plan.tracks.values() for track in tracks):
        return f"The take has no frame between {plan.first} and {plan.last}; choose another range."
    for owner, tracks in plan.tracks.items():
        if reason := why_not_writable(owner, where.new_action) or _why_locked(owner, tracks, where):
            return reason
    return None


def _why_locked(owner: bpy.types.ID, tracks: list[Track], where: Placement) -> str | None:
    wanted = {(track.path, track.index) for track in tracks}
    locked = [c for c in curves_of(owner) if c.lock and (c.data_path, c.array_index) in wanted]
    if where.new_action or not locked:
        return None
    curve = f"The animation curve of {locked[0].data_path} on {owner.name}"
    return f"{curve} is locked; unlock it in the Graph Editor, or switch its channel off."


def _plan_targets(plan: Plan, values: dict[Target, curves.Floats], frames: Frames, inside: Inside) -> None:
    for target, row in values.items():
        owner = owner_of(target)
        if owner is None or not value_exists(target):
            plan.absent.append(target.label)
            continue
        plan.add(owner, [Track(target.path, target.index, frames[inside], row[inside])])


def _plan_pivots(
    plan: Plan, mapping: Mapping, grid: ExpressionCurves, frames: Frames, inside: Inside
) -> None:
    for pivot, motion, rotation in _motions(mapping, grid):
        owner = object_named(pivot.object)
        if owner is None or turns(pivot) is None:
            plan.absent.append(pivot.label)
            continue
        whole = motion_tracks(pivot, motion, frames, rotation)  # so that angles run on across the range
        plan.add(owner, [track.at(inside) for track in whole])


def _motions(mapping: Mapping, grid: ExpressionCurves) -> Iterator[tuple[Pivot, Motion, bool]]:
    """What turns, how, and whether its rotation is wanted besides its location; nothing never observed."""
    seen = curves.mirrored(grid) if mapping.mirror else grid
    head, eyes = mapping.head, mapping.eyes
    if head.pivot and "HEAD" in mapping.regions and seen.ever_observed("headYaw"):
        motion = head_motion(seen, head.pivot, head.gain, head.location, head.neutral)
        yield head.pivot, motion, head.rotation
    if eyes.turns and "EYES" in mapping.regions:
        for side, pivot in (("left", eyes.left), ("right", eyes.right)):
            if pivot and seen.ever_observed(f"{side}EyeYaw"):
                yield pivot, eye_motion(seen, side, pivot, eyes.gain), True


def _thin(plan: Plan, tolerance: float) -> None:
    """Leave out keys that a straight line between others stands for; all tracks share their frames."""
    every = [track for tracks in plan.tracks.values() for track in tracks]
    if tolerance <= 0 or not every:
        return
    needed = keyframes.key_mask(every[0].frames, np.column_stack([t.values for t in every]), tolerance)
    thinned = iter([track.at(rows) for track, rows in zip(every, needed.T, strict=True)])
    plan.tracks = {owner: [next(thinned) for _ in tracks] for owner, tracks in plan.tracks.items()}
