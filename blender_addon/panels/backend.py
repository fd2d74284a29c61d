"""Panel 1: the backend, its state and what can be done about it."""

import bpy

from ..preferences import preferences
from ..session import session
from ..states import BackendLink, BackendState
from .tab import SuperFaceTab, draw_notice

ICONS = {
    BackendState.READY: "CHECKMARK",
    BackendState.FAILED: "ERROR",
    BackendState.STOPPED: "PAUSE",
}
UNDER_WAY = (BackendState.SETTING_UP, BackendState.STARTING, BackendState.CONNECTING)


class VIEW3D_PT_superface_backend(SuperFaceTab, bpy.types.Panel):
    """Where the work is done."""

    bl_label = "1 Backend"

    def draw(self, context: bpy.types.Context) -> None:
        """State, the one next step, and the rest below."""
        link, is_set_up = session().link, session().is_set_up
        chosen = preferences(context)
        here = chosen.where == "HERE"
        layout = self.layout
        layout.row().prop(chosen, "where", expand=True)
        layout.label(text=_state(link, here, is_set_up), icon=ICONS.get(link.state, "SORTTIME"))
        if link.state in UNDER_WAY:
            _draw_progress(layout, link)
        elif link.state is BackendState.READY:
            _draw_ready(layout, link)
        elif here:
            _draw_here(layout, is_set_up)
        else:
            _draw_elsewhere(layout, chosen)
        draw_notice(layout, context, link.notice)
        layout.operator("superface.copy_diagnostics", icon="COPYDOWN")


def _state(link: BackendLink, here: bool, is_set_up: bool) -> str:
    if link.state is BackendState.STOPPED and not here:
        return "Not connected"
    if link.state is BackendState.STOPPED and not is_set_up:
        return "Not set up yet"
    return str(link.state.value)


def _draw_progress(layout: bpy.types.UILayout, link: BackendLink) -> None:
    if link.state is BackendState.SETTING_UP:
        layout.progress(factor=link.fraction, text=link.stage[:60])
    layout.operator("superface.backend_cancel", icon="X")


def _draw_ready(layout: bpy.types.UILayout, link: BackendLink) -> None:
    column = layout.column(align=True)
    if link.address is not None:
        column.label(text=f"{link.address.host}:{link.address.port}", icon="URL")
    if link.info is not None:
        column.label(text=link.info.device, icon="SYSTEM")
        column.label(text=f"Model: {link.info.active_model}", icon="OUTLINER_OB_ARMATURE")
    layout.operator("superface.backend_stop", icon="PAUSE")


def _draw_here(layout: bpy.types.UILayout, is_set_up: bool) -> None:
    if is_set_up:
        layout.operator("superface.backend_start", icon="PLAY")
        layout.operator("superface.backend_set_up", text="Set Up Again...", icon="FILE_REFRESH")
    else:
        layout.operator("superface.backend_set_up", icon="IMPORT")


def _draw_elsewhere(layout: bpy.types.UILayout, chosen: bpy.types.AddonPreferences) -> None:
    column = layout.column(align=True)
    for name in ("host", "port", "token", "certificate"):
        column.prop(chosen, name)
    layout.operator("superface.backend_connect", icon="LINKED")


BACKEND_PANELS = (VIEW3D_PT_superface_backend,)
