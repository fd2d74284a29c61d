"""The journey from footage to keyframes: ask the backend, watch, cancel.

The same operators work without a window, where timers never fire: `superface.wait` does the timer's work.

    bpy.ops.superface.add_arkit_head()              # found and turned already; or select the rig's meshes and
    bpy.ops.superface.rig_find()                    # their keys become scene.superface.mapping
    scene.superface.pivot_object = empty            # what turns with the head, an object or an armature with
    bpy.ops.superface.rig_pivot(role="HEAD")        # scene.superface.pivot_bone; read while it rests
    preferences.where, .host, .port, .token = "ELSEWHERE", "127.0.0.1", port, token
    bpy.ops.superface.backend_connect()
    bpy.ops.superface.wait()                        # RuntimeError with the advice where it failed
    scene.superface.video = "/footage/clip.mp4"
    bpy.ops.superface.retarget()
    bpy.ops.superface.wait()                        # returns once the keys are written
    bpy.ops.superface.take_apply()                  # again, as the mapping is now
    bpy.ops.superface.wait()
    bpy.ops.superface.take_export(filepath="take.csv")
    bpy.ops.superface.wait()
"""

from dataclasses import replace

import bpy

from ..backend_client.errors import BackendError
from ..properties import mapping_of
from ..retargeting import place_of, write_what_waits
from ..scene.request import FootageUnusable, request_from
from ..session import session
from ..states import BackendState, JobState
from ..styles import profile_of


def why_no_retarget(context: bpy.types.Context) -> str | None:
    """What is missing, with where to get it; the panel shows it, since few hover over a grey button."""
    now = session()
    reasons = {
        "No backend is connected: see panel 1": now.link.state is BackendState.READY,
        "No rig is found yet: see panel 2": bool(mapping_of(context.scene).bindings),
        "A retarget is under way": now.job is None or now.job.state is not JobState.RUNNING,
    }
    return next((text for text, fine in reasons.items() if not fine), None)


class SUPERFACE_OT_retarget(bpy.types.Operator):
    """Turn the footage into keyframes on the rig"""

    bl_idname = "superface.retarget"
    bl_label = "Retarget"

    overwrite: bpy.props.BoolProperty(
        name="Overwrite", description="Keys edited by hand may be replaced", options={"SKIP_SAVE"}
    )
    version: bpy.props.StringProperty(
        name="Version",
        description="Id of a learnt version to try out; empty: those in use",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not without a backend and a rig, and one at a time."""
        reason = why_no_retarget(context)
        if reason:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows how far it is."""
        try:
            request = replace(request_from(context.scene), profile=profile_of(context), version=self.version)
            session().retarget(request, place_of(context.scene), self.overwrite)
        except (FootageUnusable, BackendError) as err:
            self.report({"ERROR"}, f"{err.message} {err.advice}".strip())
            return {"CANCELLED"}
        return {"FINISHED"}


class SUPERFACE_OT_retarget_cancel(bpy.types.Operator):
    """Break off; what was received stays a take"""

    bl_idname = "superface.retarget_cancel"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The scene stays as it is."""
        session().cancel_retarget()
        return {"FINISHED"}


class SUPERFACE_OT_retarget_overwrite(bpy.types.Operator):
    """Write the result that waits, also over keys edited by hand"""

    bl_idname = "superface.retarget_overwrite"
    bl_label = "Overwrite"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while one waits for just that: no overwriting ends a render."""
        job = session().job
        return job is not None and job.asks_to_overwrite

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The timer writes it."""
        job = session().job
        if job is None:
            return {"CANCELLED"}
        job.overwrite = True
        return {"FINISHED"}


class SUPERFACE_OT_wait(bpy.types.Operator):
    """For scripts without a window: do the timer's work until nothing is under way"""

    bl_idname = "superface.wait"
    bl_label = "Wait"
    bl_options = {"INTERNAL"}

    seconds: bpy.props.FloatProperty(name="At Most", default=3600.0, min=0.0)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Report as an error what ended badly; a script gets it as RuntimeError."""
        now = session()
        if not now.background.pump(_nothing_under_way, self.seconds):
            self.report({"ERROR"}, f"Still at work after {self.seconds:g} seconds.")
            return {"CANCELLED"}
        for notice in now.notices:
            if notice.level != "INFO":
                unwritten = now.job is not None and now.job.to_write and notice is now.job.notice
                level = "ERROR" if unwritten else notice.level
                self.report({level}, f"{notice.text} {notice.advice}".strip())
        return {"FINISHED"}


def _nothing_under_way() -> bool:
    now = session()
    if now.background.running():
        return False
    write_what_waits()
    return not now.background.running()


RETARGET_OPERATORS = (
    SUPERFACE_OT_retarget,
    SUPERFACE_OT_retarget_cancel,
    SUPERFACE_OT_retarget_overwrite,
    SUPERFACE_OT_wait,
)
