"""Where the backend is. Kept in Blender's preferences: a token in a .blend would travel with it."""

from pathlib import Path

import bpy

from .backend_client.port import Address
from .backend_home import Home
from .folders import data_folder


class SuperFacePreferences(bpy.types.AddonPreferences):
    """Shown in Preferences > Add-ons > SuperFace."""

    bl_idname = __package__

    where: bpy.props.EnumProperty(
        name="Backend",
        items=(
            ("HERE", "This machine", "Set up, started and stopped from the SuperFace panel"),
            ("ELSEWHERE", "Another machine", "A backend that somebody runs on a render box"),
        ),
    )
    host: bpy.props.StringProperty(
        name="Host", description="Name or number of the backend's machine", default="127.0.0.1"
    )
    port: bpy.props.IntProperty(name="Port", default=50151, min=1, max=65535)
    token: bpy.props.StringProperty(
        name="Token",
        description="What the file holds that 'superface serve' names on the backend's machine",
        subtype="PASSWORD",
    )
    certificate: bpy.props.StringProperty(
        name="TLS Certificate",
        description="PEM file of the authority to trust; needed for any machine but this one",
        subtype="FILE_PATH",
    )
    folder: bpy.props.StringProperty(
        name="Backend Folder",
        description="Where the backend is set up on this machine; empty: your user's data folder",
        subtype="DIR_PATH",
    )
    wheels: bpy.props.StringProperty(
        name="Folder of Wheels",
        description="Packages for setting up without a network; empty: they come from PyPI",
        subtype="DIR_PATH",
    )
    rater: bpy.props.StringProperty(
        name="Rater",
        description="Your name in your ratings; empty: the name you are logged in with",
    )
    gpu: bpy.props.BoolProperty(
        name="For the NVIDIA GPU",
        description="Take torch's build for NVIDIA GPUs, gigabytes larger; a retarget needs none",
    )

    @property
    def home(self) -> Home:
        """Where the backend of this machine lives."""
        chosen = bpy.path.abspath(self.folder)
        return Home(Path(chosen) if chosen else data_folder() / "backend")

    @property
    def address(self) -> Address:
        """The backend on another machine."""
        certificate = bpy.path.abspath(self.certificate)
        return Address(
            self.host.strip(),
            self.port,
            self.token.strip(),
            Path(certificate) if certificate else None,
        )

    def draw(self, context: bpy.types.Context) -> None:
        """The Backend panel's settings, laid out for the preferences window."""
        layout = self.layout
        layout.use_property_split = True
        layout.row().prop(self, "where", expand=True)
        for name in (
            ("host", "port", "token", "certificate") if self.where == "ELSEWHERE" else ("folder", "wheels")
        ):
            layout.prop(self, name)
        layout.prop(self, "rater")


def preferences(context: bpy.types.Context) -> SuperFacePreferences:
    """Ours, of the running Blender."""
    return context.preferences.addons[__package__].preferences  # type: ignore[return-value]
