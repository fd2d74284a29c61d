"""The performer's face at rest: looked at where the backend found it, confirmed, chosen on the timeline."""

from pathlib import Path

import bpy

from ..backend_client.port import ClipFile
from ..scene.bake import scene_rate
from ..scene.request import FootageUnusable, footage
from ..session import session
from ..takes import TakeFacts, TakeUnreadable


class SUPERFACE_OT_neutral_show(bpy.types.Operator):
    """Go to the moment at which the backend took the face to be at rest"""

    bl_idname = "superface.neutral_show"
    bl_label = "Show It"
    bl_options = {"UNDO"}

    take: bpy.props.StringProperty(
        name="Take", description="Its id; empty: the one chosen in the scene", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The rig as it is there; beside it the footage, if that is shown."""
        scene = context.scene
        try:
            take = _with_rest(self.take or scene.superface.take)
        except TakeUnreadable as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        assert take.rest is not None  # noqa: S101 (_with_rest says so)
        scene.frame_set(scene.superface.start_frame + round((take.rest - take.start) * scene_rate(scene)))
        return {"FINISHED"}


class SUPERFACE_OT_neutral_confirm(bpy.types.Operator):
    """The face does rest there: from now on retargets of this clip start from it"""

    bl_idname = "superface.neutral_confirm"
    bl_label = "Use as Neutral"
    bl_options = {"UNDO"}

    take: bpy.props.StringProperty(
        name="Take", description="Its id; empty: the one chosen in the scene", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As if it had been chosen under Footage."""
        chosen = context.scene.superface
        try:
            take = _with_rest(self.take or chosen.take)
        except TakeUnreadable as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        chosen.use_neutral, chosen.neutral_seconds = True, take.rest
        self.report({"INFO"}, "The next retarget takes this moment as the face at rest.")
        return {"FINISHED"}


class SUPERFACE_OT_neutral_here(bpy.types.Operator):
    """The face rests at the current frame of the timeline"""

    bl_idname = "superface.neutral_here"
    bl_label = "From Current Frame"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only a take says which moment of the clip a frame is."""
        if not context.scene.superface.take:
            cls.poll_message_set("Retarget the clip once; then the timeline says which moment a frame is")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Its time in the clip."""
        scene = context.scene
        chosen = scene.superface
        try:
            take = session().known_take(chosen.take)
            _demand_same_clip(scene, take)
        except (TakeUnreadable, FootageUnusable) as err:
            self.report({"ERROR"}, f"{err} {err.advice}".strip())
            return {"CANCELLED"}
        since_start = (scene.frame_current - chosen.start_frame) / scene_rate(scene)
        if not 0 <= since_start <= take.seconds:
            self.report({"ERROR"}, "The current frame lies outside of the take; go to one within it.")
            return {"CANCELLED"}
        chosen.use_neutral, chosen.neutral_seconds = True, take.start + since_start
        return {"FINISHED"}


def _with_rest(take_id: str) -> TakeFacts:
    take = session().known_take(take_id)
    if take.rest is None:
        raise TakeUnreadable(f"For the take {take.name!r} no face at rest was looked for.")
    return take


def _demand_same_clip(scene: bpy.types.Scene, take: TakeFacts) -> None:
    clip = footage(scene)
    path = clip.path if isinstance(clip, ClipFile) else clip.paths[0]
    if Path(take.clip) != path:
        raise FootageUnusable(
            f"The chosen take is of {Path(take.clip).name}, the footage is {path.name}.",
            "Choose a take of this footage.",
        )


NEUTRAL_OPERATORS = (SUPERFACE_OT_neutral_show, SUPERFACE_OT_neutral_confirm, SUPERFACE_OT_neutral_here)
