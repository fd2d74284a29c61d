"""What the artist sets is what the rig gets; presets come back as they went."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import ExpressionCurves, curves_from_values
from blender_addon.mapping import (
    Binding,
    EyeSettings,
    HeadSettings,
    Mapping,
    PresetUnreadable,
    evaluate,
    from_json,
    mapping_for,
    retargeted,
    soft_clamp,
    to_json,
)
from blender_addon.pivots import FACINGS, Pivot
from blender_addon.rig_matching import DriverSource, KeyInfo, Target, key_path, match_rig
from protos import arkit

JAW = Target("Face", key_path("jawOpen"))
RAMP = np.linspace(0.0, 1.0, 11)


def take_of(**channels: Any) -> ExpressionCurves:
    values = np.zeros((len(RAMP), len(arkit.CHANNELS)), np.float32)
    for name, value in channels.items():
        values[:, arkit.INDEX[name]] = value
    return curves_from_values(values, 24.0)


def mapped(*bindings: Binding, take: ExpressionCurves | None = None, **settings: Any) -> np.ndarray:
    """What JAW gets."""
    return evaluate(Mapping(bindings, **settings), take or take_of(jawOpen=RAMP))[JAW]


def jaw(**settings: Any) -> Binding:
    return Binding("jawOpen", JAW, **settings)


def test_a_plain_binding_passes_on_what_was_filmed() -> None:
    result = mapped(jaw())
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, RAMP, atol=1e-7)


def test_gain_and_offset_come_before_the_clamp() -> None:
    np.testing.assert_allclose(mapped(jaw(gain=2.0, offset=-0.5)), np.clip(2 * RAMP - 0.5, 0, 1), atol=1e-6)


def test_limits_cut() -> None:
    np.testing.assert_allclose(mapped(jaw(low=0.2, high=0.6)), np.clip(RAMP, 0.2, 0.6), atol=1e-6)


def test_a_curve_takes_the_place_of_gain_and_offset() -> None:
    curve = ((0.0, 0.0), (0.5, 0.9), (1.0, 1.0))
    expected = np.interp(RAMP, [0, 0.5, 1], [0, 0.9, 1])
    np.testing.assert_allclose(mapped(jaw(curve=curve, gain=7.0)), expected, atol=1e-6)


def test_several_sources_of_one_target_add_up_within_limits() -> None:
    take = take_of(eyeBlinkLeft=0.7, eyeBlinkRight=RAMP)
    both = [Binding(f"eyeBlink{side}", JAW, gain=0.8) for side in ("Left", "Right")]
    np.testing.assert_allclose(mapped(*both, take=take), np.clip(0.56 + 0.8 * RAMP, 0, 1), atol=1e-6)


def test_one_source_drives_several_targets() -> None:
    other = Target("Teeth", key_path("jawOpen"))
    result = evaluate(Mapping((jaw(), Binding("jawOpen", other, gain=0.5))), take_of(jawOpen=RAMP))
    np.testing.assert_allclose(result[JAW], 2 * result[other], atol=1e-6)


def test_what_is_switched_off_is_not_written() -> None:
    take = take_of(jawOpen=RAMP)
    assert evaluate(Mapping((jaw(enabled=False),)), take) == {}
    assert evaluate(Mapping((jaw(),), regions=frozenset({"EYES"})), take) == {}


def test_a_channel_never_observed_keys_nothing() -> None:
    take = take_of(jawOpen=RAMP)
    observed = take.observed.copy()
    observed[:, arkit.INDEX["jawOpen"]] = False
    assert evaluate(Mapping((jaw(),)), replace(take, observed=observed)) == {}
    observed[3, arkit.INDEX["jawOpen"]] = True
    np.testing.assert_allclose(mapped(jaw(), take=replace(take, observed=observed)), RAMP, atol=1e-7)


def test_mirroring_swaps_sides() -> None:
    left = Binding("eyeBlinkLeft", JAW)
    take = take_of(eyeBlinkRight=RAMP)
    assert not mapped(left, take=take).any()
    np.testing.assert_allclose(mapped(left, take=take, mirror=True), RAMP, atol=1e-7)


def test_eye_keys_rest_while_eyes_turn() -> None:
    look = Binding("eyeLookUpLeft", JAW)
    take = take_of(eyeLookUpLeft=RAMP)
    np.testing.assert_allclose(mapped(look, take=take), RAMP, atol=1e-7)
    assert not mapped(look, take=take, eyes=EyeSettings(by="PIVOTS")).any()
    np.testing.assert_allclose(mapped(look, take=take, eyes=EyeSettings(by="BOTH")), RAMP, atol=1e-7)


def test_angles_can_drive_targets_too() -> None:
    take = take_of(headYaw=-0.5)
    np.testing.assert_allclose(mapped(Binding("headYaw", JAW, low=-1, high=1), take=take), -0.5)


@pytest.mark.parametrize(
    "wrong",
    [{"low": 1.0, "high": 0.0}, {"curve": ((0.5, 0.0), (0.5, 1.0))}, {"curve": ((1.0, 0.0), (0.0, 1.0))}],
)
def test_a_binding_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="jawOpen"):
        jaw(**wrong)


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="jawOpne"):
        Binding("jawOpne", JAW)


def test_a_soft_clamp_leaves_small_values_alone_and_never_exceeds_its_limit() -> None:
    values = np.linspace(-1, 5, 601).astype(np.float32)
    soft = soft_clamp(values, 0.0, 1.0)
    np.testing.assert_array_equal(soft[values <= 0.8], np.maximum(values[values <= 0.8], 0))
    assert soft.max() <= 1.0
    assert np.all(np.diff(soft) >= 0)
    rising = soft[(values > 0) & (values < 1.5)]
    assert np.all(np.diff(rising) > 0)


def test_a_soft_clamp_with_no_room_is_a_hard_one() -> None:
    np.testing.assert_array_equal(soft_clamp(np.array([-1.0, 0.5, 2.0], np.float32), 0.5, 0.5), 0.5)


# --- a rig's mapping ---


def test_every_moving_key_is_bound() -> None:
    match = match_rig(
        [KeyInfo("Face", "jawOpen"), KeyInfo("Teeth", "jawOpen"), KeyInfo("Face", "tongueOut", moves=False)]
    )
    assert [(b.channel, b.target.object) for b in mapping_for(match).bindings] == [
        ("jawOpen", "Face"),
        ("jawOpen", "Teeth"),
    ]


def test_what_the_artist_set_survives_finding_the_rig_again() -> None:
    match = match_rig([KeyInfo("Face", "jawOpen")])
    chosen = replace(mapping_for(match).changed("jawOpen", gain=1.7), mirror=True)
    grown = match_rig([KeyInfo("Face", "jawOpen"), KeyInfo("Face", "mouthClose")])
    again = mapping_for(grown, keep=chosen)
    assert [(b.channel, b.gain) for b in again.bindings] == [("jawOpen", 1.7), ("mouthClose", 1.0)]
    assert again.mirror


def test_a_slider_below_one_limits_its_binding() -> None:
    match = match_rig(
        [KeyInfo("Face", "jawOpen", slider_max=0.4), KeyInfo("Face", "mouthClose", slider_min=-1)]
    )
    assert [(b.low, b.high) for b in mapping_for(match).bindings] == [(0.0, 0.4), (0.0, 1.0)]


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (10.0, 0.0), (-2.0, 1.0), (0.5, 0.25)])
def test_through_a_driver_the_key_follows_its_channel(slope: float, intercept: float) -> None:
    source = DriverSource(JAW, slope, intercept)
    match = match_rig([KeyInfo("Face", "jawOpen", driven=True, source=source)])
    assert mapping_for(match).bindings == ()
    keyed = mapped(*mapping_for(match, take_offers=True).bindings)
    np.testing.assert_allclose(slope * keyed + intercept, RAMP, atol=1e-5)


# --- presets ---

finite = st.floats(-10, 10)
names = st.text(min_size=1, max_size=8)
pivots = st.builds(
    Pivot, object=names, bone=names | st.just(""), facing=st.sampled_from(list(FACINGS)), unit=finite
)
targets = st.builds(
    Target, object=names, path=names, index=st.integers(0, 3), holder=st.sampled_from(["KEYS", "OBJECT"])
)
curve = st.lists(st.tuples(st.integers(0, 100), finite), unique_by=lambda p: p[0], max_size=4).map(
    lambda points: tuple((x / 100, y) for x, y in sorted(points))
)
bindings = st.builds(
    Binding,
    channel=st.sampled_from(arkit.CHANNELS),
    target=targets,
    gain=finite,
    offset=finite,
    low=st.floats(-2, 0),
    high=st.floats(0, 2),
    soft=st.booleans(),
    curve=curve,
    enabled=st.booleans(),
)
mappings = st.builds(
    Mapping,
    bindings=st.lists(bindings, max_size=4).map(tuple),
    regions=st.frozensets(st.sampled_from(arkit.REGIONS)),
    mirror=st.booleans(),
    head=st.builds(HeadSettings, pivot=st.none() | pivots, gain=finite, neutral=st.none() | st.floats(0, 9)),
    eyes=st.builds(EyeSettings, by=st.sampled_from(["KEYS", "PIVOTS", "BOTH"]), left=st.none() | pivots),
)


@given(mappings)
def test_a_preset_comes_back_as_it_went(mapping: Mapping) -> None:
    assert from_json(to_json(mapping)) == mapping


def preset(**changes: Any) -> str:
    return json.dumps(json.loads(to_json(Mapping((jaw(),)))) | changes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no object"),
        ("{}", "no SuperFace mapping"),
        (preset(version=99), "version 99"),
        (preset(bindings=[{"channel": "jawOpen"}]), "damaged"),
        (preset(bindings=3), "damaged"),
        (preset(head={}), "damaged"),
    ],
)
def test_a_preset_that_is_none_is_refused_with_advice(text: str, said: str) -> None:
    with pytest.raises(PresetUnreadable, match=said):
        from_json(text)


def test_a_preset_finds_keys_of_the_same_name_on_another_rig() -> None:
    mapping = Mapping((jaw(gain=1.3), Binding("mouthClose", Target("Face", key_path("mouthClose")))))
    here = [KeyInfo("Hero", "jawOpen"), KeyInfo("HeroTeeth", "jawOpen")]
    moved = retargeted(mapping, here)
    assert [(b.target.object, b.gain) for b in moved.bindings] == [
        ("Hero", 1.3),
        ("HeroTeeth", 1.3),
        ("Face", 1.0),
    ]


def test_a_mapping_names_all_it_writes() -> None:
    head, eye = Pivot("Rig", "head"), Pivot("Eye")
    mapping = Mapping((jaw(),), head=HeadSettings(head), eyes=EyeSettings(left=eye))
    assert mapping.objects == ("Face", "Rig")
    assert replace(mapping, eyes=EyeSettings("BOTH", left=eye)).objects == ("Face", "Rig", "Eye")
