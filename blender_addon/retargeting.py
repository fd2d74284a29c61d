"""A take onto the artist's rig, now or as soon as the scene can be written; from an operator or the timer.

A result that comes in while the artist does something else waits, and says what for.
"""

from dataclasses import replace

import bpy

from .contract import ExpressionCurves
from .mapping import Mapping
from .properties import mapping_of
from .recording import clip_name
from .scene import guards
from .scene.bake import Baked, Placement, bake, scene_rate, would_overwrite
from .scene.fcurves import NotWritable
from .scene.request import FootageUnusable, request_from
from .scene.targets import object_named
from .session import session
from .states import JobState, Notice, RetargetJob
from .takes import TakeFacts, TakeUnreadable


def objects_of(mapping: Mapping) -> list[bpy.types.Object]:
    """The objects in this file that a mapping writes to, heads and eyes included."""
    return [ob for name in mapping.objects if (ob := object_named(name))]


def place_of(scene: bpy.types.Scene) -> guards.Place:
    """Where a result for this scene goes, by ids and names."""
    return guards.place_of(scene, objects_of(mapping_of(scene)))


def placement(scene: bpy.types.Scene, take: TakeFacts) -> Placement:
    """As chosen in the Retarget panel."""
    chosen = scene.superface
    return Placement(
        start=chosen.start_frame,
        replace=(chosen.first_frame, chosen.last_frame) if chosen.use_frames else None,
        new_action=chosen.write == "NEW",
        tolerance=chosen.tolerance,
        interpolation="LINEAR",
        name=f"SuperFace {take.name}",
    )


def _with_neutral(scene: bpy.types.Scene, take: TakeFacts) -> Mapping:
    """The scene's mapping; where a neutral was chosen, the head too moves relative to it."""
    mapping, chosen = mapping_of(scene), scene.superface
    if not chosen.use_neutral:
        return mapping
    return replace(mapping, head=replace(mapping.head, neutral=chosen.neutral_seconds - take.start))


def rest_of(take: TakeFacts) -> float:
    """Seconds of the clip at which the face was found at rest. Raises TakeUnreadable where none was."""
    if take.rest is None:
        raise TakeUnreadable(f"For the take {take.name!r} no face at rest was looked for.")
    return take.rest


def frame_of(scene: bpy.types.Scene, take: TakeFacts, seconds: float) -> int:
    """The frame at which the scene shows a moment of the take's clip."""
    return int(scene.superface.start_frame) + round((seconds - take.start) * scene_rate(scene))


def moment_at(scene: bpy.types.Scene, take: TakeFacts) -> float:
    """Seconds of the take's clip at the current frame. Raises TakeUnreadable outside of the take."""
    since_start = (scene.frame_current - int(scene.superface.start_frame)) / scene_rate(scene)
    if not 0 <= since_start <= take.seconds:
        raise TakeUnreadable("The current frame lies outside of the take; go to one within it.")
    return take.start + since_start


def demand_same_footage(scene: bpy.types.Scene, take: TakeFacts) -> None:
    """Raises FootageUnusable where the footage chosen is not what the take was made of."""
    name, path = clip_name(request_from(scene))
    if take.clip != path:
        raise FootageUnusable(
            f"The chosen take is not of the footage, {name!r}.", "Choose a take of this footage."
        )


def report_of(baked: Baked) -> Notice:
    """For the artist."""
    text = f"{baked.curves} curves written, frames {baked.first} to {baked.last}."
    if not baked.absent:
        return Notice(text)
    return Notice(text, f"Not in this file: {', '.join(baked.absent)}. Find the rig again.", "WARNING")


def write_what_waits() -> bool:
    """Write a received take when the scene allows it; whether it was written. Asked by the timer."""
    job = session().job
    if job is None or not job.to_write or job.take is None:
        return False
    reason, scene = guards.why_not_now(job.place), guards.scene_of(job.place)
    if reason or scene is None:
        job.state, job.notice = JobState.WAITING, Notice(reason or "", level="WARNING")
        job.refused = None
    elif job.curves is None or job.curves.rate != scene_rate(scene):
        session().read(job, job.take.id, scene_rate(scene))
    else:
        _write(job, scene, job.take, job.curves)
    return job.state is JobState.WRITTEN


def _write(job: RetargetJob, scene: bpy.types.Scene, take: TakeFacts, curves: ExpressionCurves) -> None:
    """Nothing is changed where it is refused; what was refused is not tried again at every tick."""
    mapping, where = _with_neutral(scene, take), placement(scene, take)
    if not job.overwrite:
        if job.refused == (mapping, where):
            return
        if edited := would_overwrite(scene, mapping, curves, where):
            job.state, job.refused = JobState.WAITING, (mapping, where)
            text = f"{len(edited)} channels have keys made or edited by hand in that range."
            job.notice = Notice(text, "Overwrite them, or choose New Action.", "WARNING")
            return
    try:
        job.notice = report_of(bake(scene, mapping, curves, where))
        job.state, job.curves = JobState.WRITTEN, None
        scene.superface.take = take.id
    except NotWritable as err:
        job.state, job.notice = JobState.UNWRITABLE, Notice(str(err), level="ERROR")
