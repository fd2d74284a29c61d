"""A head that does what was done moves as it moved; one that does something else does not."""

import numpy as np
import pytest

from backend.adapters.litert_tracker import load_networks
from benchmarks.rerender import Rerendering, movement_missed
from protos import arkit
from training.anny_heads import AnnyHeads


def doing(**coefficients: float) -> np.ndarray:
    row = np.zeros(52)
    for name, value in coefficients.items():
        row[arkit.INDEX[name]] = value
    return row


def test_what_was_done_moves_the_landmarks_back_to_where_they_were(
    anny: AnnyHeads, landmarker_task: bytes
) -> None:
    networks = load_networks(landmarker_task)
    done = np.array([doing(), doing(jawOpen=0.8), doing(mouthPucker=0.9), doing(browInnerUp=1.0)])
    with Rerendering(anny, networks) as again:
        footage = again.shapes(done)
        assert np.isfinite(footage).all()
        weak, other = (again.shapes(values) for values in (0.6 * done, done[[1, 0, 3, 2]]))
    assert movement_missed(footage, footage) == 0
    assert 0.1 < movement_missed(footage, weak) < 0.8
    assert movement_missed(footage, other) > 1.0
    assert movement_missed(footage, np.repeat(footage[:1], 4, axis=0)) == pytest.approx(1.0)


def test_nothing_is_said_of_faces_that_were_not_seen() -> None:
    assert np.isnan(movement_missed(np.full((2, 478, 3), np.nan), np.zeros((2, 478, 3))))
