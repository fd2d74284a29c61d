"""Live frames as clients send them: each format, each colour space, and what is no picture. And stills."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from backend.adapters.still_picture import decode_still, encode_still
from backend.core.face_square import Box, whole_picture
from backend.errors import RequestInvalid

AMPLE = 10_000


@pytest.fixture(scope="module")
def picture():
    """A smooth (24, 40) slope, so that lossy formats keep it."""
    rows, columns = np.mgrid[0:24, 0:40]
    return np.stack([rows * 8, columns * 5, rows + columns], axis=-1).astype(np.uint8)


def encoded(picture, form, mode="RGB", **options):
    file = BytesIO()
    Image.fromarray(picture).convert(mode).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP"])
def test_each_format_comes_back_as_it_was(picture, form):
    found = decode_still(encoded(picture, form), AMPLE)
    assert found.shape == picture.shape
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - picture).mean() < (3 if form in ("JPEG", "WEBP") else 0.01)


@pytest.mark.parametrize("options", [{"quality": 85}, {"progressive": True}, {"subsampling": "4:4:4"}])
def test_a_jpeg_reads_as_pillow_reads_it(picture, options):
    jpeg = encoded(picture, "JPEG", **options)
    np.testing.assert_array_equal(decode_still(jpeg, AMPLE), np.asarray(Image.open(BytesIO(jpeg))))


def test_a_grey_jpeg_has_three_channels(picture):
    assert decode_still(encoded(picture, "JPEG", "L"), AMPLE).shape == picture.shape


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_beyond_the_limit_is_refused_by_its_header(picture, form):
    with pytest.raises(RequestInvalid, match="40 × 24"):
        decode_still(encoded(picture, form), 40 * 24 - 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_half_a_picture_is_none(picture, form, share):
    whole = encoded(picture, form)
    with pytest.raises(RequestInvalid, match="cannot be decoded"):
        decode_still(whole[: int(len(whole) * share)], AMPLE)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8" + b"a" * 500, b"GIF89a" + b"\0" * 50])
def test_what_is_no_picture_is_told(data):
    with pytest.raises(RequestInvalid):
        decode_still(data, AMPLE)


WHOLE = whole_picture((40, 24))


def shown(picture, box=WHOLE, longest_side=64):
    return decode_still(encode_still(picture, box, longest_side), AMPLE)


def test_a_still_shows_what_was_in_the_picture(picture):
    found = shown(picture)
    assert found.shape == picture.shape, "it is not made larger"
    assert np.abs(found.astype(int) - picture).mean() < 3


@pytest.mark.parametrize(("longest_side", "shape"), [(20, (12, 20, 3)), (10, (6, 10, 3)), (1, (1, 1, 3))])
def test_a_still_is_made_smaller_by_its_longer_side(picture, longest_side, shape):
    assert shown(picture, longest_side=longest_side).shape == shape


def test_a_part_is_cut_out_exactly(picture):
    left_half = shown(picture, Box(0, 0, 20, 24))
    assert left_half.shape == (24, 20, 3)
    assert np.abs(left_half.astype(int) - picture[:, :20]).mean() < 3


def test_edges_may_lie_within_pixels(picture):
    half_a_pixel_right = shown(picture, Box(10.5, 2, 30.5, 22)).astype(int)
    between = (picture[2:22, 10:30].astype(int) + picture[2:22, 11:31]) / 2
    assert np.abs(half_a_pixel_right - between).mean() < 2
