"""What a face does over time: it sets out from rest, nothing jumps but eyes, and lids close and open."""

from pathlib import Path

import numpy as np
import pytest

from protos import arkit
from training import looks
from training.acting import RATE, acted
from training.expressions import COUNT, RealTake, real_take
from training.performers import acted_out

FRAMES = 90


@pytest.mark.parametrize("seed", range(5))
def test_a_face_sets_out_from_rest_and_never_jumps(seed: int) -> None:
    done = acted(FRAMES, np.random.default_rng(seed), []).coefficients
    assert not done[0].any()
    assert done.max() > 0.3
    lids = [arkit.INDEX[f"eyeBlink{side}"] for side in ("Left", "Right")]
    steps = np.abs(np.diff(np.delete(done, lids, axis=1), axis=0))
    assert steps.max() < 0.6  # the fastest pose takes four frames
    assert np.median(steps[steps > 0]) < 0.05


def test_lids_blink_now_and_then() -> None:
    blink = arkit.INDEX["eyeBlinkLeft"]
    closed = [
        acted(FRAMES, np.random.default_rng(seed), []).coefficients[:, blink].max() for seed in range(8)
    ]
    assert np.median(closed) > 0.6


def test_a_real_take_is_played_in_its_order_and_with_gain() -> None:
    ramp = np.linspace(0, 0.5, 600, dtype=np.float32)[:, None].repeat(COUNT, axis=1)
    takes = [RealTake(ramp, 60.0)]
    rising = []
    for seed in range(20):
        done = acted(FRAMES, np.random.default_rng(seed), takes).coefficients
        rising.append(np.diff(done[15:, arkit.INDEX["browInnerUp"]]).min() > 0)
    assert 2 <= sum(rising) <= 15  # the others are drawn


def test_a_take_is_read_with_its_rate(shared_data: Path) -> None:
    take = real_take(shared_data / "motion" / "alex_rom_3.csv")
    assert take.rows.shape[1] == COUNT
    assert take.rate in (30.0, 60.0)


def test_a_head_drifts_before_its_camera() -> None:
    performance = acted_out(FRAMES, np.random.default_rng(0), [])
    places = np.array([camera.placement[:, 3] for camera in performance.cameras])
    turns = np.array([camera.placement[:, 2] for camera in performance.cameras])
    assert np.abs(np.diff(places, axis=0)).max() < 3.0  # centimetres a frame
    assert np.abs(np.diff(turns, axis=0)).max() * RATE < 4.0
    assert performance.expressions.kind.tolist() == ["neutral", *["acted"] * (FRAMES - 1)]


def test_what_stands_before_a_face_stays_for_a_while() -> None:
    rng = np.random.default_rng(0)
    look = looks.opening(rng, 2)
    covered = []
    for _ in range(300):
        look = looks.following(look, rng, acted=True)
        covered.append(bool(look.shot.sticks[:, 4].any()))
    changes = int(np.abs(np.diff(np.array(covered, int))).sum())
    assert any(covered)
    assert not all(covered)
    assert changes <= 12
