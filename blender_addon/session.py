"""The artist's work in progress: which backend is there, which job runs, what waits to be written.

Holds ids and values, never a Blender reference: files are opened and rigs deleted while a job runs. What the
panels draw is read from here; what operators start is noted here. Main thread only.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .answers import Answers
from .backend_client.errors import BackendError
from .backend_client.outbox import Outbox
from .backend_client.port import Address, BackendClient, BackendInfo, RetargetRequest, UploadProgress
from .backend_client.port import Progress as ClipProgress
from .backend_home import Home, LocalBackendError
from .backend_set_up import SetUpStep, set_up
from .background import Background, Cancel
from .contract import ExpressionCurves, ratings, resampling, rig_sights, sight
from .csv_takes import exported, imported
from .delivery import Delivery
from .learning import learning
from .local_backend import LocalBackend
from .recording import RecordingEvent, TakeBegun, TakeDone, TakeGrew, clip_name, recorded
from .rig_matching import RigMatch
from .shelf import Shelf
from .sitting import About, Sitting
from .states import BackendLink, BackendState, JobState, Notice, RetargetJob, notice_of
from .stills import Stills
from .takes import TakeFacts, TakeFolder, TakeUnreadable

SET_UP, START, STOP, CONNECT = "set up", "start", "stop", "connect"
RETARGET, READ, TAKES, LEARN, STILLS = "retarget", "read", "takes", "learn", "stills"


class Session:
    """Made at register, closed at unregister. `dial` makes a client for an address; the fake one in tests."""

    def __init__(
        self,
        background: Background,
        takes: TakeFolder,
        outbox: Outbox,
        answers: Answers,
        local: LocalBackend,
        dial: Callable[[Address], BackendClient],
    ) -> None:
        self.background = background
        self.takes = takes
        self.ratings = Delivery(background, outbox)
        self.answers = answers
        self.has_answers = answers.any()  # kept here: the panel asks at every redraw
        self.sitting: Sitting | None = None  # under way, or the last one
        self.rate_notice: Notice | None = None  # of keeping answers and learning from them
        self.learnt: TakeFacts | None = None  # what learning made last, to be looked at and written
        self.stills_notice: Notice | None = None  # why there are no pictures of the footage
        self.local = local
        self.is_set_up = local.home.is_ready()  # kept here: the panel asks at every redraw
        self.link = BackendLink()
        self.job: RetargetJob | None = None
        self.rig: RigMatch | None = None  # what the last search found
        self.known_takes: dict[str, TakeFacts] = {}  # what list_takes found last, the newest first
        self.take_notice: Notice | None = None  # of the last import or export
        self.shelf = Shelf(background, self._backend)
        self.dial = dial
        # With the clip and rig that each is about; None: it is about a rig alone.
        self._unkept: list[tuple[About | None, ratings.Fact]] = []
        self._rigs_told: set[str] = set()
        self._client: BackendClient | None = None
        self._started_here = False  # the backend in use is `local`

    # The backend

    def use_home(self, home: Home) -> None:
        """The artist may have chosen another folder; a backend that runs stays where it is."""
        if home != self.local.home and not self.local.alive:
            self.local = LocalBackend(home)
        self.is_set_up = self.local.home.is_ready()

    def set_up(self, wheel: Path, online: bool, wheels: Path | None, gpu: bool = False) -> None:
        """Install the backend on this machine."""
        self._turn(BackendState.SETTING_UP)

        def work(cancel: Cancel) -> Iterator[SetUpStep]:
            return set_up(self.local.home, wheel, cancel, online=online, wheels=wheels, gpu=gpu)

        self.background.start(SET_UP, work, self._step, self._set_up_ended)

    def start_local(self) -> None:
        """Start the backend of this machine and connect to it."""
        self._turn(BackendState.STARTING)
        ended = partial(self._backend_job_ended, BackendState.STARTING)
        self.background.start(START, self.local.start, self._started, ended)

    def stop_local(self) -> None:
        """Stop it; a running retarget ends with what it has, and so does a training."""
        self.background.cancel(RETARGET)
        self.shelf.cancel_training()
        self._hang_up()
        self._turn(BackendState.STOPPED)

        def work(_: Cancel) -> Iterator[None]:
            self.local.stop()
            yield

        ended = partial(self._backend_job_ended, BackendState.STOPPED)
        self.background.start(STOP, work, lambda _: None, ended)

    def notice_death(self) -> bool:
        """Whether the backend started here has just been found dead; the panel then says so."""
        if not self._started_here or self.local.alive or self.link.state is not BackendState.READY:
            return False
        notice = Notice("The backend ended by itself.", "Start it again; the diagnostics say more.", "ERROR")
        self._hang_up()
        self._turn(BackendState.FAILED, notice=notice)
        return True

    def connect(self, address: Address) -> None:
        """Ask whoever is at the address who they are."""
        self._hang_up()
        self._turn(BackendState.CONNECTING, address=address)

        def work(cancel: Cancel) -> Iterator[tuple[BackendClient, BackendInfo]]:
            client = self.dial(address)
            try:
                info = client.info()
            except BackendError:
                client.close()
                raise
            if cancel.is_set():
                client.close()
            else:
                yield client, info

        ended = partial(self._backend_job_ended, BackendState.CONNECTING)
        self.background.start(CONNECT, work, self._connected, ended)

    def cancel_backend_job(self) -> None:
        """Break off a set-up, a start or a connection attempt."""
        for name in (SET_UP, START, CONNECT):
            self.background.cancel(name)

    # The retarget

    def retarget(self, request: RetargetRequest, place: Any, overwrite: bool = False) -> RetargetJob:
        """Send a clip to the backend. Raises BackendError when there is none, or one is still at work.

        A result that only waits to be written gives way: its take is kept.
        """
        client = self._backend()
        if self.background.running(RETARGET):
            raise BackendError("Another retarget is still at work.", "Wait for it or cancel it.")
        job = self._begin(RetargetJob(clip_name(request)[0], place, overwrite))
        work = recorded(client, request, self.takes)
        self.background.start(RETARGET, work, self._received, self._retarget_ended)
        return job

    def apply(self, take_id: str, rate: float, place: Any, overwrite: bool = False) -> RetargetJob:
        """Read a take, to be written as a result is. Raises BackendError while one is still at work."""
        if self.background.running(RETARGET):
            raise BackendError("A retarget is still at work.", "Wait for it or cancel it.")
        job = self._begin(RetargetJob("Take", place, overwrite))
        self.read(job, take_id, rate)
        return job

    def read(self, job: RetargetJob, take_id: str, rate: float) -> None:
        """Bring a job the curves of its take, at `rate` frames a second."""
        job.state = JobState.READING

        def work(_: Cancel) -> Iterator[tuple[TakeFacts, ExpressionCurves]]:
            yield self.takes.facts(take_id), resampling.resampled(self.takes.curves(take_id), rate)

        self.background.start(READ, work, partial(self._read, job), partial(self._read_ended, job))

    def cancel_retarget(self) -> None:
        """Break it off, or no longer wait to write it; what was received stays a take."""
        self.background.cancel(RETARGET)
        self.background.cancel(READ)
        if self.job is not None and self.job.under_way:
            self.job.state = JobState.CANCELLED
            self.job.notice = self._what_is_left(Notice(f"{self.job.name!r} was cancelled."))

    # Takes

    def list_takes(self) -> None:
        """Learn anew which takes there are."""

        def work(_: Cancel) -> Iterator[list[TakeFacts]]:
            yield self.takes.all()

        self.background.start(TAKES, work, self._listed, self._take_job_ended)

    def known_take(self, take_id: str) -> TakeFacts:
        """Raises TakeUnreadable when none of that id has been found."""
        if take_id not in self.known_takes:
            raise TakeUnreadable("That take is not on this machine; choose another one.")
        return self.known_takes[take_id]

    def import_take(self, path: Path, rate: float, done: Callable[[TakeFacts], None]) -> None:
        """Read a Live Link Face CSV as a take, of which `done` is told."""
        self.take_notice = Notice(f"Reading {path.name}")

        def imported_one(take: TakeFacts) -> None:
            self._know(take)
            text = " ".join([f"{take.name}: {take.expected} frames, {take.rate:g} a second.", *take.remarks])
            self.take_notice = Notice(text, level="WARNING" if take.remarks else "INFO")
            done(take)

        self.background.start(TAKES, imported(self.takes, path, rate), imported_one, self._take_job_ended)

    def export_take(self, take_id: str, path: Path) -> None:
        """Write a take as Live Link Face CSV."""
        self.take_notice = Notice(f"Writing {path.name}")

        def exported_one(written: Path) -> None:
            self.take_notice = Notice(f"{written} is written.")

        self.background.start(TAKES, exported(self.takes, take_id, path), exported_one, self._take_job_ended)

    # Ratings

    def keep_answer(self, about: About, fact: ratings.Fact) -> None:
        """On disk when this returns; where that fails it is tried again on every tick, and said so."""
        self._unkept.append((about, fact))
        self.has_answers = True
        self._keep_what_waits()

    def tell_sight(self, seen: sight.Sight, about: About, triangles: int) -> None:
        """What is seen on the rig goes along with its ratings; telling it again does no harm."""
        fact = rig_sights.told_of(seen, about.rig, triangles, about.client_version)
        if fact.id not in self._rigs_told:
            self._rigs_told.add(fact.id)
            self._unkept.append((None, fact))
            self._keep_what_waits()

    def send_ratings(self) -> None:
        """Asked on every tick: whatever waits goes to the backend that is there."""
        self._keep_what_waits()
        self.ratings.look(self._client if self.link.state is BackendState.READY else None)

    def learn(
        self,
        take: TakeFacts,
        seen: sight.Sight,
        told: list[ratings.Rating],
    ) -> None:
        """Make a take of its own, `learnt`, out of one and of what was said about it."""
        self.rate_notice, self.learnt = Notice(f"Learning from {len(told)} answers"), None

        def learnt(better: TakeFacts) -> None:
            self._know(better)
            self.rate_notice, self.learnt = Notice(" ".join(better.remarks)), better

        self.background.start(LEARN, learning(self.takes, take, seen, told), learnt, self._learning_ended)

    def fetch_stills(self, take: TakeFacts, seconds: list[float]) -> None:
        """Bring the footage's pictures of these moments beside the take, as far as they are not there."""
        self.stills_notice = None
        stills = Stills(self.takes, take)
        if self.background.running(STILLS) or not stills.missing(seconds):
            return
        if self._client is None or self.link.state is not BackendState.READY:
            self.stills_notice = Notice("No backend is connected", "Start one in panel 1 to see the footage.")
            return
        work = stills.fetching(self._client, seconds)
        self.background.start(STILLS, work, lambda _: None, self._stills_ended)

    def _stills_ended(self, error: BaseException | None) -> None:
        if error is not None:
            self.stills_notice = notice_of(error)

    def _keep_what_waits(self) -> None:
        while self._unkept:
            about, fact = self._unkept[0]
            try:
                self.ratings.keep(fact)
                if about is not None:
                    self.answers.keep(about.clip, about.rig, fact)
            except OSError as err:
                text = f"{len(self._unkept)} answers are not on disk yet: {err.strerror or err}."
                advice = (
                    "Make room on the disk and leave Blender open; they are written as soon as they can be."
                )
                self.rate_notice = Notice(text, advice, "ERROR")
                return
            self._unkept.pop(0)
            if not self._unkept and self.rate_notice and self.rate_notice.level == "ERROR":
                self.rate_notice = None

    def _learning_ended(self, error: BaseException | None) -> None:
        if error is not None:
            self.rate_notice = notice_of(error)

    @property
    def notices(self) -> list[Notice]:
        """What there is to say of backend, takes, retarget and training."""
        jobs = (job.notice for job in (self.job, self.shelf.job) if job is not None)
        told = (self.link.notice, self.take_notice, self.shelf.notice, *jobs)
        return [notice for notice in told if notice is not None]

    def close(self) -> None:
        """End everything that runs; ratings that wait are sent another time."""
        self._keep_what_waits()
        self._hang_up()
        self.background.close()
        self.local.let_go()

    # What comes back from the worker

    def _turn(
        self, state: BackendState, address: Address | None = None, notice: Notice | None = None
    ) -> None:
        self.link = BackendLink(state, address, notice=notice)

    def _backend(self) -> BackendClient:
        """Raises BackendError where there is none."""
        if self._client is None or self.link.state is not BackendState.READY:
            raise BackendError("No backend is connected.", "Start one in the Backend panel first.")
        return self._client

    def _hang_up(self) -> None:
        self.shelf.forget()
        if self._client is not None:
            self._client.close()
        self._client = None
        self._started_here = False

    def _step(self, step: SetUpStep) -> None:
        self.link.stage, self.link.fraction = f"{step.name}: {step.line}".strip(": "), step.fraction

    def _set_up_ended(self, error: BaseException | None) -> None:
        self.is_set_up = self.local.home.is_ready()
        if error is None and self.is_set_up:
            self.start_local()
        else:
            cancelled = LocalBackendError("Set-up was cancelled.", "It goes on where it stopped.")
            self._backend_job_ended(BackendState.SETTING_UP, error or cancelled)

    def _started(self, address: Address) -> None:
        self.connect(address)
        self._started_here = True

    def _connected(self, answer: tuple[BackendClient, BackendInfo]) -> None:
        self._client, info = answer
        self.link.state, self.link.info = BackendState.READY, info
        if info.missing:
            self.link.notice = Notice(f"Missing: {info.missing[0].what}.", info.missing[0].advice, "WARNING")
        if not self.shelf.is_busy:
            self.shelf.look()

    def _backend_job_ended(self, during: BackendState, error: BaseException | None) -> None:
        if error is not None:
            self._turn(BackendState.FAILED, self.link.address, notice_of(error))
        elif self.link.state is during:  # cancelled: nothing came of it
            self._turn(BackendState.STOPPED)

    def _begin(self, job: RetargetJob) -> RetargetJob:
        self.job, self.take_notice = job, None
        return job

    def _read(self, job: RetargetJob, read: tuple[TakeFacts, ExpressionCurves]) -> None:
        if job.state is JobState.READING:
            job.take, job.curves = read
            job.name, job.state = job.take.name, JobState.READ

    def _read_ended(self, job: RetargetJob, error: BaseException | None) -> None:
        if error is not None and job.state is JobState.READING:
            job.state, job.notice = JobState.UNWRITABLE, notice_of(error)

    def _know(self, take: TakeFacts) -> None:
        """The newest first, and what is newly known of an old one."""
        self.known_takes = {take.id: take} | self.known_takes | {take.id: take}

    def _listed(self, takes: list[TakeFacts]) -> None:
        self.known_takes = {take.id: take for take in takes}

    def _take_job_ended(self, error: BaseException | None) -> None:
        if error is not None:
            self.take_notice = notice_of(error)

    def _received(self, event: RecordingEvent) -> None:
        job = self.job
        if job is None or job.state is not JobState.RUNNING:
            return
        match event:
            case TakeBegun():
                job.take, job.frames_total = event.take, event.clip.frames
                self._know(event.take)
            case TakeGrew():
                job.frames_received = event.frames
            case ClipProgress():
                job.frames_done, job.frames_total = event.frames_done, event.frames_total
                job.seconds_left, job.stage = event.seconds_left, event.stage
            case UploadProgress():
                job.frames_done, job.frames_total = event.sent, event.size
                job.stage, job.upload = f"Uploading {event.name}", event.why
            case TakeDone():
                job.take, job.remarks = event.take, event.summary.remarks
                self._know(event.take)
                job.state = JobState.RECEIVED

    def _retarget_ended(self, error: BaseException | None) -> None:
        self.list_takes()
        job = self.job
        if job is None or job.state is not JobState.RUNNING:
            return
        job.state = JobState.FAILED
        job.notice = self._what_is_left(notice_of(error) if error else Notice("The backend stopped early."))

    def _what_is_left(self, notice: Notice) -> Notice:
        """The notice, with the offer of what was received."""
        received = self.job.frames_received if self.job else 0
        if not received:
            return notice
        offer = f"{received} frames were received and can be written."
        return Notice(notice.text, f"{notice.advice} {offer}".strip(), notice.level)


_open: list[Session] = []


def session() -> Session:
    """The one that is open while the extension is switched on."""
    return _open[-1]


def open_session(opened: Session) -> None:
    """At register."""
    _open.append(opened)


def close_session() -> None:
    """At unregister; quietly nothing where register failed."""
    while _open:
        _open.pop().close()
