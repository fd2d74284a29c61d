"""Panel 5: learn from the ratings, and decide which of the learnt versions is used."""

import bpy

from ..backend_client.versions import VersionCard, VersionRegion
from ..contract import versions
from ..operators.train import SUFFIX, why_no_training
from ..session import session
from ..shelf_words import (
    agrees,
    came_of_it,
    counted,
    foretold,
    is_offered,
    learnt_from,
    left_out,
    sentence,
    standing,
)
from ..states import TrainingJob, TrainingState
from .tab import SuperFaceTab, draw_notice, draw_text

ICONS = {
    versions.State.CANDIDATE: "SORTTIME",
    versions.State.CURRENT: "CHECKMARK",
    versions.State.RETIRED: "CANCEL",
    None: "QUESTION",
}


class VIEW3D_PT_superface_train(SuperFaceTab, bpy.types.Panel):
    """From ratings to a better model."""

    bl_label = "5 Train"

    def draw(self, context: bpy.types.Context) -> None:
        """The button; or how far it is, and what came of it."""
        layout, job = self.layout, session().shelf.job
        layout.prop(context.scene.superface, "style", text="")
        if job is not None and job.state is TrainingState.RUNNING:
            layout.progress(factor=job.fraction, text=sentence(job.stage))
            layout.operator("superface.train_cancel", icon="X")
        else:
            layout.operator("superface.train", icon="FILE_REFRESH")
            if reason := why_no_training(context):
                draw_text(layout, context, reason, "INFO")
        if job is not None:
            _draw_training(layout, context, job)


class VIEW3D_PT_superface_versions(SuperFaceTab, bpy.types.Panel):
    """What was learnt and is used or on trial."""

    bl_label = "Versions"
    bl_parent_id = "VIEW3D_PT_superface_train"

    def draw(self, context: bpy.types.Context) -> None:
        """The newest first; in and out."""
        layout, shelf = self.layout, session().shelf
        cards = _cards(retired=False)
        if shelf.known is not None and not cards:
            layout.label(text="The model is used as it is")
        for card in cards:
            _draw_version(layout.box().column(), context, card)
        for remark in shelf.known.remarks if shelf.known else ():
            draw_text(layout, context, sentence(remark), "ERROR")
        row = layout.row(align=True)
        row.operator("superface.version_import", text="Import...", icon="IMPORT")
        row.operator("superface.versions_look", icon="FILE_REFRESH")
        draw_notice(layout, context, shelf.notice)


class VIEW3D_PT_superface_retired(SuperFaceTab, bpy.types.Panel):
    """What was learnt and is not used now; any of it can be used again."""

    bl_label = "Retired"
    bl_parent_id = "VIEW3D_PT_superface_versions"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is one."""
        return bool(_cards(retired=True))

    def draw(self, context: bpy.types.Context) -> None:
        """The newest first."""
        for card in _cards(retired=True):
            _draw_version(self.layout.box().column(), context, card)


def _cards(retired: bool) -> list[VersionCard]:
    """The newest first; retired: those that are so in all they have learnt."""
    known = session().shelf.known
    return [
        card
        for card in reversed(known.versions if known else ())
        if retired == all(half.state is versions.State.RETIRED for half in card.regions)
    ]


def _draw_training(layout: bpy.types.UILayout, context: bpy.types.Context, job: TrainingJob) -> None:
    column = layout.column(align=True)
    if job.state is not TrainingState.RUNNING:
        column.label(text=job.state.value)
    if job.count is not None:
        draw_text(column, context, counted(job.count), "INFO")
        for some in job.count.left_out:
            draw_text(column, context, left_out(some), "BLANK1")
    for trial in job.best.values():
        draw_text(column, context, foretold(trial), "DOT")
    if job.result is not None:
        draw_text(column, context, came_of_it(job.result), "CHECKMARK")
        for remark in job.result.remarks:
            draw_text(column, context, sentence(remark), "INFO")
    draw_notice(layout, context, job.notice)


def _draw_version(column: bpy.types.UILayout, context: bpy.types.Context, card: VersionCard) -> None:
    row = column.row()
    row.label(text=card.name)
    export = row.operator("superface.version_export", text="", icon="EXPORT")
    export.version, export.filepath = card.id, bpy.path.clean_name(card.name) + SUFFIX
    draw_text(column, context, learnt_from(card))
    for half in card.regions:
        _draw_half(column, context, card, half)
    if any(half.state is versions.State.CANDIDATE for half in card.regions):
        column.separator()
        column.operator("superface.retarget", text="Try on the Clip", icon="PLAY").version = card.id


def _draw_half(
    column: bpy.types.UILayout, context: bpy.types.Context, card: VersionCard, half: VersionRegion
) -> None:
    column.separator()
    column.label(text=standing(half), icon="SOLO_ON" if is_offered(half) else ICONS[half.state])
    told = [half.says, agrees(half.agreement) if half.agreement else "", *half.remarks]
    for text in filter(None, told):
        draw_text(column, context, sentence(text), "BLANK1")
    row = column.row(align=True)
    if half.state is versions.State.CURRENT:
        _draw_decision(row, "superface.version_roll_back", card, half)
    else:
        _draw_decision(row, "superface.version_use", card, half)
    if half.state is versions.State.CANDIDATE:
        _draw_decision(row, "superface.version_retire", card, half)


def _draw_decision(row: bpy.types.UILayout, operator: str, card: VersionCard, half: VersionRegion) -> None:
    decision = row.operator(operator)
    decision.version, decision.region = card.id, half.region


TRAIN_PANELS = (VIEW3D_PT_superface_train, VIEW3D_PT_superface_versions, VIEW3D_PT_superface_retired)
