"""Frozen ratings as one file, with a hash of all of it: what was learnt can name what it was learnt from."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.frozen_ratings import FrozenCorrections, FrozenPairs, FrozenRatings, Moments
from ..errors import RatingsUnreadable
from ..sealed_numbers import Numbers, SealBroken, read_sealed, write_sealed

KIND = "frozen ratings 1"
_WORDS = ("clips", "performers", "raters", "rigs")
_MOMENTS = tuple(field.name for field in fields(Moments))
_AGAIN = "Freeze the ratings again."


def write_frozen(ratings: FrozenRatings, path: Path) -> str:
    """Under its name when whole, not at all otherwise. The data's hash, sha256 (hex). Raises OSError."""
    facts = {"base": ratings.base, "gate": ratings.gate}
    facts |= {name: list(getattr(ratings, name)) for name in _WORDS}
    numbers: dict[str, NDArray[Any]] = {"rest_scale": ratings.rest_scale, "grams": ratings.grams}
    for kind in ("pairs", "corrections"):
        part = getattr(ratings, kind)
        rows = {name: value for name, value in vars(part).items() if name != "moments"}
        numbers |= {f"{kind}.{name}": value for name, value in (rows | vars(part.moments)).items()}
    return write_sealed(path, KIND, facts, numbers)


def read_frozen(path: Path) -> tuple[FrozenRatings, str]:
    """The ratings and the data's hash. Raises RatingsUnreadable."""
    try:
        facts, numbers, seal = read_sealed(path, KIND)
        return _ratings(facts, numbers), seal
    except (OSError, SealBroken, KeyError, TypeError, ValueError) as err:
        raise RatingsUnreadable(f"the frozen ratings {path} cannot be read: {err}", _AGAIN) from err


def _ratings(facts: dict[str, Any], numbers: Numbers) -> FrozenRatings:
    pairs, corrections = (
        {name.removeprefix(kind): value for name, value in numbers.items() if name.startswith(kind)}
        for kind in ("pairs.", "corrections.")
    )
    words: dict[str, Any] = {name: tuple(facts[name]) for name in _WORDS}
    return FrozenRatings(
        base=str(facts["base"]),
        gate=float(facts["gate"]),
        rest_scale=np.asarray(numbers["rest_scale"]),
        grams=np.asarray(numbers["grams"]),
        pairs=FrozenPairs(_moments(pairs), **pairs),
        corrections=FrozenCorrections(_moments(corrections), **corrections),
        **words,
    )


def _moments(numbers: dict[str, NDArray[Any]]) -> Moments:
    """Taken out of these."""
    return Moments(**{name: numbers.pop(name) for name in _MOMENTS})
