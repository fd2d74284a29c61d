"""The recipe of the CC0 head: what it reads, how it stores, where it paints."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.head_atlas import atlas_uv
from training.make_arkit_head import ASSETS, STEP, in_blender, stored
from training.makehuman import WHEEL_SHA256, read_target


def test_a_target_is_read_with_bare_dots_and_without_its_comments() -> None:
    index, offset = read_target("# a comment\n3 .026 -.5 0\n\n17 1 .25 -.131\n")
    assert index.tolist() == [3, 17]
    np.testing.assert_allclose(offset, [[0.026, -0.5, 0.0], [1.0, 0.25, -0.131]])


def test_an_empty_target_moves_nothing() -> None:
    index, offset = read_target("# nothing\n")
    assert index.shape == (0,)
    assert offset.shape == (0, 3)


def test_the_face_turns_from_z_to_minus_y_and_its_left_stays_at_x() -> None:
    left, up, forward = in_blender(np.eye(3) * 10)
    assert left.tolist() == [1, 0, 0]
    assert up.tolist() == [0, 0, 1]
    assert forward.tolist() == [0, -1, 0]


@given(st.lists(st.floats(-0.32, 0.32), min_size=1))
def test_lengths_are_stored_within_half_a_step(metres: list[float]) -> None:
    back = stored(np.array(metres)) * STEP
    assert np.abs(back - metres).max() <= STEP / 2 + 1e-12


def test_a_face_across_the_seam_stays_small_in_the_atlas() -> None:
    corners = np.array([[0.1, 7, -0.5], [-0.1, 7, -0.5], [-0.1, 7.2, -0.5], [0.1, 7.2, -0.5], [0, 6, 1.0]])
    uv = atlas_uv(corners, np.array([[0, 1, 2, 3]]), np.array(["skin"]))
    assert np.ptp(uv[0, :, 0]) < 0.1


def test_the_asset_is_small_and_says_where_it_comes_from(repository: Path) -> None:
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 1_500_000
    provenance = (ASSETS / "PROVENANCE.md").read_text(encoding="utf-8")
    assert WHEEL_SHA256 in provenance
    assert "CC0" in provenance


@pytest.mark.parametrize("name", ["vertices", "key_offset"])
def test_no_stored_length_is_cut_off(name: str) -> None:
    with np.load(ASSETS / "arkit_head.npz") as head:
        assert np.abs(head[name].astype(int)).max() < 32767
