"""What the other renderer is asked for: people nobody was trained on, at rest first, the same every time."""

from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest

from protos import arkit
from training.cycles_plan import FIRST_IDENTITY, MOST_TURNED, Plan, planned, same
from training.expressions import KINDS


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(["anny", "ict"], people=8, frames=6, seed=3)


def test_every_person_begins_at_rest(plan: Plan) -> None:
    first = np.arange(0, 48, 6)
    assert np.unique(plan.neutral).tolist() == first.tolist()
    assert not plan.coefficients[first].any()
    assert not plan.gaze[first].any()
    assert (plan.kind == "neutral").nonzero()[0].tolist() == first.tolist()
    np.testing.assert_array_equal(plan.identity, plan.identity[plan.neutral])
    np.testing.assert_array_equal(plan.source, plan.source[plan.neutral])


def test_others_do_what_training_draws_with_heads_turned_a_little(plan: Plan) -> None:
    acting = plan.kind != "neutral"
    assert set(plan.kind[acting]) <= set(KINDS)
    assert plan.coefficients.shape == (48, len(arkit.COEFFICIENTS))
    assert (np.abs(plan.angles) <= MOST_TURNED).all()
    assert np.abs(plan.angles[acting]).mean() > 2 * np.abs(plan.angles[~acting]).mean()


def test_people_come_from_the_sources_in_turn_and_from_beyond_training(plan: Plan) -> None:
    assert plan.source[plan.neutral][::6].tolist() == ["anny", "ict"] * 4
    assert len(np.unique(plan.identity)) == 8
    assert plan.identity.min() >= FIRST_IDENTITY


def test_more_people_leave_the_first_as_they_were(plan: Plan) -> None:
    longer = planned(["anny", "ict"], people=9, frames=6, seed=3)
    for field in fields(Plan):
        np.testing.assert_array_equal(getattr(longer, field.name)[:48], getattr(plan, field.name))


def test_a_stored_plan_is_known_again_and_another_is_not(plan: Plan, tmp_path: Path) -> None:
    np.savez(tmp_path / "truth.npz", **asdict(plan))
    assert same(plan, tmp_path / "truth.npz")
    assert not same(replace(plan, gaze=plan.gaze + 1), tmp_path / "truth.npz")
    assert not same(planned(["anny", "ict"], 8, 6, seed=4), tmp_path / "truth.npz")
