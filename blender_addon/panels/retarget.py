"""Panel 3: footage in, keyframes out, and the takes there are."""

import bpy

from ..operators.retarget import why_no_retarget
from ..session import session
from ..states import JobState, RetargetJob
from .tab import SuperFaceTab, draw_notice, draw_text

FOOTAGE = {"VIDEO": ("video",), "SEQUENCE": ("first_image", "image_rate"), "CLIP": ("movie_clip",)}


class VIEW3D_PT_superface_retarget(SuperFaceTab, bpy.types.Panel):
    """From footage to keyframes."""

    bl_label = "3 Retarget"

    def draw(self, context: bpy.types.Context) -> None:
        """The footage, where it goes, the button; or how far the job is."""
        chosen, job, info = context.scene.superface, session().job, session().link.info
        layout = self.layout
        column = layout.column(align=True)
        column.prop(chosen, "source", text="")
        for name in FOOTAGE[chosen.source]:
            column.prop(chosen, name)
        column.prop(chosen, "mirrored")
        if info is not None and len(info.models) > 1:
            layout.prop(chosen, "model", text="")
        column = layout.column(align=True)
        column.prop(chosen, "start_frame")
        column.prop(chosen, "write", text="")
        if job is not None and job.state is JobState.RUNNING:
            _draw_running(layout, job)
        else:
            layout.operator("superface.retarget", icon="RENDER_ANIMATION")
            if reason := why_no_retarget(context):
                draw_text(layout, context, reason, "INFO")
        if job is not None:
            _draw_outcome(layout, context, job)


class VIEW3D_PT_superface_footage(SuperFaceTab, bpy.types.Panel):
    """Which part of it."""

    bl_label = "Footage"
    bl_parent_id = "VIEW3D_PT_superface_retarget"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """A switch, and below it what it switches on."""
        chosen = context.scene.superface
        layout = self.layout
        for switch, names in (
            ("use_range", ("start_seconds", "end_seconds")),
            ("use_crop", ("crop",)),
            ("use_face", ("face",)),
            ("use_neutral", ("neutral_seconds",)),
        ):
            column = layout.column(align=True)
            column.prop(chosen, switch)
            if getattr(chosen, switch):
                for name in names:
                    column.prop(chosen, name)
        layout.operator("superface.neutral_here", text="Neutral from Current Frame", icon="EYEDROPPER")
        layout.prop(chosen, "performer")


class VIEW3D_PT_superface_cleanup(SuperFaceTab, bpy.types.Panel):
    """How raw curves are tidied and written."""

    bl_label = "Clean-up"
    bl_parent_id = "VIEW3D_PT_superface_retarget"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """In the backend, then in the scene."""
        chosen = context.scene.superface
        column = self.layout.column(align=True)
        for name in ("smoothing", "couple_mouth_close", "resolve_antagonists", "keep_in_range"):
            column.prop(chosen, name)
        column = self.layout.column(align=True)
        for name in ("tolerance", "use_frames"):
            column.prop(chosen, name)
        if chosen.use_frames:
            column.prop(chosen, "first_frame")
            column.prop(chosen, "last_frame")


class VIEW3D_PT_superface_takes(SuperFaceTab, bpy.types.Panel):
    """What was received, and what can be made of it without a backend."""

    bl_label = "Takes"
    bl_parent_id = "VIEW3D_PT_superface_retarget"

    def draw(self, context: bpy.types.Context) -> None:
        """Choose, write again, in and out."""
        layout = self.layout
        layout.operator("superface.take_choose", icon="DOWNARROW_HLT")
        layout.operator("superface.take_apply", icon="FILE_REFRESH")
        row = layout.row(align=True)
        row.operator("superface.show_footage", icon="FILE_MOVIE")
        row.operator("superface.add_audio", icon="SOUND")
        row = layout.row(align=True)
        row.operator("superface.take_import", text="Import CSV", icon="IMPORT")
        row.operator("superface.take_export", text="Export CSV", icon="EXPORT")
        draw_notice(layout, context, session().take_notice)


def _draw_running(layout: bpy.types.UILayout, job: RetargetJob) -> None:
    left = "" if job.seconds_left is None else f", {job.seconds_left:.0f} s left"
    layout.progress(factor=job.fraction, text=f"{job.stage[:1].upper()}{job.stage[1:]}{left}")
    layout.operator("superface.retarget_cancel", icon="X")


def _draw_outcome(layout: bpy.types.UILayout, context: bpy.types.Context, job: RetargetJob) -> None:
    column = layout.column(align=True)
    column.label(text=f"{job.name}: {job.state.value}")
    if job.upload:
        draw_text(column, context, f"The backend got a copy of the clip: {job.upload}.", "EXPORT")
    for remark in job.remarks:
        draw_text(column, context, remark, "INFO")
    if job.take is not None and job.take.rest is not None and not context.scene.superface.use_neutral:
        row = layout.row(align=True)
        row.operator("superface.neutral_show").take = job.take.id
        row.operator("superface.neutral_confirm").take = job.take.id
    draw_notice(layout, context, job.notice)
    if job.take is not None and job.state in (JobState.CANCELLED, JobState.FAILED) and job.frames_received:
        layout.operator("superface.take_apply", text="Write What Was Received").take = job.take.id
    if job.state is JobState.WAITING:
        row = layout.row(align=True)
        if job.asks_to_overwrite:
            row.operator("superface.retarget_overwrite")
        row.operator("superface.retarget_cancel", text="Do Not Write")


RETARGET_PANELS = (
    VIEW3D_PT_superface_retarget,
    VIEW3D_PT_superface_footage,
    VIEW3D_PT_superface_cleanup,
    VIEW3D_PT_superface_takes,
)
