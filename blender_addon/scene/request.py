"""What the artist chose in the Retarget panel, as a request to the backend."""

from pathlib import Path

import bpy

from ..backend_client.port import Cleanup, ClipFile, Crop, FrameFiles, Neutral, RetargetRequest
from ..image_sequences import numbered
from ..properties import USUAL_MODEL


class FootageUnusable(Exception):
    """message: what is the matter with the choice. advice: what to do, one sentence."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def request_from(scene: bpy.types.Scene) -> RetargetRequest:
    """Raises FootageUnusable where a choice makes no sense, before anything is sent."""
    chosen = scene.superface
    end = chosen.end_seconds if chosen.use_range and chosen.end_seconds > 0 else None
    start = chosen.start_seconds if chosen.use_range else 0.0
    if end is not None and end <= start:
        raise FootageUnusable(f"The range ends at {end:g} s, before it starts.", "Set 'To' after 'From'.")
    return RetargetRequest(
        clip=footage(scene),
        start_seconds=start,
        end_seconds=end,
        crop=_crop(chosen) if chosen.use_crop else None,
        mirrored_footage=chosen.mirrored,
        face=tuple(chosen.face) if chosen.use_face else None,
        model_id="" if chosen.model == USUAL_MODEL else chosen.model,
        neutral=_neutral(chosen),
        cleanup=Cleanup(
            smoothing=chosen.smoothing,
            couple_mouth_close=chosen.couple_mouth_close,
            resolve_antagonists=chosen.resolve_antagonists,
            keep_in_range=chosen.keep_in_range,
        ),
    )


def footage(scene: bpy.types.Scene) -> ClipFile | FrameFiles:
    """The files chosen, all of them there. Raises FootageUnusable."""
    chosen = scene.superface
    if chosen.source == "SEQUENCE":
        return numbered(_existing(chosen.first_image, "image"), chosen.image_rate)
    if chosen.source == "VIDEO":
        return ClipFile(_existing(chosen.video, "video"))
    if chosen.movie_clip is None:
        raise FootageUnusable("No movie clip is chosen.", "Choose one, or open it in the Movie Clip Editor.")
    path = _existing(chosen.movie_clip.filepath, "movie clip")
    if chosen.movie_clip.source == "SEQUENCE":
        return numbered(path, chosen.movie_clip.fps or chosen.image_rate)
    return ClipFile(path)


def _existing(given: str, kind: str) -> Path:
    if not given:
        raise FootageUnusable(f"No {kind} is chosen.", f"Choose the {kind} in panel 3.")
    path = Path(bpy.path.abspath(given))
    if not path.is_file():
        raise FootageUnusable(
            f"There is no file {path}.", f"Choose the {kind} again; it may have been moved."
        )
    return path.resolve()


def _crop(chosen: bpy.types.PropertyGroup) -> Crop:
    left, top, right, bottom = chosen.crop
    if left >= right or top >= bottom:
        raise FootageUnusable(
            "The crop is empty.", "Left lies before right and top above bottom, all 0 to 1."
        )
    return Crop(left, top, right, bottom)


def _neutral(chosen: bpy.types.PropertyGroup) -> Neutral:
    seconds = (chosen.neutral_seconds,) if chosen.use_neutral else ()
    return Neutral(seconds, chosen.performer.strip())
