import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.faces import Face
from backend.core.framing import SMALLEST_CROP, Crop, Framing

WIDTH, HEIGHT = 40, 30
edges = st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[1] - pair[0] >= SMALLEST_CROP)


@st.composite
def framings(draw: st.DrawFn) -> Framing:
    (left, right), (top, bottom) = draw(edges), draw(edges)
    return Framing(Crop(left, top, right, bottom), draw(st.booleans()))


def picture() -> np.ndarray:
    """Each pixel tells its place: (x, y, 0)."""
    place = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    place[..., 0], place[..., 1] = np.arange(WIDTH), np.arange(HEIGHT)[:, None]
    return place


@given(framings())
def test_a_landmark_found_in_the_framed_picture_marks_the_same_spot_of_the_whole(framing: Framing) -> None:
    framed = framing.framed(picture())
    y, x = framed.shape[0] // 2, framed.shape[1] // 2
    whole = framing.in_whole(Face(np.array([[x, y, 5]], np.float32), 1.0), WIDTH, HEIGHT)
    whole_x, whole_y, depth = whole.landmarks[0].astype(int)
    unmirrored = WIDTH - 1 - whole_x if framing.mirrored else whole_x
    assert tuple(framed[y, x, :2]) == (unmirrored, whole_y)
    assert depth == 5
    shown = framing.whole(picture())
    assert shown.shape == picture().shape
    np.testing.assert_array_equal(shown[whole_y, whole_x], framed[y, x])


@given(framings(), st.floats(0, 1), st.floats(0, 1))
def test_a_position_goes_into_the_framed_picture_and_back(framing: Framing, x: float, y: float) -> None:
    crop = framing.crop
    across, down = framing.position_in_framed(x, y)
    if framing.mirrored:
        across = 1 - across
    assert crop.left + across * (crop.right - crop.left) == pytest.approx(x)
    assert crop.top + down * (crop.bottom - crop.top) == pytest.approx(y)


def test_mirrored_twice_is_the_picture() -> None:
    mirror = Framing(mirrored=True)
    np.testing.assert_array_equal(mirror.framed(mirror.framed(picture())), picture())


@pytest.mark.parametrize(
    "numbers", [(0.5, 0, 0.5, 1), (0.6, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0, 1, float("nan"))]
)
def test_a_crop_of_nothing_cannot_be(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="crop"):
        Crop(*numbers)
