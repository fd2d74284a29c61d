"""Which keys answer to which channel, and that none is promised that cannot move."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.rig_matching import (
    DriverSource,
    KeyInfo,
    RigMatch,
    Target,
    Trouble,
    key_of_path,
    key_path,
    match_rig,
    straight_line,
)
from protos import arkit


def keys(*names: str, of: str = "Face") -> list[KeyInfo]:
    return [KeyInfo(of, name) for name in names]


def test_a_complete_rig_moves_in_every_channel() -> None:
    match = match_rig(keys(*arkit.COEFFICIENTS))
    assert match.moving == arkit.COEFFICIENTS
    assert match.missing == match.unmatched == match.findings == match.stuck == ()


def test_nothing_found_means_everything_missing() -> None:
    assert match_rig([]) == RigMatch()


def test_ten_of_fifty_two_are_told_from_the_other_forty_two() -> None:
    match = match_rig(keys(*arkit.COEFFICIENTS[:10]))
    assert match.moving == arkit.COEFFICIENTS[:10]
    assert match.missing == arkit.COEFFICIENTS[10:]


def test_one_channel_reaches_its_keys_on_several_meshes() -> None:
    match = match_rig(
        keys("jawOpen", of="Face") + keys("Jaw_Open", of="Teeth") + keys("jawOpen.001", of="Tongue")
    )
    assert [key.object for key in match.keys["jawOpen"]] == ["Face", "Teeth", "Tongue"]


def test_a_split_key_is_driven_by_one_channel() -> None:
    match = match_rig(keys("browInnerUpLeft", "browInnerUpRight"))
    assert len(match.keys["browInnerUp"]) == 2


def test_foreign_names_are_listed_with_candidates_that_are_not_applied() -> None:
    match = match_rig(keys("jawOpne", "Smile_L_old", "viseme_aa"))
    assert match.moving == ()
    assert [key.key for key in match.unmatched] == ["jawOpne", "Smile_L_old", "viseme_aa"]
    assert match.candidates["jawOpne"][0] == "jawOpen"
    assert "viseme_aa" not in match.candidates


STOPPED = {
    Trouble.DRIVEN: {"driven": True},
    Trouble.MUTED: {"muted": True},
    Trouble.CURVE_MUTED: {"curve": "muted"},
    Trouble.CURVE_LOCKED: {"curve": "locked"},
    Trouble.ABSOLUTE: {"absolute": True},
    Trouble.PINNED: {"pinned": True},
    Trouble.EMPTY: {"moves": False},
}


@pytest.mark.parametrize("trouble", list(STOPPED))
def test_a_channel_that_cannot_move_is_never_counted(trouble: Trouble) -> None:
    stopped = replace(KeyInfo("Face", "jawOpen"), **STOPPED[trouble])
    match = match_rig([stopped, KeyInfo("Face", "mouthClose")])
    assert match.moving == ("mouthClose",)
    assert match.stuck == ("jawOpen",)
    assert [finding.trouble for finding in match.findings] == [trouble]
    assert "jawOpen on Face" in match.findings[0].message


def test_a_channel_moves_when_one_of_its_keys_does() -> None:
    match = match_rig([KeyInfo("Face", "jawOpen"), KeyInfo("Teeth", "jawOpen", muted=True)])
    assert [key.object for key in match.keys["jawOpen"]] == ["Face"]
    assert match.stuck == ()


def test_every_trouble_is_either_tried_above_or_harmless() -> None:
    assert set(Trouble) - set(STOPPED) == {Trouble.LIMITED, Trouble.LOCKED}


def test_a_lock_against_sculpting_is_said_and_stops_nothing() -> None:
    match = match_rig([KeyInfo("Face", "jawOpen", locked=True)])
    assert match.moving == ("jawOpen",)
    assert [finding.trouble for finding in match.findings] == [Trouble.LOCKED]


def test_slider_limits_are_said_and_do_not_stop_a_key() -> None:
    match = match_rig(
        [KeyInfo("Face", "jawOpen", slider_max=0.5), KeyInfo("Face", "mouthClose", slider_min=-1)]
    )
    assert match.moving == ("jawOpen", "mouthClose")
    assert [(finding.key, finding.trouble) for finding in match.findings] == [("jawOpen", Trouble.LIMITED)]


def test_a_driven_key_offers_its_drivers_source() -> None:
    source = DriverSource(Target("Rig", '["jaw"]', holder="OBJECT"))
    match = match_rig([KeyInfo("Face", "jawOpen", driven=True, source=source)])
    assert [finding.offer for finding in match.offers] == [source]
    assert match.stuck == ("jawOpen",)


@given(st.text(min_size=1))
def test_a_keys_name_survives_its_data_path(name: str) -> None:
    assert key_of_path(key_path(name)) == name


def test_other_data_paths_name_no_key() -> None:
    assert key_of_path('pose.bones["jaw"].location') == ""


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("var", (1, 0)),
        ("-var", (-1, 0)),
        ("var * 2 + 0.5", (2, 0.5)),
        ("(1 - var) / 4", (-0.25, 0.25)),
        ("var + var", (2, 0)),
    ],
)
def test_a_straight_driver_is_understood(expression: str, line: tuple[float, float]) -> None:
    assert straight_line(expression, "var") == pytest.approx(line)


@pytest.mark.parametrize(
    "expression",
    [
        "var * var",
        "sin(var)",
        "other",
        "0.5",
        "",
        "1 / var",
        "var if var else 1",
        "__import__('os')",
        "var +",
        "'a'",
    ],
)
def test_any_other_driver_is_left_alone(expression: str) -> None:
    assert straight_line(expression, "var") is None
