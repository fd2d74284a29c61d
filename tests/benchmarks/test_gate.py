import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import gate
from benchmarks.gate import any_key, fooled, left_key


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in (("SESSIONS_QUICK", 20), ("RUNS_QUICK", 20), ("MOST_PAIRS", 300)):
        monkeypatch.setattr(gate, name, few)


def test_the_quick_run_writes_both_tables(small: None, tmp_path: Path) -> None:
    file = tmp_path / "gate.json"
    assert gate.main(["--quick", "--json", str(file)]) == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    assert [row["made_current"] for row in told["fooled"]] == [0, 0, 0, 0]
    assert {row["wanted"] for row in told["power"]} == {"offered", "made current"}
    hopeless = [row for row in told["power"] if row["win_rate"] == 0.55 and row["wanted"] == "made current"]
    assert [row["median"] for row in hopeless] == [None, None]


def test_more_pairs_are_needed_the_closer_the_rate_is_to_a_coin(small: None) -> None:
    first = [row for row in gate.power(50) if row.after_tries == 0 and row.wanted == "offered"]
    medians = [row.median or gate.MOST_PAIRS + 1 for row in first]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] < 60


def test_who_prefers_the_new_one_is_no_fool() -> None:
    """The measurement notices a preference: here the key follows the side on which the new one will stand."""

    def foresees(count: int, rng: np.random.Generator) -> np.ndarray:
        return gate.sides(count, _copy(rng))

    assert fooled("who foresees", foresees, 5).made_current == 5
    assert fooled("left key only", left_key, 5) == fooled("left key only", left_key, 5)
    assert fooled("any key", any_key, 5).highest_evidence < 1000


def _copy(rng: np.random.Generator) -> np.random.Generator:
    twin = np.random.default_rng()
    twin.bit_generator.state = rng.bit_generator.state
    return twin
