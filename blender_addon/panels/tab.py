"""What all our panels share: where they are, and how they tell the artist something."""

from textwrap import wrap

import bpy

from ..states import Notice

ICONS = {"INFO": "INFO", "WARNING": "ERROR", "ERROR": "CANCEL"}
PIXELS_A_CHARACTER = 7  # of the interface font at scale 1, on average


class SuperFaceTab:
    """Mixed into each panel."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "SuperFace"


def draw_notice(layout: bpy.types.UILayout, context: bpy.types.Context, notice: Notice | None) -> None:
    """What happened, and below it what to do, wrapped to the panel's width."""
    if notice is None:
        return
    box = layout.box().column(align=True)
    draw_text(box, context, notice.text, ICONS[notice.level])
    if notice.advice:
        draw_text(box, context, notice.advice, "FORWARD")


def draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE") -> None:
    """Several lines of text; Blender's labels do not wrap."""
    scale = context.preferences.system.ui_scale
    width = context.region.width if context.region else 300
    for line in wrap(text, max(20, int((width / scale - 60) / PIXELS_A_CHARACTER))):
        layout.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else "NONE"
