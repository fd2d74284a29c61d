"""Who is rendered by Cycles and what they do: known before the first picture, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .expressions import NEUTRAL, drawn
from .heads import Floats

FIRST_IDENTITY = 900_000  # training draws smaller numbers, so that nobody here was ever trained on
TURN = np.array([0.35, 0.17, 0.14], np.float32)  # spread of yaw, pitch, roll in radians
MOST_TURNED = np.array([0.6, 0.3, 0.3], np.float32)
AT_REST = 0.3  # share of that spread in the neutral picture
CAMERA_HEIGHT = -2.5  # centimetres above the point between the eyes of a head in its usual place
FOCAL, SHOWN = (1.1, 2.6), (24, 30)  # picture widths; centimetres across the picture at the person
DRIFT = np.array([1.2, 1.0, 2.5], np.float32)  # centimetres that the head moves about in the picture


@dataclass(frozen=True, eq=False)
class Plan:
    """The truth of N pictures, person by person, the first of each at rest.

    coefficients  (N, 52)
    gaze          (N, 2, 2) radians, as Head.posed takes it
    angles        (N, 3) the head's yaw, pitch, roll, radians
    place         (N, 3) the point between the eyes, centimetres from where the camera looks (x right, y up)
    identity      (N,) the number that its source makes the person from
    source        (N,) name of the HeadSource
    kind          (N,) what was drawn, see training.expressions; "neutral" for the first
    neutral       (N,) row of the same person's first picture
    focal         (N,) picture widths from the pinhole to the picture
    distance      (N,) centimetres from the pinhole to where it looks, at CAMERA_HEIGHT
    """

    coefficients: Floats
    gaze: Floats
    angles: Floats
    place: Floats
    identity: NDArray[np.int64]
    source: NDArray[np.str_]
    kind: NDArray[np.str_]
    neutral: NDArray[np.int64]
    focal: Floats
    distance: Floats


def planned(sources: Sequence[str], people: int, frames: int, seed: int) -> Plan:
    """`frames` pictures of each of `people`, who come from the sources in turn."""
    persons = [_person(sources[i % len(sources)], i, frames, seed) for i in range(people)]
    return Plan(**{f.name: np.concatenate([getattr(p, f.name) for p in persons]) for f in fields(Plan)})


def _person(source: str, number: int, frames: int, seed: int) -> Plan:
    rng = np.random.default_rng([seed, number])
    acted = drawn(frames, rng)
    share = np.where(np.arange(frames) == 0, AT_REST, 1.0).astype(np.float32)[:, None]
    active = (share == 1).astype(np.float32)
    focal = rng.uniform(*FOCAL)
    angles = np.clip(rng.normal(0, TURN, (frames, 3)).astype(np.float32), -MOST_TURNED, MOST_TURNED)
    return Plan(
        coefficients=acted.coefficients * active,
        gaze=acted.gaze * active[:, None],
        angles=angles * share,
        place=rng.normal(0, DRIFT / 2, (frames, 3)).astype(np.float32) * share,
        identity=np.full(frames, FIRST_IDENTITY + number),
        source=np.full(frames, source),
        kind=np.where(active[:, 0] == 1, acted.kind, NEUTRAL),
        neutral=np.full(frames, number * frames),
        focal=np.full(frames, focal, np.float32),
        distance=np.full(frames, focal * rng.uniform(*SHOWN), np.float32),
    )


def same(plan: Plan, path: Path) -> bool:
    """Whether a stored truth is this plan's."""
    with np.load(path) as stored:
        return all(
            f.name in stored and np.array_equal(stored[f.name], getattr(plan, f.name)) for f in fields(Plan)
        )
