"""What the entry points need done for them; bootstrap makes the real one, tests one with fakes."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..ports import Cancelled, Clip, Picture
from ..usecases.choose_versions import ModelChoice, ModelUsed
from ..usecases.decide_versions import Decided
from ..usecases.list_versions import Listed, VersionCard
from ..usecases.read_live import LiveResult
from ..usecases.record_ratings import Told
from ..usecases.retarget_order import Event, RetargetOrder
from ..usecases.show_stills import Still, StillsOrder
from ..usecases.train_from_ratings import TrainEvent, TrainOrder


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


class Learning(Protocol):
    """What is learnt from ratings, and decided about it. Every method raises RatingsError, ModelError, Busy
    and DiskFull, and then what is in use stays as it was.
    """

    def train(self, order: TrainOrder, model_id: str, cancelled: Cancelled) -> Iterator[TrainEvent]:
        """Raises NothingToLearn, TrainingError and RequestInvalid besides."""
        ...

    def versions(self, profile: str = "") -> Listed:
        """Of a profile; empty: all."""
        ...

    def decide(self, decided: Decided) -> Listed:
        """How all stand then. Raises RequestInvalid besides."""
        ...

    def export(self, version_id: str) -> tuple[bytes, VersionCard]:
        """One file's content, and whose it is."""
        ...

    def bring_in(self, content: bytes, by: str) -> VersionCard:
        """Such a content becomes a candidate; by: the person's name."""
        ...


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
    learning: Learning
    missing: Callable[[], tuple[Missing, ...]]
    models: tuple[Model, ...]
    active_model: str
    device: str
