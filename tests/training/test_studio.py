"""What is filmed is what is true: same seed, same frame; landmarks near where they are; shards are whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.core.face_views import LIPS, SEEN_IN, on_views, view_frame
from training import looks, shards
from training.anny_heads import AnnyHeads
from training.lens import photographed
from training.performers import AT_REST, Performance
from training.shards import Filmed, Shard, ShardDamaged
from training.skins import SIZE, painted_skin
from training.studio import Studio

from .filming import filmed, look


def test_a_performer_begins_at_rest(performance: Performance) -> None:
    truth = performance.expressions.coefficients
    assert not truth[:2].any()
    assert truth[2].max() <= 0.2
    assert list(performance.expressions.kind[:AT_REST]) == ["neutral", "neutral", "nearly neutral"]


def test_the_network_finds_landmarks_near_where_they_are(
    studio: Studio, anny: AnnyHeads, performance: Performance
) -> None:
    take = filmed(studio, anny, performance, 0)
    upright, anchors = view_frame(take.frame.shape, take.frame.angles)
    seen = np.einsum("ij,kj->ki", upright, take.frame.shape - anchors[SEEN_IN])
    away = np.linalg.norm(seen - on_views(take.points, take.frame.maps), axis=1)
    assert np.median(away) < 0.65  # centimetres: shapes leave perspective aside


def test_views_show_eyes_and_mouth(studio: Studio, anny: AnnyHeads, performance: Performance) -> None:
    take = filmed(studio, anny, performance, 0)
    part = take.seen.place[..., 3]
    assert (part[:, 128:224] == 9).mean() > 0.01  # the right eye in its view
    assert (part[:, 224:320] == 8).mean() > 0.01
    assert (part[:, :128] == 0).mean() > 0.6


def test_the_same_seed_paints_the_same_picture_and_another_another(
    studio: Studio, anny: AnnyHeads, performance: Performance
) -> None:
    take = filmed(studio, anny, performance, 3)
    one, same, other = (
        studio.painted(take, 0, look(seed), np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 5
    assert one.std() > 10


def test_what_stands_before_a_face_covers_it(
    studio: Studio, anny: AnnyHeads, performance: Performance
) -> None:
    take, plain = filmed(studio, anny, performance, 0), look(4)
    sticks = np.zeros((looks.STICKS, 5))
    sticks[0] = -4, -6, 4, -6, 2.5
    covered = looks.Look(plain.person, plain.scene, replace(plain.shot, sticks=sticks, stick=np.zeros(3)))
    bare, hidden = (studio.painted(take, 0, one, np.random.default_rng(0)) for one in (plain, covered))
    assert hidden[40:60, 50:80].mean() < 0.5 * bare[40:60, 50:80].mean()


def test_a_darker_tone_makes_a_darker_skin_and_lips_differ_from_it(studio: Studio) -> None:
    marks = studio.canvases[0].marks
    skins = [painted_skin(number, marks) for number in range(12)]
    assert all(skin.shape == (*SIZE[::-1], 4) for skin in skins)
    brightness = [skin[250:280, 150:230, :3].mean() for skin in skins]
    assert max(brightness) > 1.8 * min(brightness)
    x, y = ((marks[LIPS, :2].mean(axis=0) - [-9.6, 11.0]) * [20, -20]).astype(int)
    differs = [np.abs(s[y, x, :3].astype(int) - s[y - 60, x, :3]).max() for s in skins]
    assert np.median(differs) > 15


def test_a_poor_camera_makes_a_poor_picture() -> None:
    rng = np.random.default_rng(0)
    picture = np.tile(np.arange(416, dtype=np.uint8)[None, :, None] % 32 * 8, (96, 1, 3))
    shot = looks.shot(rng, covered=0.0)
    good = replace(
        shot, blur=0.1, coarse=1.0, noise=0.0, quality=97, exposure=1.0, contrast=1.0, gamma=1.0,
        tint=np.ones(3), saturation=1.0, smear=np.zeros(2),
    )  # fmt: skip
    bad = replace(good, blur=3.0, coarse=2.4, noise=0.05, quality=40)
    errors = [np.abs(photographed(picture, one, rng).astype(int) - picture).mean() for one in (good, bad)]
    assert errors[0] < 4 < 12 < errors[1]


@pytest.fixture
def shard(studio: Studio, anny: AnnyHeads, performance: Performance, tmp_path: Path) -> Path:
    done = performance.expressions
    frames = [
        Filmed(
            take=filmed(studio, anny, performance, i),
            coefficients=done.coefficients[i],
            gaze=done.gaze[i],
            kind=str(done.kind[i]),
            source=0,
            identity=5 + i // 2,
        )
        for i in range(4)
    ]
    shards.write(frames, tmp_path / "shard-00000")
    return tmp_path / "shard-00000"


def test_a_shard_is_read_as_it_was_written(shard: Path, performance: Performance) -> None:
    read = shards.read(shard)
    assert len(read) == 4
    np.testing.assert_array_equal(read.coefficients, performance.expressions.coefficients[:4])
    assert read.performers() == [slice(0, 2), slice(2, 4)]
    assert read.kind[0] == "neutral"


def test_a_stored_frame_is_painted_like_a_fresh_one(
    shard: Path, studio: Studio, anny: AnnyHeads, performance: Performance
) -> None:
    read: Shard = shards.read(shard)
    take = filmed(studio, anny, performance, 1)
    fresh = studio.painter.paint(take.seen, read.views(1), take.camera.placement, 0, look(2))
    stored = studio.painter.paint(read.seen(1), read.views(1), read.placement[1], 0, look(2))
    np.testing.assert_array_equal(fresh, stored)


def test_a_shard_that_was_cut_off_is_refused_with_advice(shard: Path) -> None:
    whole = (shard / "place.npy").read_bytes()
    (shard / "place.npy").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ShardDamaged, match="Delete it and film it again"):
        shards.read(shard)


def test_what_a_crash_left_behind_is_no_shard(shard: Path) -> None:
    shard.rename(shard.with_name("shard-00001" + shards.UNFINISHED))
    assert list(shards.whole(shard.parent)) == []


def test_a_full_disk_leaves_no_half_shard(
    shard: Path, studio: Studio, anny: AnnyHeads, performance: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = performance.expressions
    frame = Filmed(filmed(studio, anny, performance, 0), done.coefficients[0], done.gaze[0], "neutral", 0, 5)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shards.np, "save", full)
    with pytest.raises(OSError, match="No space"):
        shards.write([frame], shard.with_name("shard-00001"))
    assert [path.name for path in shard.parent.iterdir()] == ["shard-00000"]
