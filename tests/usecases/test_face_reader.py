"""Pictures are steadied by those around them, however many are handed over at once."""

from collections.abc import Iterator

import numpy as np
import pytest

from backend.core.framing import Framing
from backend.errors import ClipUnreadable
from backend.ports import Frame
from backend.usecases.face_reader import AROUND, TOGETHER, FaceReader
from tests.usecases.fakes import FakePredictor, FakeWork, picture

WITHOUT_FACE = 7
VALUES = 60 + np.arange(40) + 80 * (np.arange(40) == 12)


def frames(count: int) -> list[Frame]:
    """A value that rises, with a jump of one picture, and a picture without a face."""
    return [
        Frame(number / 30, picture(VALUES[number] / 255, face=number != WITHOUT_FACE))
        for number in range(count)
    ]


def reader(steadies: bool) -> FaceReader:
    return FaceReader(FakeWork(predictor=FakePredictor(steadies=steadies)).tools(), Framing())


def values(rows) -> np.ndarray:
    return np.array([np.nan if row is None else row.values[0] for _, row in rows])


@pytest.mark.parametrize("count", [0, 1, TOGETHER - 1, TOGETHER, TOGETHER + AROUND, 3 * TOGETHER + 1])
def test_every_picture_comes_out_once_and_in_its_order(count: int) -> None:
    read = list(reader(steadies=True).read(frames(count)))
    assert [seconds for seconds, _ in read] == [number / 30 for number in range(count)]
    assert [number for number, (_, row) in enumerate(read) if row is None] == [WITHOUT_FACE][: count > 7]


def test_where_batches_end_cannot_be_seen() -> None:
    read = values(reader(steadies=True).read(frames(40)[WITHOUT_FACE + 1 :]))
    faces = VALUES[WITHOUT_FACE + 1 : 40]
    expected = [np.median(faces[max(row - AROUND, 0) : row + AROUND + 1]) for row in range(len(faces))]
    np.testing.assert_allclose(read * 255, expected, atol=1e-3)


def test_a_live_picture_waits_for_no_other_but_remembers_those_before_it() -> None:
    live = reader(steadies=True)
    read = np.concatenate([values(live.read([frame])) for frame in frames(30)])
    plain = values(reader(steadies=False).read(frames(30)))
    assert read[0] == plain[0]
    assert plain[12] - plain[11] > 0.3
    assert read[12] - read[11] < 0.05


def test_a_predictor_that_steadies_nothing_is_read_as_it_is() -> None:
    read = values(reader(steadies=False).read(frames(30))) * 255
    np.testing.assert_allclose(np.delete(read, WITHOUT_FACE), np.delete(VALUES[:30], WITHOUT_FACE), atol=1e-3)


def test_a_clip_that_breaks_off_gives_all_that_it_had() -> None:
    def broken() -> Iterator[Frame]:
        yield from frames(TOGETHER + 2)
        raise ClipUnreadable("broken off")

    read = []
    with pytest.raises(ClipUnreadable):
        read.extend(reader(steadies=True).read(broken()))
    assert len(read) == TOGETHER + 2
