"""What the entry points need done for them; bootstrap makes the real one, tests one with fakes."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..ports import Cancelled, Clip, Picture
from ..usecases.choose_versions import ModelChoice, ModelUsed
from ..usecases.read_live import LiveResult
from ..usecases.record_ratings import Told
from ..usecases.retarget_order import Event, RetargetOrder
from ..usecases.show_stills import Still, StillsOrder


@dataclass(frozen=True)
class Model:
    """A predictor that can be chosen; unobserved and unreliable are channel names (see backend.proto)."""

    id: str
    title: str
    licence: str  # SPDX identifier
    unobserved: tuple[str, ...] = ()
    unreliable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """What keeps the backend from working, and one sentence on what to do about it."""

    what: str
    advice: str


class LiveReader(Protocol):
    """Reads the consecutive pictures of one stream; see usecases/read_live.py."""

    def read(self, picture: Picture, seconds: float, mirrored: bool) -> LiveResult: ...


@dataclass(frozen=True)
class Application:
    """Everything a call can ask for. An empty model id means `active_model`.

    open_clip    one file, a video or a single picture. Raises ClipError.
    open_frames  an image sequence with its rate in pictures a second. Raises ClipError.
    choose       which model runs, and what corrects it. Raises ModelError, RequestInvalid.
    retarget     (clip, order, model, cancelled) → events as they come. Raises SuperFaceError.
    show_stills  (clip, order, cancelled) → stills as they are read. Raises SuperFaceError.
    decode_still a JPEG, PNG, WebP or BMP as a picture. Raises RequestInvalid.
    start_live   (model id, smoothing 0..1) → the reader of one stream. Raises ModelError, RequestInvalid.
    record       ratings → for each, in order, why it is refused, if it is. Raises RatingsError, Busy and
                 DiskFull, and then nothing of it is kept.
    missing      looked up anew each time; empty when all is well
    """

    open_clip: Callable[[Path], Clip]
    open_frames: Callable[[Sequence[Path], float], Clip]
    choose: Callable[[ModelChoice], ModelUsed]
    retarget: Callable[[Clip, RetargetOrder, ModelUsed, Cancelled], Generator[Event]]
    show_stills: Callable[[Clip, StillsOrder, Cancelled], Generator[Still]]
    decode_still: Callable[[bytes], Picture]
    start_live: Callable[[str, float], LiveReader]
    record: Callable[[Sequence[Told]], list[str]]
    missing: Callable[[], tuple[Missing, ...]]
    models: tuple[Model, ...]
    active_model: str
    device: str
