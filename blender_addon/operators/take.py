"""The journey of a take: written again, chosen, in and out as Live Link Face CSV. Needs no backend."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..contract import ExpressionCurves, live_link_csv
from ..retargeting import EditedByHand, report_of, write_take
from ..scene.fcurves import NotWritable
from ..session import session
from ..takes import TakeFacts, TakeUnreadable

_listed: list[tuple[str, str, str]] = []  # Blender does not keep the texts of a dynamic enum alive


def _takes(operator: bpy.types.Operator, context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    _listed[:] = [(take.id, _title(take), take.clip) for take in session().takes.all()]
    return _listed


def _title(take: TakeFacts) -> str:
    return f"{take.name}, {take.created[:16].replace('T', ' ')}{'' if take.complete else ' (in part)'}"


class SUPERFACE_OT_take_apply(bpy.types.Operator):
    """Write the take onto the rig with the mapping as it is now"""

    bl_idname = "superface.take_apply"
    bl_label = "Apply Take"
    bl_options = {"UNDO"}

    take: bpy.props.StringProperty(
        name="Take", description="Its id; empty: the one chosen in the scene", options={"SKIP_SAVE"}
    )
    overwrite: bpy.props.BoolProperty(
        name="Overwrite", description="Keys edited by hand may be replaced", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before keys edited by hand go."""
        try:
            return self._write(context)
        except EditedByHand as err:
            self.overwrite = True
            return context.window_manager.invoke_confirm(self, event, title="Overwrite?", message=str(err))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Refuses to overwrite unless told to."""
        try:
            return self._write(context)
        except EditedByHand as err:
            self.report({"ERROR"}, f"{err} Call it with overwrite=True, or choose New Action.")
            return {"CANCELLED"}

    def _write(self, context: bpy.types.Context) -> set[str]:
        try:
            take = session().takes.facts(self.take or context.scene.superface.take)
            notice = report_of(write_take(context.scene, take, self.overwrite))
        except (NotWritable, TakeUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        self.report({notice.level}, f"{notice.text} {notice.advice}".strip())
        return {"FINISHED"}


class SUPERFACE_OT_take_choose(bpy.types.Operator):
    """Choose among all takes of this machine"""

    bl_idname = "superface.take_choose"
    bl_label = "Choose Take"
    bl_property = "take"
    bl_options = {"UNDO"}

    take: bpy.props.EnumProperty(name="Take", items=_takes)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A list to search."""
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
    bl_options = {"UNDO"}

    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})
    rate: bpy.props.FloatProperty(
        name="Frames a Second", description="0: found out from the timecodes", default=0.0, min=0.0
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keep it among the takes and choose it; 'Apply Take' writes it."""
        path = Path(self.filepath)
        try:
            text = path.read_text(encoding="utf-8-sig")
            read = live_link_csv.read_live_link_csv(text, self.rate or None)
        except (OSError, ValueError) as err:
            self.report({"ERROR"}, f"{path.name}: {err}")
            return {"CANCELLED"}
        take = _kept(path.stem, read.curves, tuple(read.remarks))
        context.scene.superface.take = take.id
        summary = f"{len(read.curves)} frames at {read.rate:g} a second."
        self.report({"WARNING"} if read.remarks else {"INFO"}, " ".join([summary, *read.remarks]))
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
        try:
            curves = session().takes.curves(context.scene.superface.take)
            Path(self.filepath).write_text(live_link_csv.live_link_csv(curves), encoding="utf-8", newline="")
        except (OSError, TakeUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        return {"FINISHED"}


def _kept(name: str, curves: ExpressionCurves, remarks: tuple[str, ...]) -> TakeFacts:
    takes = session().takes
    take = takes.begin(name, "", curves.rate, model="live-link-csv", expected=len(curves))
    takes.append(take.id, curves)
    return takes.finish(take, remarks)


TAKE_OPERATORS = (
    SUPERFACE_OT_take_apply,
    SUPERFACE_OT_take_choose,
    SUPERFACE_OT_take_import,
    SUPERFACE_OT_take_export,
)
