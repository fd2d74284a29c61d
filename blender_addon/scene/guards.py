"""Whether now is a good moment to write: a retarget takes a minute, and in a minute artists do a lot.

Jobs hold a Place, never a Blender reference: names are for people, session ids for certainty.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from .shape_keys import why_linked


@dataclass(frozen=True)
class Place:
    """Where a result belongs.

    file, scene  path of the .blend and session id of the scene when the job began
    objects      name → session id of every object that will be written
    """

    file: str
    scene: int
    objects: tuple[tuple[str, int], ...]


def place_of(scene: bpy.types.Scene, objects: Iterable[bpy.types.Object]) -> Place:
    """Where a job that begins now belongs."""
    ids = tuple((ob.name, ob.session_uid) for ob in objects)
    return Place(bpy.data.filepath, scene.session_uid, ids)


def scene_of(place: Place) -> bpy.types.Scene | None:
    """The job's scene; None when another file has been opened or the scene deleted."""
    return next((scene for scene in bpy.data.scenes if scene.session_uid == place.scene), None)


def objects_of(place: Place) -> list[bpy.types.Object]:
    """The job's objects that are still there, in the place's order; renaming does not lose them."""
    there = {ob.session_uid: ob for ob in bpy.data.objects}
    return [there[uid] for _, uid in place.objects if uid in there]


def why_not_now(place: Place) -> str | None:
    """Why a result cannot be written at this moment, with what to do; None when it can."""
    if scene_of(place) is None:
        if not place.file:
            return "It belongs to a scene that is gone and was never saved; choose its take for a rig here."
        return f"It belongs to {place.file}; open that one and apply the take there."
    there = {ob.session_uid for ob in bpy.data.objects}
    if gone := [name for name, uid in place.objects if uid not in there]:
        return f"{', '.join(gone)} was deleted; undo that, or choose another rig and apply the take."
    if bpy.app.is_job_running("RENDER"):
        return "Blender is rendering; the keyframes are written when it is done."
    return next(filter(None, map(_why_not_this, objects_of(place))), None)


def _why_not_this(ob: bpy.types.Object) -> str | None:
    if ob.mode not in ("OBJECT", "POSE"):
        return f"{ob.name} is in {ob.mode.replace('_', ' ').title()} mode; go back to Object Mode."
    return why_linked(ob)
