"""The teacher on clips: every frame has a row, each row says how good it is, nothing half-written."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as sample_images

from backend.adapters.litert_tracker import load_networks
from backend.errors import ClipError
from backend.ports import Frame
from protos import arkit
from training.pseudo_labels import labelled, load, save, sharpness

PORTRAIT = sample_images.astronaut()
BLANK = np.full_like(PORTRAIT, 90)
BLURRED = np.asarray(Image.fromarray(PORTRAIT).filter(ImageFilter.GaussianBlur(5)))


class Pictures:
    """A clip of given pictures, 30 a second; it breaks off after them when told to."""

    def __init__(self, *pictures, broken=False):
        self.pictures, self.broken = pictures, broken

    def frames(self, start=0.0, end=None, cancelled=None):
        for i, picture in enumerate(self.pictures):
            yield Frame(i / 30, picture)
        if self.broken:
            raise ClipError("it ends in the middle of a picture")


@pytest.fixture(scope="module")
def networks(landmarker_task):
    return load_networks(landmarker_task)


@pytest.fixture(scope="module")
def labels(networks):
    return labelled(Pictures(PORTRAIT, PORTRAIT, BLANK, PORTRAIT), networks)


def test_every_frame_has_a_row_and_a_lost_face_says_so(labels):
    assert labels.found.tolist() == [True, True, False, True]
    assert labels.scores.shape == (4, 52)
    assert labels.landmarks.shape == (4, 478, 3)
    np.testing.assert_array_equal(labels.good, labels.found)
    np.testing.assert_allclose(labels.times, np.arange(4) / 30)


def test_scores_stand_in_the_order_of_the_contract(labels):
    smile = labels.scores[0, arkit.INDEX["mouthSmileLeft"]]
    assert smile > 0.7
    assert labels.scores[0, arkit.INDEX["tongueOut"]] == 0


def test_a_blurred_face_is_marked(labels, networks):
    blurred = labelled(Pictures(BLURRED), networks)
    assert blurred.found.all()
    assert not blurred.good.any()
    assert blurred.sharpness[0] < labels.sharpness[0] / 10


def test_a_clip_without_pictures_gives_no_rows(networks):
    empty = labelled(Pictures(), networks)
    assert empty.scores.shape == (0, 52)
    assert empty.good.shape == (0,)


def test_a_broken_clip_is_no_clip(networks):
    with pytest.raises(ClipError):
        labelled(Pictures(PORTRAIT, broken=True), networks)


def test_what_was_saved_comes_back(labels, tmp_path):
    save(labels, tmp_path / "new" / "clip.npz")
    back = load(tmp_path / "new" / "clip.npz")
    for name in labels.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(back, name), getattr(labels, name))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["clip.npz"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_a_file_that_was_cut_off_is_refused(labels, tmp_path, share):
    path = tmp_path / "clip.npz"
    save(labels, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="no pseudo-labels"):
        load(path)


def test_a_flat_face_has_no_sharpness():
    assert sharpness(BLANK, np.array([[10, 10, 0], [100, 100, 0]], np.float32)) == 0
