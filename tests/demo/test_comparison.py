"""The demo's judge: it reads the rig's own vertices, and a rig that does not move convinces nobody."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backend.core.curves import curves_from_values
from backend.core.faces import rotation_from_angles
from demo.comparison import HEAD, compared, errors, errors_of_nothing, rig_movement, verdicts
from demo.performance import ACTIONS, RATE, performance
from protos import arkit

IN_BLENDER = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])


def recorded(values: np.ndarray, folder: Path) -> Path:
    """motion.npz of a CC0 head that follows values (N, 61)."""
    with np.load(HEAD) as head:
        step, rest = float(head["step"]), head["vertices"] * float(head["step"])
        ends = np.cumsum(head["key_rows"].astype(int))
        moved = np.repeat(rest[None], len(values), axis=0)
        for name, start, end in zip(head["key_names"], ends - head["key_rows"], ends, strict=True):
            shift = head["key_offset"][start:end] * step
            weight = values[:, arkit.INDEX[str(name)]]
            moved[:, head["key_vertex"][start:end]] += weight[:, None, None] * shift
    world = np.repeat(np.eye(4)[None], len(values), axis=0)
    angles = values[:, [arkit.INDEX[name] for name in ("headYaw", "headPitch", "headRoll")]]
    for row, turn in enumerate(angles):
        world[row, :3, :3] = IN_BLENDER @ rotation_from_angles(*turn) @ IN_BLENDER.T
    np.savez(folder / "motion.npz", vertices=moved.astype(np.float32), world=world)
    return folder / "motion.npz"


def test_coefficients_and_head_angles_come_back_out_of_the_vertices(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    values = np.zeros((6, len(arkit.CHANNELS)), np.float32)
    values[:, : len(arkit.COEFFICIENTS)] = rng.uniform(0, 1, (6, len(arkit.COEFFICIENTS)))
    values[:, [arkit.INDEX[n] for n in ("headYaw", "headPitch", "headRoll")]] = rng.uniform(-0.5, 0.5, (6, 3))
    np.testing.assert_allclose(rig_movement(recorded(values, tmp_path)), values, atol=0.02)


def test_a_rig_that_does_as_the_truth_shows_every_action(tmp_path: Path) -> None:
    truth = performance()
    comparison = compared(truth, truth, recorded(truth.values, tmp_path))
    assert [v.action for v in comparison.verdicts] == list(ACTIONS)
    assert all(v.shown for v in comparison.verdicts)
    assert comparison.ours.all == comparison.ours.active == 0.0


def test_a_rig_that_never_moves_shows_no_action() -> None:
    still = np.zeros((len(performance()), len(arkit.CHANNELS)), np.float32)
    assert not any(v.shown for v in verdicts(still, RATE))


@pytest.mark.parametrize("name", [a.name for a in ACTIONS if a.rival])
def test_the_other_side_is_not_taken_for_the_action(name: str) -> None:
    action = next(a for a in ACTIONS if a.name == name)
    values = performance().values.copy()
    own, other = arkit.INDEX[action.tell], arkit.INDEX[action.rival]
    values[:, [own, other]] = values[:, [other, own]]
    assert not next(v for v in verdicts(values, RATE) if v.action is action).shown


def test_a_turn_to_the_wrong_side_does_not_count() -> None:
    values = performance().values.copy()
    values[:, arkit.INDEX["headYaw"]] *= -1
    assert not next(v for v in verdicts(values, RATE) if v.action.name == "yaw left").shown


def test_errors_are_counted_over_all_and_over_the_active_ones() -> None:
    truth = np.zeros((4, 52), np.float32)
    truth[0, 0] = 0.8
    guess = np.full_like(truth, 0.1)
    assert errors(guess, truth).active == pytest.approx(0.7)
    assert errors(guess, truth).all == pytest.approx((207 * 0.1 + 0.7) / 208)
    assert errors_of_nothing(truth).active == pytest.approx(0.8)


def test_only_actions_that_fit_into_a_short_clip_are_judged() -> None:
    short = performance(1.2)
    assert [v.action.name for v in verdicts(short.values, RATE)] == ["left wink"]


def test_the_performance_stays_in_range_and_begins_at_rest() -> None:
    curves = performance()
    coefficients = curves.values[:, : len(arkit.COEFFICIENTS)]
    assert len(curves) == 240
    assert 0 <= coefficients.min() <= coefficients.max() <= 1
    assert not curves.values[: int(0.5 * RATE)].any()


def test_actions_do_not_overlap() -> None:
    assert all(later.start > earlier.end - 1e-6 for earlier, later in pairwise(ACTIONS))


def test_a_take_shorter_than_the_truth_is_compared_as_far_as_it_goes() -> None:
    truth = performance()
    half = curves_from_values(truth.values[:100], RATE)
    assert compared(half, truth, None).ours.all == 0.0
