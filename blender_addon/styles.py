"""Whose style: which learnt versions keyframes are read with, and which ratings are learnt from for it."""

import bpy

from .backend_client.versions import TrainRequest
from .properties import USUAL_MODEL, mapping_of
from .rating import rater_of
from .scene.surfaces import rig_hash

_LETTERS = 8  # of a rig's hash, in its profile's name


def profile_of(context: bpy.types.Context) -> str:
    """The name under which versions of the chosen style are kept; empty: everybody's."""
    match context.scene.superface.style:
        case "MINE":
            return rater_of(context)
        case "RIG":
            return f"rig {rig_hash(mapping_of(context.scene))[:_LETTERS]}"
        case _:
            return ""


def train_request_of(context: bpy.types.Context) -> TrainRequest:
    """For the chosen style: my answers, everyone's about this rig, or all there are."""
    chosen = context.scene.superface
    return TrainRequest(
        rater=rater_of(context) if chosen.style == "MINE" else "",
        rig=rig_hash(mapping_of(context.scene)) if chosen.style == "RIG" else "",
        profile=profile_of(context),
        model_id="" if chosen.model == USUAL_MODEL else chosen.model,
    )
