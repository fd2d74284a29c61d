"""Every convention's names find their channel, and what has no channel stays without one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protos import arkit

channels = st.sampled_from(arkit.COEFFICIENTS)


def underscored(channel: str) -> str:
    """eyeBlinkLeft → eyeBlink_L, as in iFacialMocap and Face Cap; directions keep their names."""
    for side in ("Left", "Right"):
        stem = channel.removesuffix(side)
        if stem != channel and stem in arkit.PAIR_STEMS:
            return f"{stem}_{side[0]}"
    return channel


def spaced(channel: str) -> str:
    """eyeBlinkLeft → Eye_Blink_Left."""
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in channel)
    return words.title()


CONVENTIONS = {
    "ARKit": lambda c: c,
    "Live Link": arkit.live_link_name,
    "iFacialMocap, Face Cap": underscored,
    "older iPhone rigs": lambda c: f"blendShape2.{underscored(c)}",
    "namespaced": lambda c: f"head:{c}",
    "Character Creator 4": lambda c: spaced(underscored(c)),
    "Character Creator 3": lambda c: f"A14_{spaced(c)}",
    "kebab": lambda c: spaced(c).replace("_", "-"),
    "words": lambda c: spaced(c).replace("_", " "),
    "upper case": str.upper,
    "Blender's counter": lambda c: f"{c}.001",
    "Blender's side": lambda c: underscored(c).replace("_L", ".L").replace("_R", ".R"),
}


def test_the_list_has_52_coefficients_and_9_angles_each_once() -> None:
    assert len(arkit.COEFFICIENTS) == 52
    assert len(arkit.POSE) == 9
    assert len(set(arkit.CHANNELS)) == 61
    assert arkit.CHANNELS == arkit.COEFFICIENTS + arkit.POSE


def test_the_order_is_that_of_the_csv_and_not_of_the_udp_stream() -> None:
    assert arkit.COEFFICIENTS[14:18] == ("jawForward", "jawRight", "jawLeft", "jawOpen")
    assert arkit.COEFFICIENTS[21:23] == ("mouthRight", "mouthLeft")


def test_there_are_18_pairs() -> None:
    assert len(arkit.PAIR_STEMS) == 18
    assert not {"jaw", "mouth"} & set(arkit.PAIR_STEMS)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("channel", arkit.COEFFICIENTS)
def test_all_52_are_found_in_every_convention(convention: str, channel: str) -> None:
    assert arkit.arkit_name(CONVENTIONS[convention](channel)) == channel


@pytest.mark.parametrize(
    ("raw", "channel"),
    [
        ("jawOpen.001", "jawOpen"),
        ("eyeBlink.L", "eyeBlinkLeft"),
        ("eyeBlink.R.002", "eyeBlinkRight"),
        ("blendShape2.eyeBlink_L", "eyeBlinkLeft"),
        ("A01_Brow_Inner_Up", "browInnerUp"),
        ("Brow_Raise_Inner_L", "browInnerUp"),
        ("Brow_Drop_L", "browDownLeft"),
        ("Cheek_Raise_R", "cheekSquintRight"),
        ("Cheek_Puff_L", "cheekPuff"),
        ("Face.M_F00_000_00_Fcl_EYE_Close_L", "eyeBlinkLeft"),
        ("EyeClosedRight", "eyeBlinkRight"),
        ("Blink_Left", "eyeBlinkLeft"),
        ("Jaw_Down", "jawOpen"),
        ("Smile_Right", "mouthSmileRight"),
        ("browInnerUpLeft", "browInnerUp"),
        ("cheekPuffRight", "cheekPuff"),
        ("mouthFunnelLower", "mouthFunnel"),
        ("HeadYaw", "headYaw"),
    ],
)
def test_other_families_find_their_channel(raw: str, channel: str) -> None:
    assert arkit.arkit_name(raw) == channel


@pytest.mark.parametrize(
    "raw",
    [
        "jaw_L",
        "mouth_R",
        "mouth_L",
        "eyesClosed",
        "mouthOpen",
        "viseme_aa",
        "Basis",
        "Key 1",
        "",
        ".",
        "L",
        "_R",
        "Sad",
    ],
)
def test_what_has_no_channel_stays_without(raw: str) -> None:
    assert arkit.arkit_name(raw) is None


@given(raw=st.text())
def test_any_text_is_a_channel_or_none(raw: str) -> None:
    assert arkit.arkit_name(raw) in (*arkit.CHANNELS, None)


@given(channel=st.sampled_from(arkit.CHANNELS))
def test_the_partner_of_the_partner_is_the_channel(channel: str) -> None:
    assert arkit.partner(arkit.partner(channel)) == channel
    assert arkit.region(arkit.partner(channel)) == arkit.region(channel)
    assert arkit.region(channel) in arkit.REGIONS


def test_brows_and_eyes_are_the_upper_half_and_head_angles_neither() -> None:
    assert [arkit.face_half(c) for c in ("browDownLeft", "leftEyeYaw", "jawOpen", "headRoll")] == [
        "upper", "upper", "lower", "head",
    ]  # fmt: skip


def test_all_aliases_lead_to_channels() -> None:
    assert set(arkit.ALIASES.values()) <= set(arkit.COEFFICIENTS)
    for alias in arkit.ALIASES:
        assert arkit.arkit_name(alias) == arkit.ALIASES[alias]
