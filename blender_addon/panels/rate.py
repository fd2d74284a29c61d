"""Panel 4: rate takes on this rig, and learn from the answers."""

import bpy

from ..operators.rate_in_panel import FOOTAGE, TAKES, shown
from ..rating import why_no_rating
from ..session import session
from .tab import SuperFaceTab, draw_notice, draw_text

PICTURE = 7.0  # sides of a picture in units of a button
ANSWERS = {"tie": "Equally Good", "both_bad": "All Bad", "skip": "Can't Tell", "UNDO": "Take Back"}


class VIEW3D_PT_superface_rate(SuperFaceTab, bpy.types.Panel):
    """From answers to a better take."""

    bl_label = "4 Rate"

    def draw(self, context: bpy.types.Context) -> None:
        """What was said so far, and what can be done with it."""
        layout, now, chosen = self.layout, session(), context.scene.superface
        column = layout.column(align=True)
        column.operator("superface.rate", icon="HIDE_OFF")
        column.operator("superface.rate", text="Ask About This Frame", icon="EYEDROPPER").here = True
        label = "Stop Rating in the Panel" if shown() else "Rate in the Panel"
        column.operator("superface.rate_in_panel", text=label, icon="IMGDISPLAY")
        column = layout.column(align=True)
        column.prop(chosen, "rate_layout", text="")
        column.prop(chosen, "rate_about", text="")
        column.prop(chosen, "rate_loops")
        if reason := why_no_rating(context):
            draw_text(layout, context, reason, "INFO")
        _draw_question(layout, context)
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


def _draw_question(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Rating without the viewport: footage above, takes with a button each, the other answers below."""
    if (what := shown()) is None:
        return
    board = what.desk.board()
    box = layout.box()
    draw_text(box, context, board.headline)
    box.template_icon(what.pictures.icon(FOOTAGE), scale=PICTURE)
    grid = box.grid_flow(columns=2, even_columns=True, align=True)
    for place in what.desk.places:
        column = grid.column(align=True)
        column.template_icon(what.pictures.icon(TAKES[place]), scale=PICTURE)
        button = column.operator("superface.rate_in_panel_answer", text=f"{place + 1} Is Best")
        button.said = TAKES[place]
    grid = box.grid_flow(columns=2, even_columns=True, align=True)
    for said, words in ANSWERS.items():
        grid.operator("superface.rate_in_panel_answer", text=words).said = said


RATE_PANELS = (VIEW3D_PT_superface_rate,)
