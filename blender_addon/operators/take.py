"""The journey of a take: written again, chosen, in and out as Live Link Face CSV. Needs no backend."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..backend_client.errors import BackendError
from ..retargeting import place_of
from ..scene.bake import scene_rate
from ..scene.undo import push_undo
from ..session import session
from ..takes import TakeFacts

_listed: list[tuple[str, str, str]] = []  # Blender does not keep the texts of a dynamic enum alive


def _takes(operator: bpy.types.Operator, context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    _listed[:] = [(take.id, _title(take), take.clip) for take in session().known_takes.values()]
    return _listed


def _title(take: TakeFacts) -> str:
    return f"{take.name}, {take.created[:16].replace('T', ' ')}{'' if take.complete else ' (in part)'}"


class SUPERFACE_OT_take_apply(bpy.types.Operator):
    """Write the take onto the rig with the mapping as it is now"""

    bl_idname = "superface.take_apply"
    bl_label = "Apply Take"

    take: bpy.props.StringProperty(
        name="Take", description="Its id; empty: the one chosen in the scene", options={"SKIP_SAVE"}
    )
    overwrite: bpy.props.BoolProperty(
        name="Overwrite", description="Keys edited by hand may be replaced", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a take to write: the scene's, or another of this machine named in `take`."""
        any_take = bool(context.scene.superface.take or session().known_takes)
        if not any_take:
            cls.poll_message_set("There is no take yet: retarget a clip or import a CSV")
        return any_take

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin to read it; the timer writes it, and the panel asks before keys edited by hand go."""
        scene = context.scene
        take = self.take or scene.superface.take
        if not take:
            self.report({"ERROR"}, "No take is chosen; choose one, retarget a clip or import a CSV.")
            return {"CANCELLED"}
        try:
            session().apply(take, scene_rate(scene), place_of(scene), self.overwrite)
        except BackendError as err:
            self.report({"ERROR"}, f"{err.message} {err.advice}")
            return {"CANCELLED"}
        return {"FINISHED"}


class SUPERFACE_OT_take_choose(bpy.types.Operator):
    """Choose among all takes of this machine"""

    bl_idname = "superface.take_choose"
    bl_label = "Choose Take"
    bl_property = "take"
    bl_options = {"UNDO"}

    take: bpy.props.EnumProperty(name="Take", items=_takes)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A list to search; takes of other Blenders join it as soon as they are found."""
        session().list_takes()
        context.window_manager.invoke_search_popup(self)
        return {"FINISHED"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remember it in the scene."""
        context.scene.superface.take = self.take
        return {"FINISHED"}


class SUPERFACE_OT_take_import(bpy.types.Operator, ImportHelper):
    """Read a Live Link Face CSV as a take"""

    bl_idname = "superface.take_import"
    bl_label = "Import Live Link CSV"

    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})
    rate: bpy.props.FloatProperty(
        name="Frames a Second", description="0: found out from the timecodes", default=0.0, min=0.0
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keep it among the takes and choose it; 'Apply Take' writes it."""
        scene = context.scene.session_uid
        session().import_take(Path(self.filepath), self.rate, lambda take: _choose(scene, take))
        return {"FINISHED"}


class SUPERFACE_OT_take_export(bpy.types.Operator, ExportHelper):
    """Write the raw take as a Live Link Face CSV"""

    bl_idname = "superface.take_export"
    bl_label = "Export Live Link CSV"

    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a chosen take."""
        return bool(context.scene.superface.take)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As received, before any mapping."""
        session().export_take(context.scene.superface.take, Path(self.filepath))
        return {"FINISHED"}


def _choose(scene_uid: int, take: TakeFacts) -> None:
    """In the scene that asked for it, if that is still open."""
    for scene in bpy.data.scenes:
        if scene.session_uid == scene_uid:
            scene.superface.take = take.id
            push_undo("SuperFace Import")


TAKE_OPERATORS = (
    SUPERFACE_OT_take_apply,
    SUPERFACE_OT_take_choose,
    SUPERFACE_OT_take_import,
    SUPERFACE_OT_take_export,
)
