"""The journey to a running backend: set up, start, stop, connect, copy diagnostics."""

import platform
from pathlib import Path

import bpy

from ..backend_set_up import NO_TORCH
from ..contract import convention
from ..preferences import preferences
from ..session import session
from ..states import BackendState, Notice
from ..torch_build import has_use, is_brought, offers_gpu, set_up_size

WHEELS = Path(__file__).resolve().parents[1] / "backend_wheel"


def bundled_wheel() -> Path | None:
    """The backend that came with this extension; None in a checkout."""
    return next(iter(sorted(WHEELS.glob("*.whl"))), None)


def _folder_of_wheels(context: bpy.types.Context) -> Path | None:
    folder = bpy.path.abspath(preferences(context).wheels)
    return Path(folder) if folder else None


class SUPERFACE_OT_backend_set_up(bpy.types.Operator):
    """Install the backend on this machine, outside Blender"""

    bl_idname = "superface.backend_set_up"
    bl_label = "Set Up..."

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not while another set-up runs."""
        return session().link.state is not BackendState.SETTING_UP

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first: it takes time, disk and network."""
        return context.window_manager.invoke_props_dialog(self, width=520)  # type: ignore[return-value]

    def draw(self, context: bpy.types.Context) -> None:
        """What will be written where, and where it comes from."""
        chosen, wheel, wheels = preferences(context), bundled_wheel(), _folder_of_wheels(context)
        torch = wheel is not None and is_brought(wheel, wheels)
        column = self.layout.column()
        column.label(text=f"Into {chosen.home.folder}", icon="FILE_FOLDER")
        column.label(text=f"{set_up_size(torch, chosen.gpu, downloaded=wheels is None)}.", icon="INFO")
        column.label(text="Nothing is installed into Blender.", icon="BLANK1")
        if wheel is not None and has_use(wheel) and not torch:
            column.label(text=f"{NO_TORCH[0].upper()}{NO_TORCH[1:]}.", icon="ERROR")
        if torch and offers_gpu():
            column.prop(chosen, "gpu")
        column.prop(chosen, "folder")
        column.prop(chosen, "wheels")
        if not (chosen.wheels or bpy.app.online_access):
            column.label(text="Online access is off: choose a folder of wheels.", icon="ERROR")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows how far it is."""
        wheel = bundled_wheel()
        if wheel is None:
            self.report({"ERROR"}, f"No backend lies in {WHEELS}. Install the zip that build_addon.py makes.")
            return {"CANCELLED"}
        chosen = preferences(context)
        session().use_home(chosen.home)
        wheels = _folder_of_wheels(context)
        session().set_up(wheel, online=bpy.app.online_access, wheels=wheels, gpu=chosen.gpu)
        return {"FINISHED"}


class SUPERFACE_OT_backend_start(bpy.types.Operator):
    """Start the backend of this machine; it ends with Blender"""

    bl_idname = "superface.backend_start"
    bl_label = "Start"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows when it is ready."""
        chosen = preferences(context)
        session().use_home(chosen.home)
        if not session().is_set_up:
            self.report({"ERROR"}, "The backend is not set up on this machine. Press Set Up first.")
            return {"CANCELLED"}
        wheel = bundled_wheel()
        if wheel and not session().local.home.is_current(wheel):
            self.report({"WARNING"}, "The backend is of another version than this extension: Set Up Again.")
        session().start_local()
        return {"FINISHED"}


class SUPERFACE_OT_backend_stop(bpy.types.Operator):
    """Stop the backend of this machine, or leave the one on another"""

    bl_idname = "superface.backend_stop"
    bl_label = "Stop"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """A running retarget keeps what it has received."""
        session().stop_local()
        return {"FINISHED"}


class SUPERFACE_OT_backend_connect(bpy.types.Operator):
    """Connect to a backend that is already running"""

    bl_idname = "superface.backend_connect"
    bl_label = "Connect"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows who answers."""
        address = preferences(context).address
        if not (bpy.app.online_access or convention.is_loopback(address.host)):
            self.report(
                {"ERROR"},
                f"Nothing was sent to {address.host}: online access is off. Allow it in the preferences.",
            )
            return {"CANCELLED"}
        session().connect(address)
        return {"FINISHED"}


class SUPERFACE_OT_backend_cancel(bpy.types.Operator):
    """Break off; a set-up can go on later where it stopped"""

    bl_idname = "superface.backend_cancel"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the work to stop."""
        session().cancel_backend_job()
        return {"FINISHED"}


class SUPERFACE_OT_copy_diagnostics(bpy.types.Operator):
    """Copy what a report of a problem needs to the clipboard; no token, no footage"""

    bl_idname = "superface.copy_diagnostics"
    bl_label = "Copy Diagnostics"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put it into the clipboard."""
        context.window_manager.clipboard = diagnostics()
        self.report({"INFO"}, "Copied")
        return {"FINISHED"}


def diagnostics() -> str:
    """Versions, states and the end of the backend's log."""
    now = session()
    link, job = now.link, now.job
    return "\n".join(
        [
            f"Blender {bpy.app.version_string}, Python {platform.python_version()}, {platform.platform()}",
            f"backend: {link.state.value}; set up in {now.local.home.folder}",
            f"answer: {link.info}",
            f"job: {job.state.value if job else 'none'}",
            *(_line(notice) for notice in now.notices),
            "log:",
            now.local.home.tail(),
        ]
    )


def _line(notice: Notice) -> str:
    return f"{notice.level}: {notice.text} {notice.advice}"


BACKEND_OPERATORS = (
    SUPERFACE_OT_backend_set_up,
    SUPERFACE_OT_backend_start,
    SUPERFACE_OT_backend_stop,
    SUPERFACE_OT_backend_connect,
    SUPERFACE_OT_backend_cancel,
    SUPERFACE_OT_copy_diagnostics,
)
