from pathlib import Path

import numpy as np
import pytest

from backend.core.duels import sides, standing
from backend.core.evidence import Score
from backend.core.ratings import Outcome, Rating
from backend.core.versions import GATE, NOTHING_LEARNT, Place, Shelf, State, Step
from backend.errors import DiskFull, ModelDamaged, ModelMissing, ModelUnknown, RequestInvalid
from backend.usecases.keep_versions import (
    Word,
    bring_in,
    heads,
    heed_gate,
    judged,
    retire,
    roll_back,
    try_out,
    use,
)
from tests.core.duelled import duel
from tests.core.learnt import BASE, learnt, version
from tests.usecases.fake_versions import FakeVersions

ANN = Word("Ann", "it looks better", 1000.0)
UPPER = Place(BASE, "", "upper")
ONE, TWO = version(1).id, version(2).id
FILE = Path("smile.superface")
GOOD, FAIR, POOR = Score(90, 10), Score(45, 15), Score(10, 20)


@pytest.fixture
def versions() -> FakeVersions:
    """The first version is used, the second on trial."""
    shelf = FakeVersions()
    try_out(version(1), learnt(1), shelf, ANN)
    use(ONE, ["upper", "lower"], shelf, ANN)
    try_out(version(2), learnt(2), shelf, ANN)
    return shelf


def found(versions: FakeVersions) -> dict[str, Shelf]:
    return heads(BASE, "", versions)


def test_what_was_learnt_is_a_candidate_where_it_learnt_something() -> None:
    shelf = FakeVersions()
    only_upper = version(3, regions={"upper": {}})
    try_out(only_upper, learnt(3), shelf, ANN)
    assert [found(shelf)[region].candidate for region in ("upper", "lower")] == [only_upper.id, ""]
    assert found(shelf)["upper"].current == NOTHING_LEARNT


def test_a_person_uses_one_region_of_it_and_the_other_keeps_its_head(versions: FakeVersions) -> None:
    use(TWO, ["upper"], versions, ANN)
    assert [found(versions)[region].current for region in ("upper", "lower")] == [TWO, ONE]
    assert versions.history()[-1].why == "it looks better"


@pytest.mark.parametrize("regions", [["lower"], ["upper", "lower"], []])
def test_a_region_that_was_not_learnt_cannot_be_used(regions: list[str]) -> None:
    shelf = FakeVersions()
    try_out(version(3, regions={"upper": {}}), learnt(3), shelf, ANN)
    with pytest.raises(RequestInvalid, match="has learnt upper, not"):
        use(version(3, regions={"upper": {}}).id, regions, shelf, ANN)
    assert found(shelf)["lower"].current == NOTHING_LEARNT


def test_the_gate_offers_once_and_makes_current_what_is_beyond_doubt(versions: FakeVersions) -> None:
    standings = [standing("upper", GOOD), standing("lower", FAIR)]
    for _ in range(2):
        heed_gate(TWO, standings, versions, at=2000.0)
    upper, lower = (found(versions)[region] for region in ("upper", "lower"))
    assert (upper.current, upper.lineage) == (TWO, 3)
    assert (lower.current, lower.state(TWO)) == (ONE, State.CANDIDATE)
    by_gate = [each for each in versions.history() if each.by == GATE]
    assert [(each.step, each.region) for each in by_gate] == [
        (Step.CURRENT, "upper"),
        (Step.OFFERED, "lower"),
    ]
    assert "preferred 90 of 100 times in the upper face, 0 ties; evidence" in by_gate[0].why


def test_the_gate_leaves_alone_what_a_person_has_decided_meanwhile(versions: FakeVersions) -> None:
    retire(TWO, ["upper"], versions, ANN)
    before = versions.history()
    heed_gate(TWO, [standing("upper", GOOD), standing("lower", POOR)], versions, at=2000.0)
    assert versions.history() == before


def test_rolling_back_is_one_step_and_is_remembered(versions: FakeVersions) -> None:
    use(TWO, ["upper"], versions, ANN)
    assert roll_back(UPPER, versions, Word("Bob", "the smile is too wide", 3000.0)) == ONE
    assert found(versions)["upper"].current == ONE
    assert (versions.history()[-1].by, versions.history()[-1].step) == ("Bob", Step.ROLLED_BACK)
    assert roll_back(UPPER, versions, ANN) == NOTHING_LEARNT
    with pytest.raises(RequestInvalid, match="the base is used as it is"):
        roll_back(UPPER, versions, ANN)


def test_a_damaged_or_unknown_version_is_refused_and_the_one_in_use_stays(versions: FakeVersions) -> None:
    before = found(versions)
    versions.files[TWO] = versions.files[TWO].replace('"seed": 2', '"seed": 3')
    for deed in (
        lambda: use(TWO, ["upper"], versions, ANN),
        lambda: heed_gate(TWO, [standing("upper", GOOD)], versions, at=1.0),
    ):
        with pytest.raises(ModelDamaged, match="changed or damaged"):
            deed()
    with pytest.raises(ModelUnknown):
        use("0" * 32, ["upper"], versions, ANN)
    assert found(versions) == before


def test_nobody_rolls_back_to_a_damaged_version(versions: FakeVersions) -> None:
    use(TWO, ["upper"], versions, ANN)
    versions.files[ONE] = versions.files[ONE][:100]
    with pytest.raises(ModelDamaged):
        roll_back(UPPER, versions, ANN)
    assert found(versions)["upper"].current == TWO


def test_another_artists_file_becomes_a_candidate(versions: FakeVersions) -> None:
    versions.export(TWO, FILE)
    elsewhere = FakeVersions(exported=versions.exported)
    assert bring_in(FILE, elsewhere, {BASE, "mediapipe"}, ANN).id == TWO
    assert elsewhere.read(TWO) == (version(2), learnt(2))
    assert found(elsewhere)["upper"].state(TWO) is State.CANDIDATE


def test_a_file_for_other_weights_is_refused_and_nothing_is_kept(versions: FakeVersions) -> None:
    versions.export(TWO, FILE)
    elsewhere = FakeVersions(exported=versions.exported)
    with pytest.raises(ModelDamaged, match="learnt on superface-base@39752e5d, which is not here") as refusal:
        bring_in(FILE, elsewhere, {"superface-base@other", "mediapipe"}, ANN)
    assert "superface-base@other" in refusal.value.advice
    assert (elsewhere.ids(), elsewhere.history()) == ([], [])
    with pytest.raises(ModelMissing):
        bring_in(Path("gone"), elsewhere, {BASE}, ANN)


def test_where_nothing_can_be_written_everything_stays(versions: FakeVersions) -> None:
    before = found(versions)
    versions.error = DiskFull("full")
    for deed in (
        lambda: use(TWO, ["upper"], versions, ANN),
        lambda: try_out(version(3), learnt(3), versions, ANN),
        lambda: roll_back(UPPER, versions, ANN),
    ):
        with pytest.raises(DiskFull):
            deed()
    assert found(versions) == before


def answers(
    new: str, base: str, wins: int, losses: int, region: str = "upper", first: int = 0
) -> list[Rating]:
    outcomes = [Outcome.A] * wins + [Outcome.B] * losses
    return [
        duel(first + number, number % 2 == 0, outcome, (new, base), region=region)
        for number, outcome in enumerate(outcomes)
    ]


def test_a_version_is_judged_against_what_is_used_in_each_region(versions: FakeVersions) -> None:
    roll_back(Place(BASE, "", "lower"), versions, ANN)
    try_out(version(2), learnt(2), versions, ANN)
    told = [*answers(TWO, ONE, 5, 3), *answers(TWO, BASE, 9, 1, "lower", first=50)]
    told += answers(TWO, BASE, 7, 7, first=100)
    upper, lower = judged(TWO, told, versions)
    assert (upper.region, upper.score) == ("upper", Score(5, 3))
    assert (lower.region, lower.score) == ("lower", Score(9, 1))


def test_tries_before_it_on_the_same_base_make_it_harder(versions: FakeVersions) -> None:
    try_out(version(3), learnt(3), versions, ANN)
    three = version(3).id
    alone = answers(three, ONE, 20, 5)
    after_a_failure = [*alone, *answers(TWO, ONE, 5, 30, first=100)]
    found = [judged(three, told, versions)[0].evidence for told in (alone, after_a_failure)]
    assert found[1] < found[0]
    assert found == [
        standing("upper", Score(20, 5), [score], lineage=2).evidence for score in (Score(), Score(5, 30))
    ]
    assert judged(TWO, after_a_failure, versions)[0].evidence < 1, "its own try does not stand before it"


def test_from_answers_to_a_new_head_and_back(versions: FakeVersions) -> None:
    told = [*answers(TWO, ONE, 90, 10), *answers(TWO, ONE, 10, 20, "lower", first=200)]
    heed_gate(TWO, judged(TWO, told, versions), versions, at=5000.0)
    assert [found(versions)[region].current for region in ("upper", "lower")] == [TWO, ONE]
    roll_back(UPPER, versions, ANN)
    assert [found(versions)[region].current for region in ("upper", "lower")] == [ONE, ONE]


def test_a_left_key_promotes_nothing_over_ten_learnings() -> None:
    shelf, rng = FakeVersions(), np.random.default_rng(11)
    told: list[Rating] = []
    for number in range(1, 11):
        try_out(version(number), learnt(number), shelf, ANN)
        for left in sides(30, rng).tolist():
            pressed = Outcome.A if left else Outcome.B
            told.append(duel(len(told), left, pressed, (version(number).id, BASE)))
        heed_gate(version(number).id, judged(version(number).id, told, shelf), shelf, at=1.0)
    assert found(shelf)["upper"].current == NOTHING_LEARNT
    assert len(found(shelf)["upper"].tries) == 10
