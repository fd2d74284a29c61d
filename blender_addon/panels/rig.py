"""Panel 2: which keys follow which channel, and what keeps some from moving."""

import bpy

from ..operators.rig import PIVOT_ROLES
from ..properties import mapping_of
from ..rig_matching import RigMatch
from ..session import session
from .tab import SuperFaceTab, draw_text

SHOWN = 8  # findings and unmatched names; the rest is counted


class SUPERFACE_UL_channels(bpy.types.UIList):
    """One row a channel."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        icon: int,
        active_data: bpy.types.PropertyGroup,
        active_property: str,
    ) -> None:
        """Switch, name, gain, and a button to try it."""
        row = layout.row(align=True)
        row.prop(item, "enabled", text="")
        row.label(text=item.name)
        row.prop(item, "gain", text="")
        row.operator("superface.rig_wiggle", text="", icon="PLAY").channel = item.name


class VIEW3D_PT_superface_rig(SuperFaceTab, bpy.types.Panel):
    """What moves."""

    bl_label = "2 Rig"

    def draw(self, context: bpy.types.Context) -> None:
        """First the two ways in, then what was found."""
        layout = self.layout
        column = layout.column(align=True)
        column.operator("superface.rig_find", icon="VIEWZOOM")
        column.operator("superface.add_arkit_head", icon="USER")
        mapping = mapping_of(context.scene)
        if mapping.bindings:
            moving = len({binding.channel for binding in mapping.active})
            layout.label(text=f"{moving} of 52 channels are mapped", icon="CHECKMARK")
        _draw_findings(layout, context)


class VIEW3D_PT_superface_channels(SuperFaceTab, bpy.types.Panel):
    """Channel by channel."""

    bl_label = "Channels"
    bl_parent_id = "VIEW3D_PT_superface_rig"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and everything about the chosen row below it."""
        chosen = context.scene.superface
        layout = self.layout
        layout.template_list("SUPERFACE_UL_channels", "", chosen, "channels", chosen, "channel_index", rows=6)
        if 0 <= chosen.channel_index < len(chosen.channels):
            column = layout.column(align=True)
            for name in ("offset", "low", "high", "soft", "curve"):
                column.prop(chosen.channels[chosen.channel_index], name)
        layout.prop(chosen, "mirror")
        layout.label(text="Regions")
        layout.column_flow(columns=2, align=True).prop(chosen, "regions")
        row = layout.row(align=True)
        row.operator("superface.preset_load", icon="IMPORT")
        row.operator("superface.preset_save", icon="EXPORT")
        row = layout.row(align=True)
        row.operator("superface.faceit_import", text="From Faceit", icon="IMPORT")
        row.operator("superface.faceit_export", text="To Faceit", icon="EXPORT")


class VIEW3D_PT_superface_pivots(SuperFaceTab, bpy.types.Panel):
    """What turns."""

    bl_label = "Head and Eyes"
    bl_parent_id = "VIEW3D_PT_superface_rig"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """What turns now, and how to choose another."""
        chosen, mapping = context.scene.superface, mapping_of(context.scene)
        layout = self.layout
        pivots = (mapping.head.pivot, mapping.eyes.left, mapping.eyes.right)
        for (role, title, _), pivot in zip(PIVOT_ROLES, pivots, strict=True):
            row = layout.row(align=True)
            row.label(text=f"{title}: {pivot.label if pivot else 'stays as it is'}")
            if pivot:
                row.operator("superface.rig_pivot_clear", text="", icon="X").role = role
        column = layout.column(align=True)
        column.prop(chosen, "pivot_object")
        if chosen.pivot_object is not None and chosen.pivot_object.type == "ARMATURE":
            column.prop_search(chosen, "pivot_bone", chosen.pivot_object.data, "bones")
        column.prop(chosen, "facing")
        row = column.row(align=True)
        for role, title, _ in PIVOT_ROLES:
            row.operator("superface.rig_pivot", text=title).role = role
        column.prop(chosen, "head_location")
        column.prop(chosen, "eyes_by")


def _draw_findings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    match = session().rig
    if match is None or not (match.findings or match.missing or match.unmatched):
        return
    box = layout.box().column(align=True)
    for finding in match.findings[:SHOWN]:
        draw_text(box, context, finding.message, "ERROR" if finding.blocks else "INFO")
    if len(match.findings) > SHOWN:
        box.label(text=f"and {len(match.findings) - SHOWN} more")
    if match.offers:
        box.operator("superface.rig_find", text="Key the Drivers' Sources").take_offers = True
    if match.missing:
        draw_text(box, context, f"No key for: {_some(match.missing)}", "INFO")
    if match.unmatched:
        names = [_with_candidate(key.key, match) for key in match.unmatched]
        draw_text(box, context, f"Names unknown: {_some(names)}", "QUESTION")


def _with_candidate(key: str, match: RigMatch) -> str:
    """With the channel it may be a misspelling of; it is not written onto until it is renamed."""
    return f"{key} (renamed {match.candidates[key][0]}?)" if key in match.candidates else key


def _some(names: "list[str] | tuple[str, ...]") -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


RIG_PANELS = (
    SUPERFACE_UL_channels,
    VIEW3D_PT_superface_rig,
    VIEW3D_PT_superface_channels,
    VIEW3D_PT_superface_pivots,
)
