"""The journey from answers to a better take: learn, look at before and after, write it or leave it."""

import bpy

from ..backend_client.errors import BackendError
from ..contract import ratings
from ..keymaps import action_of
from ..properties import mapping_of
from ..rating import clip_of, rated_take, stills_of
from ..retargeting import place_of
from ..scene.bake import scene_rate
from ..scene.surfaces import look_at, rig_hash
from ..session import session
from ..surface import FaceUnseen
from ..takes import TakeUnreadable
from ..viewport.comparison import Comparison
from ..viewport.over_view import OverView
from .rate import goes_elsewhere, may_draw_over, may_rate, no_still, refused, waiting

STEPS = {"LEFT_ARROW": -1, "RIGHT_ARROW": 1}


class SUPERFACE_OT_learn(bpy.types.Operator):
    """Make a better take of this clip from your answers. The rig is not touched until you write it"""

    bl_idname = "superface.learn"
    bl_label = "Learn from Answers"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs what rating needs."""
        return may_rate(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows what came of it."""
        now, mapping = session(), mapping_of(context.scene)
        try:
            take = rated_take(now.takes.facts(context.scene.superface.take))
            told = ratings.standing(now.answers.told(clip_of(take), rig_hash(mapping)))
            if not told:
                raise TakeUnreadable("Nothing was said about this clip on this rig yet; rate takes first.")
            with waiting(context):
                seen = look_at(context, mapping).face.sight
        except (TakeUnreadable, FaceUnseen, OSError) as err:
            return refused(self, err)
        now.learn(take, seen, told)
        return {"FINISHED"}


class SUPERFACE_OT_learnt_compare(bpy.types.Operator):
    """Look at what was learnt before it is written: footage, before and after"""

    bl_idname = "superface.learnt_compare"
    bl_label = "Before and After"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs something learnt, and a 3D viewport to draw over."""
        return session().learnt is not None and may_draw_over(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Show the moment that changes most."""
        now, learnt = session(), session().learnt
        assert learnt is not None  # noqa: S101 (poll asked)
        try:
            base = rated_take(learnt)
            before, after = now.takes.curves(base.id), now.takes.curves(learnt.id)
            with waiting(context):
                seen = look_at(context, mapping_of(context.scene))
        except (TakeUnreadable, FaceUnseen) as err:
            return refused(self, err)
        self._comparison = Comparison(seen, before, after, base, stills_of(base))
        self._view = OverView(context, self._comparison.board)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Arrows go from moment to moment, Enter writes, Escape leaves."""
        if not self._view.is_there():
            return self._leave()
        if event.type == "TIMER" or not self._view.is_over(event):
            return {"PASS_THROUGH"}
        if event.value == "PRESS" and event.type in STEPS:
            self._comparison.step(STEPS[event.type])
        elif event.value == "PRESS" and event.type in {"RET", "NUMPAD_ENTER"}:
            self._leave()
            bpy.ops.superface.learnt_apply()
            return {"FINISHED"}
        elif action_of(event) == "LEAVE":
            return self._leave()
        elif goes_elsewhere(event):
            return {"PASS_THROUGH"}
        self._comparison.no_still = no_still()
        self._view.redraw()
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender opens another file, or closes the window."""
        self._leave()

    def _leave(self) -> set[str]:
        self._view.close()
        self._comparison.close()
        return {"FINISHED"}


class SUPERFACE_OT_learnt_apply(bpy.types.Operator):
    """Write what was learnt onto the rig, as one step that can be undone"""

    bl_idname = "superface.learnt_apply"
    bl_label = "Write to the Rig"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs something learnt."""
        return session().learnt is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As any other take is written; the one before stays a take and can be applied again."""
        learnt = session().learnt
        assert learnt is not None  # noqa: S101 (poll asked)
        try:
            session().apply(learnt.id, scene_rate(context.scene), place_of(context.scene))
        except BackendError as err:
            self.report({"ERROR"}, f"{err.message} {err.advice}")
            return {"CANCELLED"}
        return {"FINISHED"}


LEARN_OPERATORS = (SUPERFACE_OT_learn, SUPERFACE_OT_learnt_compare, SUPERFACE_OT_learnt_apply)
