"""Panel 4: rate takes on this rig, and learn from the answers."""

import bpy

from ..rating import why_no_rating
from ..session import session
from .tab import SuperFaceTab, draw_notice, draw_text


class VIEW3D_PT_superface_rate(SuperFaceTab, bpy.types.Panel):
    """From answers to a better take."""

    bl_label = "4 Rate"

    def draw(self, context: bpy.types.Context) -> None:
        """What was said so far, and what can be done with it."""
        layout, now = self.layout, session()
        column = layout.column(align=True)
        column.operator("superface.rate", icon="HIDE_OFF")
        column.operator("superface.rate", text="Ask About This Frame", icon="EYEDROPPER").here = True
        layout.prop(context.scene.superface, "rate_loops")
        if reason := why_no_rating(context):
            draw_text(layout, context, reason, "INFO")
        if now.sitting is not None:
            told = len(now.sitting.told)
            layout.label(text=f"{told} answers about this clip on this rig")
        layout.operator("superface.learn", icon="FILE_REFRESH")
        draw_notice(layout, context, now.rate_notice)
        if now.learnt is not None:
            row = layout.row(align=True)
            row.operator("superface.learnt_compare", icon="ZOOM_SELECTED")
            row.operator("superface.learnt_apply", icon="KEY_HLT")
        draw_notice(layout, context, now.ratings.notice)


RATE_PANELS = (VIEW3D_PT_superface_rate,)
