"""What is painted before is learnt from as if it were painted anew, and half a painting is none."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training import shards  # noqa: E402 - torch is an extra
from training.anny_heads import AnnyHeads  # noqa: E402
from training.datasets import Footage, Part, batches, performers  # noqa: E402
from training.paint_faces import painted  # noqa: E402
from training.performers import Performance  # noqa: E402
from training.shards import Filmed  # noqa: E402
from training.studio import Studio  # noqa: E402
from training.whole_arrays import save_npy  # noqa: E402

from .filming import filmed  # noqa: E402


@pytest.fixture
def shard(studio: Studio, anny: AnnyHeads, performance: Performance, tmp_path: Path) -> Path:
    done = performance.expressions
    takes = [filmed(studio, anny, performance, i) for i in range(5)]
    frames = [
        Filmed(take, done.coefficients[i], done.gaze[i], str(done.kind[i]), source=0, identity=5)
        for i, take in enumerate(takes)
    ]
    shards.write(frames, tmp_path / "shard-00000")
    return tmp_path / "shard-00000"


def test_a_painting_is_learnt_from_as_it_is(shard: Path, studio: Studio) -> None:
    pictures = painted(shards.read(shard), np.arange(5), studio.painter, np.random.default_rng(1))
    save_npy(shards.painting(shard, 0), pictures)
    drawn = batches(Footage((shard.parent,), [], painted=True), 0, groups=2, frames=4, workers=0)
    for _, batch in zip(range(4), drawn, strict=False):
        for atlas in batch.sight.atlas.permute(0, 2, 3, 1).numpy():
            assert sum(bool((atlas == picture).all()) for picture in pictures) == 1
        assert not batch.truth[:, 0].any()  # a group begins with a face at rest


def test_a_plain_painting_shows_everybody_alike(shard: Path, studio: Studio) -> None:
    rows, rng = np.array([0, 0, 0]), np.random.default_rng(1)
    plain, varied = (
        painted(shards.read(shard), rows, studio.painter, rng, plain).astype(int) for plain in (True, False)
    )
    differ = [np.abs(pictures[1:] - pictures[0]).mean() for pictures in (plain, varied)]
    assert differ[0] < 1.0 < differ[1]  # a good camera's noise


def test_what_was_never_painted_is_asked_for(shard: Path) -> None:
    drawn = batches(Footage((shard.parent,), [], painted=True), 0, groups=1, frames=4, workers=0)
    with pytest.raises(ValueError, match=r"training\.paint_faces on these"):
        next(drawn)


def test_a_painting_that_was_cut_off_is_none(shard: Path) -> None:
    shards.painting(shard, 0).with_suffix(".part").write_bytes(b"half of")
    assert shards.paintings(shard) == []


def test_people_may_be_shown_in_some_kinds_of_expression_only(shard: Path) -> None:
    kinds = set(shards.read(shard).kind[3:].tolist())
    (person,) = performers((shard.parent,), Part.TRAIN, frozenset(kinds))
    assert person.others.tolist() == [3, 4]
    with pytest.raises(ValueError, match="film more people"):
        performers((shard.parent,), Part.TRAIN, frozenset({"no such kind"}))
