"""A take's own pictures: fetched once, kept on disk, found again without a backend."""

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

from backend.bootstrap import make_application
from backend.entrypoints.application import Application
from backend.settings import Settings
from blender_addon import stills as module
from blender_addon.backend_client import port
from blender_addon.backend_client.errors import ConnectionLost
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.background import Background
from blender_addon.recording import recorded
from blender_addon.states import Notice, notice_of
from blender_addon.stills import NoStills, StillKept, Stills
from blender_addon.takes import TakeFacts, TakeFolder
from tests.adapters.footage import evenly, number_in, write_video
from tests.entrypoints.fake_application import some_curves
from tests.entrypoints.loopback import serving, settings_in

RATE = 30.0


@pytest.fixture
def background() -> Iterator[Background]:
    running = Background()
    yield running
    running.close()


@pytest.fixture
def takes(tmp_path: Path) -> TakeFolder:
    return TakeFolder(tmp_path / "takes")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"video")
    return path


@pytest.fixture
def stills(takes: TakeFolder, clip: Path) -> Stills:
    return Stills(takes, takes.begin("clip", str(clip), RATE, start=2.0))


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(some_curves(1))


@dataclass
class Fetched:
    """What was heard of a job."""

    events: list[object]
    error: BaseException | None

    @property
    def kept(self) -> list[float]:
        return [event.seconds for event in self.events if isinstance(event, StillKept)]


def fetch(
    background: Background, stills: Stills, client: port.BackendClient, wanted: Sequence[float]
) -> Fetched:
    """To its end, as the add-on does it: in a worker, heard of on the main thread."""
    heard: list[object] = []
    ended: list[BaseException | None] = []
    background.start("stills", stills.fetching(client, wanted), heard.append, ended.append)
    assert background.pump(lambda: bool(ended), 30)
    return Fetched(heard, ended[0])


def test_what_is_missing_is_fetched_and_found_again(
    background: Background, stills: Stills, client: FakeClient, takes: TakeFolder
) -> None:
    assert stills.times() == []
    assert fetch(background, stills, client, [2.5, 2.1]).kept == [2.1, 2.5]
    assert fetch(background, stills, client, [2.5, 2.3]).kept == [2.3]
    again = Stills(takes, takes.facts(stills.take.id))
    assert again.times() == [2.1, 2.3, 2.5]
    assert again.nearest(2.3).read_bytes() == b"still of 2.3 s"


def test_a_backend_that_is_not_needed_is_not_asked(
    background: Background, stills: Stills, client: FakeClient
) -> None:
    fetch(background, stills, client, [2.5])
    assert fetch(background, stills, client, [2.5]).events == []
    assert len(client.still_requests) == 1


def test_the_nearest_one_within_half_a_frame_stands_for_a_moment(
    background: Background, stills: Stills, client: FakeClient
) -> None:
    fetch(background, stills, client, [2.0, 2.0 + 1 / RATE])
    for seconds, found in ((2.0 + 0.4 / RATE, 0), (2.0 + 0.6 / RATE, 1), (2.0 - 0.5 / RATE, 0)):
        assert stills.nearest(seconds) == stills.nearest(2.0 + found / RATE)
    assert stills.nearest(2.0 + 1.6 / RATE) is None
    assert stills.missing([2.0 + 1.6 / RATE, 2.0]) == [2.0 + 1.6 / RATE]


def test_the_footage_is_looked_at_as_for_the_take(
    background: Background, takes: TakeFolder, clip: Path, client: FakeClient
) -> None:
    request = port.RetargetRequest(
        port.ClipFile(clip),
        start_seconds=1.5,
        crop=port.Crop(0.1, 0.2, 0.8, 0.9),
        mirrored_footage=True,
        face=(0.5, 0.25),
    )
    done: list[TakeFacts] = []
    background.start("retarget", recorded(client, request, takes), lambda _: None, lambda _: done.append(1))
    assert background.pump(lambda: bool(done), 30)
    fetch(background, Stills(takes, takes.all()[0]), client, [1.6])
    (asked,) = client.still_requests
    assert (asked.clip, asked.start_seconds, asked.crop) == (request.clip, 1.5, request.crop)
    assert (asked.mirrored_footage, asked.face, asked.around_face) == (True, request.face, True)


def test_a_sequence_is_asked_for_by_its_images(
    background: Background, takes: TakeFolder, tmp_path: Path, client: FakeClient
) -> None:
    images = tuple(tmp_path / f"shot_{number}.png" for number in (9, 10, 11))
    for image in images:
        image.touch()
    take = takes.begin("shot", str(images[0]), 12.0, sequence=True)
    fetch(background, Stills(takes, take), client, [0.0])
    assert client.still_requests[0].clip == port.FrameFiles(images, 12.0)


def told(fetched: Fetched) -> Notice:
    assert isinstance(fetched.error, NoStills)
    return notice_of(fetched.error)


def test_a_take_without_footage_has_none(
    background: Background, takes: TakeFolder, client: FakeClient
) -> None:
    imported = Stills(takes, takes.begin("from a phone", "", 60.0))
    assert imported.nearest(0.0) is None
    notice = told(fetch(background, imported, client, [0.0]))
    assert "'from a phone'" in notice.text
    assert "Retarget" in notice.advice


def test_a_clip_that_moved_is_named(background: Background, stills: Stills, client: FakeClient) -> None:
    fetch(background, stills, client, [2.5])
    Path(stills.take.clip).unlink()
    notice = told(fetch(background, stills, client, [2.5, 3.0]))
    assert stills.take.clip in notice.text
    assert "Put it back" in notice.advice
    assert fetch(background, stills, client, [2.5]).error is None, "what is here needs no clip"


def test_what_came_before_a_failure_is_kept(background: Background, stills: Stills) -> None:
    client = FakeClient(some_curves(1), error=ConnectionLost("gone"), error_after=2)
    assert isinstance(fetch(background, stills, client, [2.1, 2.2, 2.3]).error, ConnectionLost)
    assert stills.missing([2.1, 2.2, 2.3]) == [2.3]


def test_many_moments_are_asked_for_in_several_calls(
    background: Background, stills: Stills, client: FakeClient
) -> None:
    wanted = [n / RATE for n in range(700)]
    assert len(fetch(background, stills, client, wanted).kept) == 700
    assert [len(request.seconds) for request in client.still_requests] == [300, 300, 100]


def test_nothing_half_written_is_taken_for_a_still(
    background: Background, stills: Stills, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        assert isinstance(fetch(background, stills, client, [2.5]).error, OSError)
    assert list(stills.folder.iterdir()) == []


def test_the_folder_is_bounded_and_what_is_wanted_stays(
    background: Background, stills: Stills, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    fetch(background, stills, client, [1.0, 2.0, 3.0])
    for age, seconds in enumerate((2.0, 1.0, 3.0)):
        os.utime(stills.nearest(seconds), (1000.0 + age, 1000.0 + age))
    fetch(background, stills, client, [2.0, 4.0])
    assert stills.times() == [2.0, 3.0, 4.0]
    assert "4 pictures" in told(fetch(background, stills, client, [1.0, 2.0, 3.0, 4.0])).text
    assert stills.times() == [2.0, 3.0, 4.0]


@dataclass
class Real:
    """The backend as it is; no network is needed where no face is looked for."""

    settings: Settings

    def application(self) -> Application:
        return make_application(self.settings)


def test_pictures_of_a_real_clip_come_from_a_real_server(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    video = write_video(settings.allowed_folders[0] / "clip.mp4", evenly(60), size=(192, 128))
    elsewhere = write_video(tmp_path / "elsewhere.mp4", evenly(60), size=(192, 128))
    with serving(settings, Real(settings)) as loopback:
        client = GrpcClient(port.Address("127.0.0.1", loopback.port, loopback.token))
        request = port.StillsRequest(port.ClipFile(video), (55 / RATE, 7 / RATE, 31 / RATE), longest_side=96)
        by_path = list(client.stills(request, Event()))
        by_upload = list(client.stills(replace(request, clip=port.ClipFile(elsewhere)), Event()))
        client.close()
    pictures = [np.asarray(Image.open(io.BytesIO(still.jpeg))) for still in by_path]
    assert [number_in(picture) for picture in pictures] == [7, 31, 55]
    assert {picture.shape for picture in pictures} == {(64, 96, 3)}
    assert [event for event in by_upload if isinstance(event, port.Still)] == by_path
