"""A real Blender in a window nobody sees: Xvfb in a Debian chroot, mouse and keyboard by xdotool."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCREEN = (1440, 1000)
PLACE = "srv/superface"  # below the chroot; its own folder, emptied first


@dataclass
class BlenderWindow:
    """One running Blender; `shots` is where pictures of the screen go."""

    root: Path
    display: str
    blender: "subprocess.Popen[bytes]"
    shots: Path
    taken: int = 0

    @property
    def folder(self) -> Path:
        """The folder both sides see, from outside."""
        return self.root / PLACE

    def inner(self, path: Path) -> str:
        """A path of ours as seen from inside the chroot."""
        return "/" + path.relative_to(self.root).as_posix()

    def ask(self, expression: str, seconds: float = 120.0) -> Any:
        """The value of a Python expression inside Blender (names of inside.py)."""
        part = self.folder / "question.part"
        part.write_text(expression, encoding="utf-8")
        part.rename(self.folder / "question")
        said = self._wait_for(self.folder / "answer", seconds, expression)
        if "error" in said:
            raise AssertionError(f"{expression}\n{said['error']}")
        return said["value"]

    def _wait_for(self, file: Path, seconds: float, what: str) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while not file.exists():
            if self.blender.poll() is not None:
                raise AssertionError(f"Blender has ended at: {what}\n{self.log()}")
            if time.monotonic() > end:
                raise AssertionError(f"no answer in {seconds:.0f} s to: {what}\n{self.log()}")
            time.sleep(0.02)
        text = file.read_text(encoding="utf-8")
        file.unlink()
        return dict(json.loads(text))

    def wait_until(self, expression: str, seconds: float) -> None:
        """Ask again until it is true."""
        end = time.monotonic() + seconds
        while not self.ask(expression):
            if time.monotonic() > end:
                self.picture("timed-out")
                raise AssertionError(f"still not so after {seconds:.0f} s: {expression}\n{self.log()}")
            time.sleep(0.3)

    def log(self) -> str:
        """The last of what Blender printed."""
        return (self.folder / "blender.log").read_text(errors="replace")[-4000:]

    def xdotool(self, *arguments: object) -> None:
        """Mouse and keyboard."""
        in_chroot(self.root, "xdotool", *arguments, display=self.display)

    def picture(self, name: str) -> Path:
        """The whole screen as PNG (Blender's own screenshot is black under a software renderer)."""
        self.taken += 1
        shot = f"{self.taken:02d}-{name}.png"
        in_chroot(self.root, "import", "-window", "root", f"/{PLACE}/{shot}", display=self.display)
        return Path(shutil.move(self.folder / shot, self.shots / shot))

    def move(self, x: float, y: float) -> None:
        """Two steps, since Blender wants to see the mouse arrive."""
        self.xdotool("mousemove", int(x) + 2, int(y), "mousemove", "--sync", int(x), int(y))
        time.sleep(0.12)

    def click(self, x: float, y: float) -> None:
        """A left click as a hand does it."""
        self.move(x, y)
        self.xdotool("mousedown", 1)
        time.sleep(0.1)
        self.xdotool("mouseup", 1)
        time.sleep(0.5)

    def scroll(self, clicks: int) -> None:
        """The wheel over the sidebar; positive is down."""
        left, top, width, _ = self.ask("sidebar_place()")
        self.move(left + width * 0.4, top + 12)  # over a panel: beside them the wheel zooms the view
        for _ in range(abs(clicks)):
            self.xdotool("click", 5 if clicks > 0 else 4)
            time.sleep(0.05)
        time.sleep(0.4)

    def find(self, wanted: str) -> tuple[float, float]:
        """Where the button lies whose operator call or data path holds `wanted`: the mouse feels for it."""
        for across in (0.5, 0.25, 0.75):
            for scrolled in (0, 12, -12):
                self.scroll(scrolled)
                if place := self._visible(wanted, across):
                    return place
        self.picture("not-found")
        raise AssertionError(f"no button for {wanted} in the sidebar\n{self.log()}")

    def _visible(self, wanted: str, across: float) -> tuple[float, float] | None:
        left, top, width, height = self.ask("sidebar_place()")
        x = left + (width - 30) * across
        for y in range(top + 12, top + height - 8, 14):
            self.move(x, y)
            if wanted in self.ask("under_mouse()"):
                return x, y
        return None

    def quit(self, seconds: float = 30.0) -> None:
        """Leave Blender, without saving. Raises subprocess.TimeoutExpired."""
        if self.blender.poll() is None:
            (self.folder / "question").write_text("quit", encoding="utf-8")
        self.blender.wait(seconds)

    def press(self, wanted: str) -> None:
        """Find a button and click it."""
        self.click(*self.find(wanted))


def in_chroot(root: Path, *command: object, display: str = "", check: bool = True) -> str:
    """Output of a command inside the chroot."""
    done = subprocess.run(
        ["chroot", str(root), *map(str, command)],
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "DISPLAY": display, "HOME": f"/{PLACE}/home"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


@contextmanager
def blender_window(root: Path, shots: Path, environment: Mapping[str, str]) -> Iterator[BlenderWindow]:
    """Blender with factory settings and an empty home, answering questions; ended at the end."""
    folder = root / PLACE
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    shots.mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(__file__).with_name("inside.py"), folder)
    with _screen(root) as display:
        inside = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": f"/{PLACE}/home",
            "LANG": "C.UTF-8",
            "DISPLAY": display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "SUPERFACE_WINDOW_FOLDER": f"/{PLACE}",
            **environment,
        }
        width, height = map(str, SCREEN)
        command = ["chroot", str(root), "blender", "--factory-startup", "--gpu-backend", "opengl"]
        command += ["--window-geometry", "0", "0", width, height, "--python", f"/{PLACE}/inside.py"]
        with (folder / "blender.log").open("wb") as log:
            blender = subprocess.Popen(
                command, env=inside, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        window = BlenderWindow(root, display, blender, shots)
        try:
            window.ask("EXTENSION", seconds=120)
            yield window
        finally:
            _end(window)


def _end(window: BlenderWindow) -> None:
    try:
        window.quit()
    except subprocess.TimeoutExpired:
        os.killpg(window.blender.pid, signal.SIGKILL)
        window.blender.wait()
    shutil.copy2(window.folder / "blender.log", window.shots)


@contextmanager
def _screen(root: Path) -> Iterator[str]:
    """An Xvfb on a free display number."""
    width, height = SCREEN
    server = subprocess.Popen(
        [
            "chroot",
            str(root),
            "Xvfb",
            "-displayfd",
            "1",
            "-screen",
            "0",
            f"{width}x{height}x24",
            "+extension",
            "GLX",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None
        yield f":{server.stdout.readline().decode().strip()}"
    finally:
        server.terminate()
        server.wait()
        if server.stdout:
            server.stdout.close()
