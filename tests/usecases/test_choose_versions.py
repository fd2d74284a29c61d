"""What corrects a clip's reading: what is current in a profile, or what somebody wants to try out."""

import pytest

from backend.errors import ModelUnknown, RequestInvalid
from backend.usecases.choose_versions import ModelChoice, versions_used
from backend.usecases.keep_versions import Word, try_out, use
from tests.core.learnt import BASE, learnt, version
from tests.usecases.fake_versions import FakeVersions

WORD = Word("Ann", "it looks better", 1000.0)


@pytest.fixture
def shelf() -> FakeVersions:
    made = FakeVersions()
    for number in (1, 2):
        try_out(version(number), learnt(number), made, WORD)
    try_out(version(3, profile="Ann"), learnt(3), made, WORD)
    return made


def used(shelf: FakeVersions, base: str = BASE, **asked: str) -> dict[str, str]:
    return dict(versions_used(ModelChoice(**asked), "superface-base", base, shelf).versions)


def test_candidates_correct_nothing_and_the_model_keeps_its_name(shelf: FakeVersions) -> None:
    found = versions_used(ModelChoice(), "superface-base", BASE, shelf)
    assert (dict(found.versions), dict(found.learnt), found.name) == ({}, {}, "superface-base")


def test_each_region_has_its_own_current_version_and_ratings_can_name_both(shelf: FakeVersions) -> None:
    use(version(1).id, ["upper"], shelf, WORD)
    use(version(2).id, ["lower"], shelf, WORD)
    found = versions_used(ModelChoice(), "superface-base", BASE, shelf)
    assert found.versions == {"upper": version(1).id, "lower": version(2).id}
    assert found.learnt == {"upper": learnt(1), "lower": learnt(2)}
    assert found.name == f"{BASE} lower:{version(2).id} upper:{version(1).id}"


def test_a_profile_has_its_own(shelf: FakeVersions) -> None:
    use(version(1).id, ["upper"], shelf, WORD)
    use(version(3, profile="Ann").id, ["lower"], shelf, WORD)
    assert used(shelf) == {"upper": version(1).id}
    assert used(shelf, profile="Ann") == {"lower": version(3, profile="Ann").id}
    assert used(shelf, profile="Bob") == {}


def test_one_can_be_tried_out_beside_what_is_in_use(shelf: FakeVersions) -> None:
    use(version(1).id, ["upper", "lower"], shelf, WORD)
    half = version(4, regions={"upper": {}})
    try_out(half, learnt(4), shelf, WORD)
    assert used(shelf, version=half.id) == {"upper": half.id, "lower": version(1).id}


def test_a_version_of_another_base_or_of_none_is_refused(shelf: FakeVersions) -> None:
    with pytest.raises(RequestInvalid, match=f"was learnt on {BASE}, not on other@1"):
        used(shelf, base="other@1", version=version(1).id)
    with pytest.raises(RequestInvalid, match="learns nothing"):
        used(shelf, base="", version=version(1).id)
    with pytest.raises(ModelUnknown):
        used(shelf, version="f" * 32)
