"""Lips that meet go on meeting, and nothing else is held back."""

import numpy as np

from backend.core.lips import lips_apart, lips_kept_closed
from protos import arkit

JAW, CLOSE, PUCKER = (arkit.INDEX[name] for name in ("jawOpen", "mouthClose", "mouthPucker"))


def speaks(frames: int = 60) -> np.ndarray:
    """Lips open and meet, twice."""
    rows = np.zeros((frames, 52))
    rows[:, JAW] = 0.5 * np.sin(np.linspace(0, 2 * np.pi, frames)) ** 2
    return rows


def test_lips_that_meet_stay_closed_and_open_ones_may_open_further() -> None:
    said = speaks()
    wider = np.clip(said + 0.2, 0, 1)
    kept = lips_kept_closed(said, wider, [], 30.0)
    apart, before = lips_apart(kept), lips_apart(said)
    assert apart[before < 0.05].max() < 0.1
    np.testing.assert_allclose(kept[before > 0.35], wider[before > 0.35])
    np.testing.assert_array_equal(kept[:, PUCKER], wider[:, PUCKER])
    steps = np.abs(np.diff(lips_apart(kept)))
    assert steps.max() < 3 * np.abs(np.diff(before)).max()  # it opens later, and without a leap


def test_what_closes_lips_is_never_held_back() -> None:
    said = speaks()
    closed = said.copy()
    closed[:, CLOSE] = said[:, JAW]
    np.testing.assert_array_equal(lips_kept_closed(said, closed, [], 30.0), closed)


def test_what_the_artist_put_right_by_hand_stays() -> None:
    said = speaks()
    wider = np.clip(said + 0.2, 0, 1)
    kept = lips_kept_closed(said, wider, [0], 30.0)
    np.testing.assert_array_equal(kept[0], wider[0])
    assert lips_apart(kept)[30] < 0.1
