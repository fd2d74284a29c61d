from dataclasses import dataclass, field

import av
import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_images

from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.core.face_choice import LONG_GONE
from backend.core.face_regions import DETECTOR_SIZE, anchors
from backend.core.head_pose import FaceGeometry
from backend.errors import ModelDamaged
from backend.ports import FaceNetworks

RED, GREEN = (200, 20, 20), (20, 200, 20)
# Where in a painted square each landmark lies: corners, eye corners, and the rest anywhere.
PLACES = np.random.default_rng(3).uniform(0, 1, (478, 2))
PLACES[[0, 1, 33, 263]] = [[0, 0], [1, 1], [0.2, 0.4], [0.8, 0.4]]


@dataclass
class PaintedFaces:
    """Networks that take painted squares for faces and remember how often they were asked.

    Like the real detector it misses what is less than a tenth of what it is shown.
    """

    detector_runs: int = 0
    sizes_read: list[float] = field(default_factory=list)

    def detector(self, picture):
        self.detector_runs += 1
        boxes, logits = np.zeros((896, 16), np.float32), np.full(896, -9, np.float32)
        for colour in ((1, 0, 0), (0, 1, 0)):
            ys, xs = np.nonzero((picture > 100) @ np.array([1, 2, 4]) == np.dot(colour, [1, 2, 4]))
            if len(xs) == 0 or np.ptp(xs) < DETECTOR_SIZE / 10:
                continue
            x, y, w, h = xs.mean(), ys.mean(), np.ptp(xs), np.ptp(ys)
            anchor = int(np.argmin(np.abs(anchors() * DETECTOR_SIZE - [x, y]).sum(axis=1)))
            offset = np.array([x, y]) - anchors()[anchor] * DETECTOR_SIZE
            boxes[anchor, :4] = (*offset, w, h)
            boxes[anchor, 4:8] = np.tile(offset, 2) + np.array([-w / 4, 0, w / 4, 0])
            logits[anchor] = 9
        return boxes, logits

    def landmarks(self, picture):
        size = len(picture)
        middle = picture[size // 2, size // 2]
        same = (picture > 100) @ np.array([1, 2, 4]) == (middle > 100) @ np.array([1, 2, 4])
        if middle.max() <= 100:
            return np.zeros((478, 3), np.float32), -9.0
        ys, xs = np.nonzero(same)
        self.sizes_read.append(np.ptp(xs) / size)
        low, high = np.min([xs, ys], axis=1) / size, np.max([xs, ys], axis=1) / size
        points = np.zeros((478, 3), np.float32)
        points[:, :2] = low + PLACES * (high - low)
        return points, 9.0

    def networks(self):
        geometry = FaceGeometry(np.column_stack([14 * PLACES[:468] - 7, np.zeros(468)]), np.ones(468))
        return FaceNetworks(self.detector, self.landmarks, lambda points: np.zeros(52), geometry)


def painted(*faces, width=640, height=480):
    """A black picture with squares: (x, y, size, colour), each colour with a pattern of its own."""
    picture = Image.new("RGB", (width, height))
    for x, y, size, colour in faces:
        pattern = np.random.default_rng(colour).integers(0, 55, (8, 8, 1)) + np.zeros(3)
        square = Image.fromarray((np.array(colour) + pattern).astype(np.uint8))
        picture.paste(square.resize((size, size)), (x - size // 2, y - size // 2))
    return np.asarray(picture)


def centre(face):
    return face.landmarks[:2, :2].mean(axis=0)


def test_the_detector_rests_while_a_face_is_followed():
    world = PaintedFaces()
    tracker = LiteRtTracker(world.networks())
    for i in range(20):
        face = tracker.track(painted((200 + 6 * i, 240, 120, RED)), i / 30)
        np.testing.assert_allclose(centre(face), [200 + 6 * i, 240], atol=6)
    assert world.detector_runs == 1


def test_a_followed_face_fills_two_thirds_of_what_the_network_sees():
    world = PaintedFaces()
    tracker = LiteRtTracker(world.networks())
    for i in range(5):
        tracker.track(painted((300, 240, 100 + 8 * i, RED)), i / 30)
    assert world.sizes_read[-1] == pytest.approx(1 / 1.5, abs=0.08)


def test_the_largest_face_is_taken_and_all_are_counted():
    tracker = LiteRtTracker(PaintedFaces().networks())
    face = tracker.track(painted((150, 200, 80, RED), (450, 250, 150, GREEN)), 0.0)
    np.testing.assert_allclose(centre(face), [450, 250], atol=4)
    assert tracker.faces_seen == 2


def test_the_named_face_is_taken():
    tracker = LiteRtTracker(PaintedFaces().networks(), position=(0.25, 0.4))
    face = tracker.track(painted((150, 200, 80, RED), (450, 250, 150, GREEN)), 0.0)
    np.testing.assert_allclose(centre(face), [150, 200], atol=4)


def test_no_face_is_none_and_not_an_error():
    assert LiteRtTracker(PaintedFaces().networks()).track(painted(), 0.0) is None


def test_a_lost_face_is_taken_up_again_where_it_was():
    tracker = LiteRtTracker(PaintedFaces().networks())
    tracker.track(painted((300, 240, 120, RED)), 0.0)
    assert tracker.track(painted(), 0.1) is None
    assert tracker.track(painted((320, 240, 120, RED)), 0.2) is not None


def test_after_a_loss_another_face_is_not_taken_for_it_until_it_is_long_gone():
    tracker = LiteRtTracker(PaintedFaces().networks())
    both = painted((150, 200, 150, RED), (480, 250, 130, GREEN))
    only_green = painted((480, 250, 130, GREEN))
    tracker.track(both, 0.0)
    assert tracker.track(only_green, 0.1) is None
    np.testing.assert_allclose(centre(tracker.track(both, 0.5)), [150, 200], atol=4)
    assert tracker.track(only_green, 0.6) is None
    assert tracker.track(only_green, 0.6 + LONG_GONE) is not None


def test_a_face_in_front_is_not_taken_for_the_one_behind_it():
    tracker = LiteRtTracker(PaintedFaces().networks())
    where = []
    for i in range(11):
        behind, front = (320, 240, 120, RED), (50 + 60 * i, 240, 130, GREEN)
        face = tracker.track(painted(behind, front), i / 30)
        where.append(face and round(float(centre(face)[0])))
    assert None in where  # hidden for a while
    assert where[-1] == pytest.approx(320, abs=4)


def test_a_face_that_jumps_is_another_face():
    tracker = LiteRtTracker(PaintedFaces().networks())
    tracker.track(painted((200, 240, 100, RED)), 0.0)
    assert tracker.track(painted((280, 240, 30, GREEN)), 0.03) is None


@pytest.mark.parametrize(("width", "height"), [(720, 1080), (1080, 720), (1000, 1000)])
def test_a_small_face_is_found_by_tiles(width, height):
    tracker = LiteRtTracker(PaintedFaces().networks())
    face = tracker.track(painted((330, 110, 80, RED), width=width, height=height), 0.0)
    np.testing.assert_allclose(centre(face), [330, 110], atol=4)


@pytest.mark.parametrize("corner", [(10, 10), (630, 470), (10, 470)])
def test_a_face_half_out_of_the_picture_is_no_error(corner):
    tracker = LiteRtTracker(PaintedFaces().networks())
    for i in range(4):
        tracker.track(painted((*corner, 160, RED)), i / 30)


def test_a_file_that_holds_no_networks_is_damaged():
    with pytest.raises(ModelDamaged, match="do not hold"):
        load_networks(b"PK, but not a zip")


@pytest.fixture(scope="module")
def networks(landmarker_task):
    return load_networks(landmarker_task, threads=2)


def test_a_portrait_is_found_with_its_eyes_and_mouth_in_place(networks):
    face = LiteRtTracker(networks).track(sample_images.astronaut(), 0.0)
    assert face.presence > 0.9
    right_iris, left_iris, mouth = face.landmarks[[468, 473, 13], :2]
    np.testing.assert_allclose(right_iris, [203, 101], atol=3)
    np.testing.assert_allclose(left_iris, [246, 103], atol=3)
    np.testing.assert_allclose(mouth, [223, 144], atol=3)


@pytest.mark.parametrize("degrees", [-40, 30])
def test_a_tilted_portrait_is_read_tilted(networks, degrees):
    tilted = Image.fromarray(sample_images.astronaut()).rotate(degrees, center=(227, 128))
    face = LiteRtTracker(networks).track(np.asarray(tilted), 0.0)
    right, left = face.landmarks[[468, 473], :2]
    assert np.degrees(np.arctan2(*(left - right)[::-1])) == pytest.approx(3 - degrees, abs=3)


def test_noise_is_no_face(networks):
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    assert LiteRtTracker(networks).track(noise, 0.0) is None


def pictures(path, count):
    with av.open(str(path)) as clip:
        for frame, _ in zip(clip.decode(video=0), range(count), strict=False):
            yield frame.to_ndarray(format="rgb24"), frame.time


def test_a_small_face_in_a_tall_clip_is_followed(networks, shared_data):
    tracker = LiteRtTracker(networks)
    faces = [tracker.track(*frame) for frame in pictures(shared_data / "media/source_s13.mp4", 12)]
    assert all(faces)
    assert all(300 < centre(face)[0] < 420 and 60 < centre(face)[1] < 170 for face in faces)


@pytest.mark.parametrize("place", [(364, 311), (583, 385), (744, 373), (264, 126), (480, 273)])
def test_each_of_five_people_can_be_named(networks, shared_data, place):
    group = np.asarray(Image.open(shared_data / "media/multi_face.jpg").convert("RGB"))
    height, width = group.shape[:2]
    position = (place[0] / width, place[1] / height)
    face = LiteRtTracker(networks, position).track(group, 0.0)
    assert np.hypot(*(face.landmarks[1, :2] - place)) < 50


PEOPLE = [(364, 311), (583, 385), (744, 373), (264, 126), (480, 273)]  # their noses in multi_face.jpg
SIDE = 220  # pixels of a cut-out head


@pytest.fixture(scope="module")
def heads(networks, shared_data):
    """Five people's heads (SIDE, SIDE, 4), all as large, with a soft oval edge."""
    group = Image.open(shared_data / "media/multi_face.jpg").convert("RGB")
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    oval = np.clip(3 - 2 * (x**2 / 0.74**2 + y**2 / 0.92**2), 0, 1)
    cut = []
    for place in PEOPLE:
        position = (place[0] / group.width, place[1] / group.height)
        points = LiteRtTracker(networks, position).track(np.asarray(group), 0.0).landmarks[:, :2]
        middle, size = (points.min(axis=0) + points.max(axis=0)) / 2, 0.75 * np.ptp(points, axis=0).max()
        box = (*(middle - size), *(middle + size))
        head = np.asarray(group.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box))
        cut.append(np.dstack([head, (255 * oval).astype(np.uint8)]))
    return cut


def crossing(behind, front, count=60):
    """Pictures in which two heads pass each other, and where the middles of both are."""
    for i in range(count):
        picture = Image.new("RGB", (640, 360), (110, 120, 100))
        places = (150 + 340 * i / (count - 1), 490 - 340 * i / (count - 1))
        for head, place in zip((behind, front), places, strict=True):
            cut = Image.fromarray(head, "RGBA")
            picture.paste(cut, (int(place) - SIDE // 2, 180 - SIDE // 2), cut)
        yield np.asarray(picture), places


@pytest.mark.parametrize(("behind", "front"), [(0, 1), (1, 2), (1, 4), (2, 0), (3, 1)])
def test_two_real_faces_that_cross_are_not_exchanged(networks, heads, behind, front):
    tracker = LiteRtTracker(networks, (150 / 640, 0.5))
    for i, (picture, (own, other)) in enumerate(crossing(heads[behind], heads[front])):
        face = tracker.track(picture, i / 30)
        if face is not None and abs(own - other) > 60:
            assert abs(face.landmarks[1, 0] - own) < abs(face.landmarks[1, 0] - other), i
    assert face is not None
