"""The journey to a rig that follows: find its keys, try them, turn head and eyes, presets."""

import time
from dataclasses import replace
from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..faceit_profile import read_profile, write_profile
from ..mapping import Mapping, PresetUnreadable, from_json, mapping_for, retargeted, to_json
from ..pivots import Pivot
from ..properties import keep_mapping, mapping_of
from ..rig_matching import RigMatch, match_rig
from ..scene import wiggle
from ..scene.head_and_eyes import eyes_swapped, pivot_at_rest
from ..scene.heads import add_arkit_head
from ..scene.shape_keys import faces_in, read_rig
from ..session import session

PIVOT_ROLES = (
    ("HEAD", "Head", "Turns with the performer's head"),
    ("LEFT_EYE", "Left Eye", "The character's own left"),
    ("RIGHT_EYE", "Right Eye", "The character's own right"),
)


class SUPERFACE_OT_add_arkit_head(bpy.types.Operator):
    """Add a head with all 52 shape keys, made for trying things"""

    bl_idname = "superface.add_arkit_head"
    bl_label = "Add ARKit Head"
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Select it and find its keys."""
        head = add_arkit_head(context)
        for other in context.selected_objects:
            other.select_set(False)
        head.select_set(True)
        context.view_layer.objects.active = head
        _find(context.scene, [head], take_offers=False)
        if head.parent is not None:
            _turn(context.scene, "HEAD", pivot_at_rest(head.parent))
        return {"FINISHED"}


class SUPERFACE_OT_rig_find(bpy.types.Operator):
    """Find ARKit shape keys on the selected meshes; with none selected, on all that look like a face"""

    bl_idname = "superface.rig_find"
    bl_label = "Find Keys"
    bl_options = {"UNDO"}

    take_offers: bpy.props.BoolProperty(
        name="Key the Drivers' Sources",
        description="Where a driver moves a key, write onto what the driver listens to",
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Say what moves and what does not."""
        selected = [ob for ob in context.selected_objects if ob.type == "MESH"]
        objects = selected or faces_in(context.scene.objects)
        match = _find(context.scene, objects, self.take_offers)
        if not match.moving and not match.offers:
            self.report({"ERROR"}, _nothing_found(objects))
            return {"CANCELLED"}
        blocked = [finding for finding in match.findings if finding.blocks]
        level = "WARNING" if blocked or match.missing else "INFO"
        kept = f", {len(match.stuck)} have keys that cannot" if match.stuck else ""
        self.report({level}, f"{len(match.moving)} of 52 channels move{kept}; see panel 2 for the rest.")
        return {"FINISHED"}


class SUPERFACE_OT_rig_pivot(bpy.types.Operator):
    """Take the object or bone chosen above, as it lies now, as what turns"""

    bl_idname = "superface.rig_pivot"
    bl_label = "Use"
    bl_options = {"UNDO"}

    role: bpy.props.EnumProperty(name="As", items=PIVOT_ROLES)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Its rest is read here, so the head should be at rest."""
        chosen = context.scene.superface
        if chosen.pivot_object is None:
            self.report({"ERROR"}, "Choose an object, an empty or an armature first.")
            return {"CANCELLED"}
        try:
            pivot = pivot_at_rest(chosen.pivot_object, chosen.pivot_bone, chosen.facing)
        except KeyError:
            self.report({"ERROR"}, f"{chosen.pivot_object.name} has no bone {chosen.pivot_bone!r}.")
            return {"CANCELLED"}
        _turn(context.scene, self.role, pivot)
        eyes = mapping_of(context.scene).eyes
        if eyes.left and eyes.right and eyes_swapped(eyes.left, eyes.right):
            self.report({"WARNING"}, "The left eye lies on the right: sides are the character's own.")
        return {"FINISHED"}


class SUPERFACE_OT_rig_pivot_clear(bpy.types.Operator):
    """Turn it no more"""

    bl_idname = "superface.rig_pivot_clear"
    bl_label = "Clear"
    bl_options = {"UNDO"}

    role: bpy.props.EnumProperty(name="As", items=PIVOT_ROLES)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keys written before stay."""
        _turn(context.scene, self.role, None)
        return {"FINISHED"}


class SUPERFACE_OT_rig_wiggle(bpy.types.Operator):
    """Move what a channel moves, there and back; every value is restored"""

    bl_idname = "superface.rig_wiggle"
    bl_label = "Wiggle"
    bl_options = {"INTERNAL"}

    channel: bpy.props.StringProperty(name="Channel", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """A timer moves it, so that Blender stays free."""
        bindings = [b for b in mapping_of(context.scene).bindings if b.channel == self.channel]
        if not wiggle.start(bindings):
            self.report({"WARNING"}, f"Nothing in this file answers to {self.channel}.")
            return {"CANCELLED"}
        started = time.monotonic()
        bpy.app.timers.register(lambda: wiggle.show(time.monotonic() - started))
        return {"FINISHED"}


class SUPERFACE_OT_preset_save(bpy.types.Operator, ExportHelper):
    """Save the mapping as a file for other scenes and rigs"""

    bl_idname = "superface.preset_save"
    bl_label = "Save Preset"

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write it."""
        return _write(self, to_json(mapping_of(context.scene)))


class SUPERFACE_OT_preset_load(bpy.types.Operator, ImportHelper):
    """Load a mapping and bring it onto the selected meshes"""

    bl_idname = "superface.preset_load"
    bl_label = "Load Preset"
    bl_options = {"UNDO"}

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keys of the same name are found on whatever object they are."""
        try:
            preset = from_json(Path(self.filepath).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, PresetUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        objects = context.selected_objects or faces_in(context.scene.objects)
        keep_mapping(context.scene, retargeted(preset, read_rig(objects)))
        return {"FINISHED"}


class SUPERFACE_OT_faceit_export(bpy.types.Operator, ExportHelper):
    """Save which shapes follow which channel as a Faceit profile"""

    bl_idname = "superface.faceit_export"
    bl_label = "Export Faceit Profile"

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Names and gains; the rest has no place in a profile."""
        return _write(self, write_profile(mapping_of(context.scene)))


class SUPERFACE_OT_faceit_import(bpy.types.Operator, ImportHelper):
    """Read a Faceit profile for the selected meshes"""

    bl_idname = "superface.faceit_import"
    bl_label = "Import Faceit Profile"
    bl_options = {"UNDO"}

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Its bindings replace those there are; head, eyes and regions stay."""
        objects = context.selected_objects or faces_in(context.scene.objects)
        try:
            profile = read_profile(Path(self.filepath).read_text(encoding="utf-8"), read_rig(objects))
        except (OSError, UnicodeDecodeError, PresetUnreadable) as err:
            self.report({"ERROR"}, str(err))
            return {"CANCELLED"}
        keep_mapping(context.scene, replace(mapping_of(context.scene), bindings=profile.bindings))
        not_used = [*profile.foreign, *profile.absent]
        if not_used:
            self.report({"WARNING"}, f"Not on this rig, or no ARKit channel: {', '.join(not_used)}.")
        return {"FINISHED"}


def _write(operator: bpy.types.Operator, text: str) -> set[str]:
    try:
        Path(operator.filepath).write_text(text, encoding="utf-8")
    except OSError as err:
        operator.report({"ERROR"}, f"{operator.filepath} cannot be written: {err.strerror}.")
        return {"CANCELLED"}
    return {"FINISHED"}


def _find(scene: bpy.types.Scene, objects: list[bpy.types.Object], take_offers: bool) -> RigMatch:
    match = match_rig(read_rig(objects))
    keep_mapping(scene, mapping_for(match, mapping_of(scene), take_offers))
    session().rig = match
    return match


def _nothing_found(objects: list[bpy.types.Object]) -> str:
    if not objects:
        return "No mesh here has ARKit shape keys. Select your face's meshes, or add the ARKit head."
    names = ", ".join(ob.name for ob in objects[:3])
    return (
        f"No shape key of {names} is called like an ARKit channel. Add shape keys, or map them by a preset."
    )


def _turn(scene: bpy.types.Scene, role: str, pivot: Pivot | None) -> None:
    mapping = mapping_of(scene)
    keep_mapping(scene, _with_pivot(mapping, role, pivot))


def _with_pivot(mapping: Mapping, role: str, pivot: Pivot | None) -> Mapping:
    if role == "HEAD":
        return replace(mapping, head=replace(mapping.head, pivot=pivot))
    left = pivot if role == "LEFT_EYE" else mapping.eyes.left
    right = pivot if role == "RIGHT_EYE" else mapping.eyes.right
    by = mapping.eyes.by if left or right else "KEYS"
    return replace(mapping, eyes=replace(mapping.eyes, by=by, left=left, right=right))


RIG_OPERATORS = (
    SUPERFACE_OT_add_arkit_head,
    SUPERFACE_OT_rig_find,
    SUPERFACE_OT_rig_pivot,
    SUPERFACE_OT_rig_pivot_clear,
    SUPERFACE_OT_rig_wiggle,
    SUPERFACE_OT_preset_save,
    SUPERFACE_OT_preset_load,
    SUPERFACE_OT_faceit_export,
    SUPERFACE_OT_faceit_import,
)
