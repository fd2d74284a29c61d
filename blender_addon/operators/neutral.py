"""The performer's face at rest: looked at where the backend found it, confirmed, chosen on the timeline."""

import bpy

from ..retargeting import demand_same_footage, frame_of, moment_at, rest_of
from ..scene.request import FootageUnusable
from ..session import session
from ..takes import TakeFacts, TakeUnreadable


class _OfTake:
    """Asked of a take."""

    take: bpy.props.StringProperty(
        name="Take", description="Its id; empty: the one chosen in the scene", options={"SKIP_SAVE"}
    )

    def known(self, context: bpy.types.Context) -> TakeFacts:
        """Raises TakeUnreadable."""
        return session().known_take(self.take or context.scene.superface.take)


class SUPERFACE_OT_neutral_show(_OfTake, bpy.types.Operator):
    """Go to the moment at which the backend took the face to be at rest"""

    bl_idname = "superface.neutral_show"
    bl_label = "Show It"
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The rig as it is there; beside it the footage, if that is shown."""
        try:
            take = self.known(context)
            context.scene.frame_set(frame_of(context.scene, take, rest_of(take)))
        except TakeUnreadable as err:
            return _refused(self, err)
        return {"FINISHED"}


class SUPERFACE_OT_neutral_confirm(_OfTake, bpy.types.Operator):
    """The face does rest there: from now on retargets of this clip start from it"""

    bl_idname = "superface.neutral_confirm"
    bl_label = "Use as Neutral"
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As if it had been chosen under Footage."""
        try:
            take = self.known(context)
            demand_same_footage(context.scene, take)
            _choose(context, rest_of(take))
        except (TakeUnreadable, FootageUnusable) as err:
            return _refused(self, err)
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
        try:
            take = session().known_take(context.scene.superface.take)
            demand_same_footage(context.scene, take)
            _choose(context, moment_at(context.scene, take))
        except (TakeUnreadable, FootageUnusable) as err:
            return _refused(self, err)
        return {"FINISHED"}


def _choose(context: bpy.types.Context, seconds: float) -> None:
    chosen = context.scene.superface
    chosen.use_neutral, chosen.neutral_seconds = True, seconds


def _refused(operator: bpy.types.Operator, err: TakeUnreadable | FootageUnusable) -> set[str]:
    operator.report({"ERROR"}, f"{err} {err.advice}".strip())
    return {"CANCELLED"}


NEUTRAL_OPERATORS = (SUPERFACE_OT_neutral_show, SUPERFACE_OT_neutral_confirm, SUPERFACE_OT_neutral_here)
