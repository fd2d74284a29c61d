"""The clip beside the rig, to look and to listen: in step with the keyframes of the chosen take."""

from pathlib import Path

import bpy

from ..properties import mapping_of
from ..retargeting import objects_of
from ..scene.bake import scene_rate
from ..scene.footage import FootageUnreadable, add_sound, footage_of_file, show_beside
from ..session import session
from ..takes import TakeFacts, TakeUnreadable


class SUPERFACE_OT_show_footage(bpy.types.Operator):
    """Show the take's clip beside the rig, in sync"""

    bl_idname = "superface.show_footage"
    bl_label = "Show Footage"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a chosen take."""
        return bool(context.scene.superface.take)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """An image empty that plays along."""
        scene = context.scene
        try:
            take, frames = _take_and_frames(scene)
            footage = footage_of_file(Path(take.clip))
        except (FootageUnreadable, TakeUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        rig = objects_of(mapping_of(scene))
        if not rig:
            self.report({"ERROR"}, "No rig is found yet: see panel 2.")
            return {"CANCELLED"}
        show_beside(scene, footage, rig, scene.superface.start_frame, take.start, frames)
        self.report({"INFO"}, "The clip stands beside the rig; press Home over the view to see both.")
        return {"FINISHED"}


class SUPERFACE_OT_add_audio(bpy.types.Operator):
    """Add the sound of the take's clip as a strip, in sync"""

    bl_idname = "superface.add_audio"
    bl_label = "Add Audio"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a chosen take."""
        return bool(context.scene.superface.take)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Into the scene's sequencer."""
        scene = context.scene
        try:
            take, frames = _take_and_frames(scene)
            add_sound(scene, Path(take.clip), scene.superface.start_frame, take.start, frames)
        except (FootageUnreadable, TakeUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        return {"FINISHED"}


def _take_and_frames(scene: bpy.types.Scene) -> tuple[TakeFacts, int]:
    """The chosen take, and how many frames of the scene it lasts."""
    take = session().known_take(scene.superface.take)
    if not take.clip:
        raise FootageUnreadable(f"The take {take.name!r} comes from a CSV and has no footage.")
    return take, round(take.seconds * scene_rate(scene))


FOOTAGE_OPERATORS = (SUPERFACE_OT_show_footage, SUPERFACE_OT_add_audio)
