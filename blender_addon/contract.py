"""The one seam to the rest of the house: the names both sides agreed on and the quiet part of the backend.

In the repository these lie beside the add-on, in the installed extension inside it; the zip build
rewrites the imports below and nothing else in the add-on needs to know. What needs grpc and protobuf
lies in contract_wire.py, so that CSV and mapping work where those cannot be loaded.
"""

from backend.core import (
    asking,
    clip_taste,
    curves,
    duels,
    gaze,
    keyframes,
    muscle_groups,
    ratings,
    resampling,
    rig_sights,
    sight,
    takes,
    versions,
)
from backend.core.curves import CHANNEL_COUNT, ExpressionCurves
from backend.core.formats import live_link_csv, rating_json
from protos import arkit, convention

__all__ = [
    "CHANNEL_COUNT",
    "ExpressionCurves",
    "arkit",
    "asking",
    "clip_taste",
    "convention",
    "curves",
    "duels",
    "gaze",
    "keyframes",
    "live_link_csv",
    "muscle_groups",
    "rating_json",
    "ratings",
    "resampling",
    "rig_sights",
    "sight",
    "takes",
    "versions",
]
