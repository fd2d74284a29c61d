"""Which build of torch the artist's machine takes, and how large that makes the set-up.

A model of our own runs on torch; a backend that brings none goes without. What PyPI has for Linux is made
for NVIDIA GPUs and brings gigabytes of libraries, so the CPU build is taken from torch's own index, unless
the artist asks for the other.
"""

import shutil
import sys
import zipfile
from functools import lru_cache
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def has_use(wheel: Path) -> bool:
    """Whether the backend in this wheel brings weights that run on torch; False for what is no wheel."""
    if not zipfile.is_zipfile(wheel):
        return False
    with zipfile.ZipFile(wheel) as archive:
        return any(name.endswith(".safetensors") for name in archive.namelist())


def is_brought(wheel: Path, wheels: Path | None) -> bool:
    """Whether a set-up brings torch: the backend has a use for it, and the folder of wheels, if any, holds
    it.
    """
    return has_use(wheel) and (wheels is None or any(wheels.glob("torch-*.whl")))


def pip_source(gpu: bool, system: str = sys.platform) -> list[str]:
    """Options with which pip finds it; for macOS PyPI has no other than the CPU build."""
    return [] if gpu or system == "darwin" else ["--index-url", CPU_INDEX]


@lru_cache
def offers_gpu(system: str = sys.platform) -> bool:
    """Whether there is another build to choose: on Linux with NVIDIA's driver."""
    return system == "linux" and shutil.which("nvidia-smi") is not None


def set_up_bytes(torch: bool, gpu: bool) -> int:
    """Free disk that a set-up with or without torch needs, what pip unpacks meanwhile included."""
    if not torch:
        return 600_000_000
    return 11_000_000_000 if gpu else 1_700_000_000


def set_up_size(torch: bool, gpu: bool, downloaded: bool = True) -> str:
    """What the finished set-up takes, and what of it is downloaded, for people."""
    if not torch:
        size, part = "350 MB", "95 MB are downloaded"
    elif gpu:
        size, part = "7 GB", "3 GB are downloaded"
    else:
        size, part = "1.2 GB", "300 MB are downloaded, 200 of them torch's CPU build"
    return f"About {size}; {part if downloaded else 'nothing is downloaded'}"
