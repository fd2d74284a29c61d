"""Faceit users keep the mapping work they have done."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.faceit_profile import read_profile, write_profile
from blender_addon.mapping import Mapping, PresetUnreadable, mapping_for
from blender_addon.rig_matching import KeyInfo, match_rig
from protos import arkit

RIG = [
    KeyInfo("Face", "Jaw"),
    KeyInfo("Face", "Jaw_Corrective"),
    KeyInfo("Teeth", "Jaw"),
    KeyInfo("Face", "Shut_L"),
]


def profile(**entries: Any) -> str:
    return json.dumps(entries)


def test_shapes_are_found_on_every_mesh_and_amplify_becomes_gain() -> None:
    entry = {"target_shapes": ["Jaw", "Jaw_Corrective"], "amplify": 1.5, "region": "MOUTH"}
    found = read_profile(profile(jawOpen=entry), RIG)
    assert [(b.channel, b.target.label, b.gain) for b in found.bindings] == [
        ("jawOpen", "Face · Jaw", 1.5),
        ("jawOpen", "Teeth · Jaw", 1.5),
        ("jawOpen", "Face · Jaw_Corrective", 1.5),
    ]
    assert found.foreign == found.absent == ()


@pytest.mark.parametrize("entry", [["Shut_L"], "Shut_L", {"target_shapes": ["Shut_L"]}])
def test_older_forms_are_read(entry: Any) -> None:
    found = read_profile(profile(eyeBlinkLeft=entry), RIG)
    assert [(b.channel, b.gain) for b in found.bindings] == [("eyeBlinkLeft", 1.0)]


@pytest.mark.parametrize("nothing", ["", "---", "SKIP"])
def test_words_for_no_target_are_no_shapes(nothing: str) -> None:
    found = read_profile(profile(jawOpen={"target_shapes": [nothing]}), RIG)
    assert found.bindings == found.absent == ()


def test_foreign_names_and_absent_shapes_are_listed() -> None:
    found = read_profile(profile(eyesCloseL=["Shut_L"], jawOpen=["Gone", "Gone"]), RIG)
    assert found.foreign == ("eyesCloseL",)
    assert found.absent == ("Gone",)


@pytest.mark.parametrize("text", ["{", "[]", profile(jawOpen=3), profile(jawOpen={"target_shapes": 3}),
                                  profile(jawOpen={"target_shapes": [], "amplify": "much"})])  # fmt: skip
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(PresetUnreadable):
        read_profile(text, RIG)


def test_a_profile_lists_all_channels_with_faceits_regions() -> None:
    written = json.loads(write_profile(Mapping()))
    assert tuple(written) == arkit.COEFFICIENTS
    assert written["eyeBlinkLeft"] == {"target_shapes": [], "amplify": 1.0, "region": "EYES"}
    assert {entry["region"] for entry in written.values()} == {
        "EYES",
        "BROWS",
        "CHEEKS",
        "NOSE",
        "MOUTH",
        "TONGUE",
    }


@given(st.dictionaries(st.sampled_from(arkit.COEFFICIENTS), st.floats(0.1, 3)))
def test_a_mapping_of_gains_comes_back_as_it_went(gains: dict[str, float]) -> None:
    rig = [KeyInfo("Face", name) for name in gains]
    mapping = mapping_for(match_rig(rig))
    for channel, gain in gains.items():
        mapping = mapping.changed(channel, gain=gain)
    again = read_profile(write_profile(mapping), rig)
    assert set(again.bindings) == set(mapping.bindings)
