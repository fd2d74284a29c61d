"""The journey from ratings to a better model: train, look at the evidence, use it, take it back, hand it on.

Without a window, too (see retarget.py for how to wait):

    scene.superface.style = "MINE"
    bpy.ops.superface.train()
    bpy.ops.superface.wait()
    version = session().shelf.known.versions[-1].id
    bpy.ops.superface.version_use(version=version, region="lower")
    bpy.ops.superface.wait()
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..backend_client.errors import BackendError
from ..backend_client.versions import VersionRegion, VersionStep
from ..contract import duels
from ..properties import mapping_of
from ..rating import rater_of
from ..session import session
from ..shelf_words import sentence
from ..states import BackendState
from ..styles import train_request_of

SUFFIX = ".superface"


def why_no_training(context: bpy.types.Context) -> str | None:
    """What is missing, with where to get it."""
    now, style = session(), context.scene.superface.style
    reasons = {
        "No backend is connected: see panel 1": now.link.state is BackendState.READY,
        "Nothing was rated on this machine yet: see panel 4": now.has_answers or style != "MINE",
        "No rig is found yet: see panel 2": bool(mapping_of(context.scene).bindings) or style != "RIG",
        "A training is under way": not now.shelf.is_training,
    }
    return next((text for text, fine in reasons.items() if not fine), None)


def why_no_versions() -> str | None:
    """Why nothing can be asked about versions now."""
    if session().link.state is not BackendState.READY:
        return "No backend is connected: see panel 1"
    return "The backend is still at the last question" if session().shelf.is_busy else None


class SUPERFACE_OT_train(bpy.types.Operator):
    """Learn from all that was rated. What comes of it is tried first: nothing in use changes"""

    bl_idname = "superface.train"
    bl_label = "Train"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a backend and ratings, and one at a time."""
        return _fine(cls, why_no_training(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows how far it is."""
        return _asked(self, lambda: session().shelf.train(train_request_of(context)))


class SUPERFACE_OT_train_cancel(bpy.types.Operator):
    """Break off; what was worked out is kept, and training again goes on from there"""

    bl_idname = "superface.train_cancel"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """What is in use stays."""
        session().shelf.cancel_training()
        return {"FINISHED"}


class SUPERFACE_OT_versions_look(bpy.types.Operator):
    """Ask the backend how the versions stand, with all that was rated since"""

    bl_idname = "superface.versions_look"
    bl_label = "Refresh"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One question after the other."""
        return _fine(cls, why_no_versions())

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask."""
        return _asked(self, lambda: session().shelf.look())


class _Decision:
    """Mixed into each decision about a version in one half of the face."""

    step: VersionStep

    version: bpy.props.StringProperty(name="Version", description="Its id", options={"SKIP_SAVE"})
    region: bpy.props.StringProperty(
        name="Half of the Face",
        description="'upper' or 'lower'; empty: all it has learnt",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One question after the other."""
        return _fine(cls, why_no_versions())

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask; the panel shows how things stand then."""
        regions, by = [self.region] if self.region else [], rater_of(context)
        return _asked(self, lambda: session().shelf.decide(self.step, self.version, regions, by))


class SUPERFACE_OT_version_use(_Decision, bpy.types.Operator):
    """Use this version for this half of the face from now on. One click takes it back"""

    bl_idname = "superface.version_use"
    bl_label = "Use"
    step = VersionStep.USE

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Only what the evidence does not support is asked about."""
        halves = [half for half in _regions(self.version) if self.region in ("", half.region)]
        unproved = [half for half in halves if half.verdict is duels.Verdict.WAIT]
        if not unproved:
            return self.execute(context)
        asks = context.window_manager.invoke_confirm
        title, says = "Use it without proof?", sentence(unproved[0].says)
        return set(asks(self, event, title=title, message=says, confirm_text="Use"))


class SUPERFACE_OT_version_retire(_Decision, bpy.types.Operator):
    """Try this version no more for this half of the face. It stays on the shelf"""

    bl_idname = "superface.version_retire"
    bl_label = "Retire"
    step = VersionStep.RETIRE


class SUPERFACE_OT_version_roll_back(_Decision, bpy.types.Operator):
    """Back to what was used before this version in this half of the face"""

    bl_idname = "superface.version_roll_back"
    bl_label = "Roll Back"
    step = VersionStep.ROLL_BACK


class SUPERFACE_OT_version_export(bpy.types.Operator, ExportHelper):
    """Write this version as one file, for another artist"""

    bl_idname = "superface.version_export"
    bl_label = "Export Version"

    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})
    version: bpy.props.StringProperty(name="Version", description="Its id", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One question after the other."""
        return _fine(cls, why_no_versions())

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for it; the panel says when it is written."""
        return _asked(self, lambda: session().shelf.export(self.version, Path(self.filepath)))


class SUPERFACE_OT_version_import(bpy.types.Operator, ImportHelper):
    """Put another artist's version on trial here"""

    bl_idname = "superface.version_import"
    bl_label = "Import Version"

    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One question after the other."""
        return _fine(cls, why_no_versions())

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send it; the backend looks whether it is whole and can run there."""
        by = rater_of(context)
        return _asked(self, lambda: session().shelf.bring_in(Path(self.filepath), by))


def _regions(version: str) -> tuple[VersionRegion, ...]:
    known = session().shelf.known
    return next((card.regions for card in known.versions if card.id == version), ()) if known else ()


def _fine(operator: Any, reason: str | None) -> bool:
    """Where it is not, a grey button says why."""
    if reason:
        operator.poll_message_set(reason)
    return reason is None


def _asked(operator: bpy.types.Operator, ask: Callable[[], object]) -> set[str]:
    try:
        ask()
    except BackendError as err:
        operator.report({"ERROR"}, f"{err.message} {err.advice}".strip())
        return {"CANCELLED"}
    return {"FINISHED"}


TRAIN_OPERATORS = (
    SUPERFACE_OT_train,
    SUPERFACE_OT_train_cancel,
    SUPERFACE_OT_versions_look,
    SUPERFACE_OT_version_use,
    SUPERFACE_OT_version_retire,
    SUPERFACE_OT_version_roll_back,
    SUPERFACE_OT_version_export,
    SUPERFACE_OT_version_import,
)
