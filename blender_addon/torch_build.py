"""Which build of torch the artist's machine takes, and how large that makes the set-up.

Our own model runs on torch. What PyPI has for Linux is made for NVIDIA GPUs and brings gigabytes of
libraries, so the CPU build is taken from torch's own index, unless the artist asks for the other.
"""

import shutil
import sys
from functools import lru_cache

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def pip_source(gpu: bool, system: str = sys.platform) -> list[str]:
    """Options with which pip finds it; for macOS PyPI has no other than the CPU build."""
    return [] if gpu or system == "darwin" else ["--index-url", CPU_INDEX]


@lru_cache
def offers_gpu(system: str = sys.platform) -> bool:
    """Whether there is another build to choose: on Linux with NVIDIA's driver."""
    return system == "linux" and shutil.which("nvidia-smi") is not None


def set_up_bytes(gpu: bool) -> int:
    """Free disk that a set-up needs, what pip unpacks meanwhile included."""
    return 11_000_000_000 if gpu else 1_700_000_000


def set_up_size(gpu: bool) -> str:
    """What the finished set-up takes, for people."""
    if gpu:
        return "About 7 GB; 3 GB are downloaded"
    return "About 1.2 GB; 300 MB are downloaded, 200 of them torch's CPU build"
