"""The artist's work in progress: which backend is there, which job runs, what waits to be written.

Holds ids and values, never a Blender reference: files are opened and rigs deleted while a job runs. What the
panels draw is read from here; what operators start is noted here.
"""

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .background import Background
from .folders import data_folder
from .takes import TakeFacts, TakeFolder


class BackendState(Enum):
    """What the Backend panel shows; the value is what it says."""

    NOT_SET_UP = "Not set up on this machine"
    SETTING_UP = "Setting up"
    STOPPED = "Stopped"
    STARTING = "Starting"
    CONNECTING = "Connecting"
    READY = "Ready"
    FAILED = "Failed"


class JobState(Enum):
    """Where a retarget stands.

    RUNNING → RECEIVED → WRITTEN, or → WAITING (the scene cannot be written now) → WRITTEN;
    RUNNING → CANCELLED or FAILED, which keep what was received.
    """

    RUNNING = "Running"
    RECEIVED = "Received"
    WAITING = "Waiting to write"
    WRITTEN = "Written"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


@dataclass(frozen=True)
class Notice:
    """Something to tell the artist: what happened and what to do about it."""

    text: str
    advice: str = ""
    level: str = "INFO"  # INFO, WARNING or ERROR, as operators report


@dataclass(eq=False)
class BackendLink:
    """The backend as far as it is known; `stage` and `fraction` (0..1) while setting up."""

    state: BackendState = BackendState.STOPPED
    address: str = ""
    info: Any = None
    stage: str = ""
    fraction: float = 0.0
    notice: Notice | None = None


@dataclass(eq=False)
class RetargetJob:
    """One clip on its way to one scene.

    scene, file  session id of the scene and path of the .blend when it was started: both must still be so
                 when the result is written
    """

    take: TakeFacts
    scene: int
    file: str
    state: JobState = JobState.RUNNING
    frames_done: int = 0
    frames_total: int = 0
    seconds_left: float = -1.0
    stage: str = ""
    waiting_for: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def fraction(self) -> float:
        """0..1."""
        return min(1.0, self.frames_done / self.frames_total) if self.frames_total else 0.0

    @property
    def under_way(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in (JobState.RUNNING, JobState.RECEIVED, JobState.WAITING)
