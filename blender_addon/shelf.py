"""What the backend has learnt, version by version, as far as it is known here, and the training of more.

Main thread only; whatever is asked of the backend is a job of background.py. What is shown is what the
backend answered: nothing is decided here.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .backend_client.errors import BackendError, Cancelled, NothingToLearn
from .backend_client.port import BackendClient
from .backend_client.versions import (
    RatingCount,
    TrainEvent,
    TrainProgress,
    TrainRequest,
    TrainResult,
    Trial,
    VersionList,
    VersionStep,
)
from .background import Background, Cancel, Work
from .states import Notice, TrainingJob, TrainingState, notice_of
from .version_files import exported, imported

TRAIN, VERSIONS = "train", "versions"


class Shelf:
    """Made with the session. `client` answers with the backend there is, or raises BackendError.

    job     the training under way, or the last one
    known   the versions as the backend last told them; None until it did
    notice  of what was last asked about them
    """

    def __init__(self, background: Background, client: Callable[[], BackendClient]) -> None:
        self.job: TrainingJob | None = None
        self.known: VersionList | None = None
        self.notice: Notice | None = None
        self._background = background
        self._client = client

    @property
    def is_training(self) -> bool:
        """Whether one is under way, or not yet ended after a cancel."""
        return self._background.running(TRAIN)

    @property
    def is_busy(self) -> bool:
        """Whether something was asked about versions and not answered yet."""
        return self._background.running(VERSIONS)

    def train(self, request: TrainRequest) -> TrainingJob:
        """Learn from the ratings that the backend has. Raises BackendError."""
        client = self._client()
        if self.is_training:
            raise BackendError("A training is still at work.", "Wait for it or cancel it.")
        self.job = job = TrainingJob()
        work, told = _trained(client, request), partial(self._told, job)
        self._background.start(TRAIN, work, told, partial(self._training_ended, job))
        return job

    def cancel_training(self) -> None:
        """Break it off; the backend keeps what it has worked out."""
        self._background.cancel(TRAIN)
        if self.job is not None and self.job.state is TrainingState.RUNNING:
            self.job.state = TrainingState.CANCELLED
            self.job.notice = Notice("What was worked out is kept.", "Train again to go on from there.")

    def look(self) -> None:
        """Learn anew how the versions stand. Raises BackendError."""
        client = self._client()
        self._start(lambda _: iter([client.versions()]), self._listed)

    def decide(self, step: VersionStep, version: str, regions: Sequence[str], by: str) -> None:
        """Have a person's decision carried out. Raises BackendError."""
        client = self._client()
        self._start(lambda _: iter([client.decide(step, version, regions, by)]), self._listed)

    def export(self, version: str, path: Path) -> None:
        """Write it as one file. Raises BackendError."""
        self._start(exported(self._client(), version, path), self._exported)

    def bring_in(self, path: Path, by: str) -> None:
        """Have another artist's file put on trial. Raises BackendError."""
        self._start(imported(self._client(), path, by), partial(self._brought_in, path.name))

    def forget(self) -> None:
        """Another backend has other versions."""
        self._background.cancel(VERSIONS)
        self.known = self.notice = None

    def _start(self, work: Work, answered: Callable[[Any], None]) -> None:
        """Raises BackendError: one after the other, so that the last answer is how things stand."""
        if self.is_busy:
            raise BackendError("The backend is still at the last question.", "Wait a moment.")
        self.notice = None
        self._background.start(VERSIONS, work, answered, self._ended)

    def _listed(self, known: VersionList) -> None:
        self.known = known

    def _exported(self, path: Path) -> None:
        self.notice = Notice(f"{path} is written.")

    def _brought_in(self, name: str, known: VersionList) -> None:
        self.known, self.notice = known, Notice(f"{name} is here, and on trial.")

    def _ended(self, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, Cancelled):
            self.notice = notice_of(error)

    def _told(self, job: TrainingJob, event: TrainEvent | VersionList) -> None:
        match event:
            case RatingCount():
                job.count = event
            case TrainProgress():
                job.fraction, job.stage = event.fraction, event.stage
            case Trial():
                _compare(job, event)
            case TrainResult():
                job.result, job.fraction, job.state = event, 1.0, TrainingState.DONE
            case VersionList():
                self.known = event

    def _training_ended(self, job: TrainingJob, error: BaseException | None) -> None:
        if job.state is not TrainingState.RUNNING:
            self._ended(error)
        elif isinstance(error, NothingToLearn):
            job.state, job.notice = TrainingState.TOO_EARLY, Notice(error.message, error.advice, "WARNING")
        else:
            early = Notice("The training stopped early.", "Train again to go on from there.", "ERROR")
            job.state, job.notice = TrainingState.FAILED, notice_of(error) if error else early


def _trained(client: BackendClient, request: TrainRequest) -> Work:
    """What a training tells, and then how all versions stand."""

    def work(cancel: Cancel) -> Iterator[TrainEvent | VersionList]:
        yield from client.train(request, cancel)
        yield client.versions()

    return work


def _compare(job: TrainingJob, trial: Trial) -> None:
    """Kept where it foretold unseen answers better than what was tried of that half before."""
    best = job.best.get(trial.region)
    if trial.gain is not None and (best is None or best.gain is None or trial.gain > best.gain):
        job.best[trial.region] = trial
