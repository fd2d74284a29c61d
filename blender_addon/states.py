"""Where backend, retarget and training stand, and what there is to say: what the panels draw."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .backend_client.port import Address, BackendInfo
from .backend_client.versions import RatingCount, TrainResult, Trial
from .contract import ExpressionCurves
from .takes import TakeFacts


class BackendState(Enum):
    """What the Backend panel shows; the value is what it says."""

    SETTING_UP = "Setting up"
    STOPPED = "Stopped"
    STARTING = "Starting"
    CONNECTING = "Connecting"
    READY = "Ready"
    FAILED = "Failed"


class JobState(Enum):
    """Where a retarget stands.

    RUNNING → RECEIVED → READING (from disk) → READ ⇄ WAITING (the scene cannot be written now)
    → WRITTEN or UNWRITABLE; RUNNING → CANCELLED or FAILED, which keep what was received and write nothing.
    A take that is applied begins at READING.
    """

    RUNNING = "Running"
    RECEIVED = "Received"
    READING = "Reading the take"
    READ = "Writing the keyframes"
    WAITING = "Waiting to write"
    WRITTEN = "Written"
    UNWRITABLE = "Received, but not written"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


@dataclass(frozen=True)
class Notice:
    """Something to tell the artist: what happened and what to do about it. level: as operators report."""

    text: str
    advice: str = ""
    level: str = "INFO"


def notice_of(error: BaseException) -> Notice:
    """An error as something to show; ours bring their own advice."""
    of_the_disk = "Look whether the disk is full and the folder may be written."
    other = of_the_disk if isinstance(error, OSError) else "Copy the diagnostics and report this."
    advice = getattr(error, "advice", other)
    return Notice(str(getattr(error, "message", error) or type(error).__name__), advice, "ERROR")


@dataclass(eq=False)
class BackendLink:
    """The backend as far as it is known; `stage` and `fraction` (0..1) while setting up."""

    state: BackendState = BackendState.STOPPED
    address: Address | None = None
    info: BackendInfo | None = None
    stage: str = ""
    fraction: float = 0.0
    notice: Notice | None = None


@dataclass(eq=False)
class RetargetJob:
    """One clip on its way to one scene.

    place      where it will be written, by ids: a scene.guards.Place, opaque here
    overwrite  keys edited by hand may be replaced
    take       None until the backend has opened the clip, or the take has been read
    curves     the take at the scene's rate, once read and until written
    refused    mapping and placement that would replace keys edited by hand: not looked at again
    """

    name: str
    place: Any
    overwrite: bool = False
    state: JobState = JobState.RUNNING
    take: TakeFacts | None = None
    curves: ExpressionCurves | None = None
    refused: Any = None
    frames_received: int = 0
    frames_done: int = 0
    frames_total: int = 0
    seconds_left: float | None = None
    stage: str = "Asking the backend"
    upload: str = ""  # why the clip travelled, where it did
    notice: Notice | None = None
    remarks: tuple[str, ...] = ()

    @property
    def fraction(self) -> float:
        """0..1."""
        return min(1.0, self.frames_done / self.frames_total) if self.frames_total else 0.0

    @property
    def under_way(self) -> bool:
        """Whether something is still to come of it by itself."""
        return self.to_write or self.state in (JobState.RUNNING, JobState.READING)

    @property
    def asks_to_overwrite(self) -> bool:
        """Whether it waits only for a word about keys edited by hand."""
        return self.state is JobState.WAITING and self.refused is not None

    @property
    def to_write(self) -> bool:
        """Whether all has arrived and nothing is written yet."""
        return self.state in (JobState.RECEIVED, JobState.READ, JobState.WAITING)


class TrainingState(Enum):
    """Where a training stands; the value is what the panel says."""

    RUNNING = "Training"
    DONE = "Trained"
    TOO_EARLY = "Nothing to learn yet"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


@dataclass(eq=False)
class TrainingJob:
    """What is learnt of the ratings, as far as it has got.

    fraction  0..1
    count     which ratings are learnt from and which are not; None until they are counted
    best      of each half of the face, what foretold answers best so far that it had not seen
    result    once it is done
    """

    state: TrainingState = TrainingState.RUNNING
    stage: str = "Asking the backend"
    fraction: float = 0.0
    count: RatingCount | None = None
    best: dict[str, Trial] = field(default_factory=dict)
    result: TrainResult | None = None
    notice: Notice | None = None
