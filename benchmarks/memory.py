"""What the backend holds in memory: idle, and at most while it retargets a short and a long clip.

Each clip gets a fresh backend, since the system tells only the most that a process ever held. The clips
show the same swaying portrait over and over; frames are handed on as they come, so length must not matter.
"""

import re
import tempfile
from itertools import cycle, islice
from pathlib import Path
from threading import Event

import av

from blender_addon.backend_client.port import ClipFile, RetargetRequest
from demo.processes import Serving

from .measurement import Options, Result, Skipped
from .served import served
from .tracking import swaying_portrait

RATE = 30
SHORT, LONG, LONG_QUICK = 10, 600, 60  # seconds
GOAL_IDLE_MB = 500
SLACK_MB = 32  # what allocators keep for themselves, more or less


def idle_memory_mb(_: Options) -> Result:
    """Resident memory of a backend that has been asked who it is."""
    with served() as (client, serving):
        client.info()
        value = _megabytes(serving, "VmRSS")
    return Result("idle_memory_mb", value, "MB", (value, value), f"< {GOAL_IDLE_MB}", value < GOAL_IDLE_MB)


def memory_growth_mb(options: Options) -> Result:
    """The most held for a long clip, less the most held for ten seconds."""
    seconds = LONG_QUICK if options.quick else LONG
    short, long = (_peak(length) for length in (SHORT, seconds))
    return Result(
        "memory_growth_mb", long - short, "MB", (long - short, long - short), f"≤ {SLACK_MB}",
        long - short <= SLACK_MB, {f"{SHORT} s": short, f"{seconds} s": long},
    )  # fmt: skip


def _peak(seconds: int) -> float:
    """Megabytes that a fresh backend held at most while it retargeted a clip of this length."""
    with tempfile.TemporaryDirectory(prefix="superface-") as folder:
        clip = _clip(Path(folder) / "clip.mp4", seconds)
        with served(clip.parent) as (client, serving):
            for _ in client.retarget(RetargetRequest(ClipFile(clip)), Event()):
                pass
            return _megabytes(serving, "VmHWM")


def _megabytes(serving: Serving, entry: str) -> float:
    status = Path(f"/proc/{serving.pid}/status")
    if not status.exists():
        raise Skipped("only Linux tells in /proc what a process holds")
    found = re.search(rf"{entry}:\s+(\d+) kB", status.read_text())
    return int(found[1]) / 1024 if found else 0.0


def _clip(path: Path, seconds: int) -> Path:
    pictures = swaying_portrait().frames
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in islice(cycle(pictures), seconds * RATE):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path
