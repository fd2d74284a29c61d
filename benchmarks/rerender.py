"""A look for what is grossly off in footage without a truth: what was read, filmed again on a head of ours.

A head is posed with the coefficients that a side read, filmed from the front, and tracked as the footage
was. Its landmarks should then move as the footage's did. That is circular, since the tracker that judges is
the one whose scores are an input, and it sees nothing of what it is blind to: a diagnostic, never a headline.
"""

from dataclasses import replace

import numpy as np

from backend.ports import FaceNetworks
from training import looks
from training.camera import Camera
from training.heads import HeadSource, gaze_of
from training.performers import HEAD_HEIGHT, PICTURE
from training.studio import Studio

from .accuracy_measures import Array

FRAMES = 48  # of a clip, evenly spread
SKIN = 1  # a single one is painted
FOCAL, SHARE = 3.0, 0.6  # of a portrait lens; of the picture's height that the head takes


class Rerendering:
    """Films one head; a context manager. Raises NoRenderer."""

    def __init__(self, source: HeadSource, networks: FaceNetworks) -> None:
        self._head = source.head(0)
        self._studio = Studio([source], networks, SKIN)
        distance = HEAD_HEIGHT * FOCAL / (2 * SHARE)
        placement = np.column_stack([np.eye(3), [0.0, 3.0, -distance]]).astype(np.float32)
        self._camera = Camera(placement, FOCAL, PICTURE)
        rng = np.random.default_rng(0)
        shot = replace(looks.shot(rng, covered=0.0, faults=0.0), saturation=1.0)
        self._look = looks.Look(looks.person(rng, SKIN), looks.scene(rng, harsh=0.0), shot)

    def __enter__(self) -> "Rerendering":
        return self

    def __exit__(self, *_: object) -> None:
        self._studio.__exit__(None, None, None)

    def shapes(self, values: Array) -> Array:
        """(N, 478, 3) centimetres in the performer's frame, as tracked on the head that does values (N, 52);
        NaN where the head is taken for no face.
        """
        return np.array([self._shape(row) for row in values])

    def _shape(self, coefficients: Array) -> Array:
        done = np.asarray(coefficients, np.float32)
        same = np.random.default_rng(0)  # the same noise in every picture
        take = self._studio.film(self._head, 0, done, gaze_of(done), self._camera, self._look, same)
        return np.full((478, 3), np.nan) if take is None else np.asarray(take.frame.shape, np.float64)


def movement_missed(footage: Array, again: Array) -> float:
    """How far landmarks (N, 478, 3) filmed again move otherwise than the footage's, over how far those move,
    both from their own mean; 1 is what a still face gets, NaN says that nothing moves.
    """
    seen = np.isfinite(footage).all(axis=(1, 2)) & np.isfinite(again).all(axis=(1, 2))
    if not seen.any():
        return float("nan")
    moved, other = (shapes[seen] - shapes[seen].mean(axis=0) for shapes in (footage, again))
    whole = float(np.linalg.norm(moved, axis=2).mean())
    return float(np.linalg.norm(moved - other, axis=2).mean()) / whole if whole > 0 else float("nan")
