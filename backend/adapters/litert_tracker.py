"""Follows one face through a clip with the networks of face_landmarker.task on LiteRT.

The detector looks for faces only while none is followed. A followed face is cut out around its last
landmarks, turned upright and read by the landmark network, as MediaPipe's FaceLandmarker does in
VIDEO mode, its smoothing included, so that scores agree with it. Beyond MediaPipe: a small face in a
large picture is found by tiles; a reading that does not look like the followed face is not believed
but sought anew; and after a loss only a face like the lost one, near its place, is taken up again.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from ..core import face_regions
from ..core.curves import Floats
from ..core.face_choice import LastSeen, best_first, is_beside, is_long_gone, is_one_step
from ..core.face_regions import DETECTOR_SIZE, Region
from ..core.faces import LANDMARK_COUNT, Face
from ..core.formats.face_geometry import read_face_geometry
from ..core.landmark_smoothing import LandmarkSmoothing
from ..core.likeness import SAMPLED, Likeness, colours
from ..errors import ModelDamaged
from ..ports import FaceNetworks, Picture, Position

LANDMARK_INPUT = 256  # pixels, square input of the landmark network
MIN_DETECTION = 0.5  # MediaPipe's defaults
MIN_PRESENCE = 0.5

Network = Callable[[Floats], list[Floats]]


def load_networks(task: bytes, threads: int = 1) -> FaceNetworks:
    """The networks inside face_landmarker.task, each on so many threads. Raises ModelDamaged."""
    try:
        members = zipfile.ZipFile(io.BytesIO(task))
        return FaceNetworks(
            detector=partial(_detect, _network(members.read("face_detector.tflite"), threads)),
            landmarks=partial(_landmarks, _network(members.read("face_landmarks_detector.tflite"), threads)),
            blendshapes=partial(_blendshapes, _network(members.read("face_blendshapes.tflite"), threads)),
            geometry=read_face_geometry(members.read("geometry_pipeline_metadata_landmarks.binarypb")),
        )
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError) as err:
        raise ModelDamaged(
            f"{len(task)} bytes given as face_landmarker.task do not hold its networks: {err}",
            "Delete the model file so that it is fetched again.",
        ) from err


def _network(model: bytes, threads: int) -> Network:
    interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    taken = [output["index"] for output in interpreter.get_output_details()]

    def run(values: Floats) -> list[Floats]:
        interpreter.set_tensor(given, values[None])
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in taken]

    return run


def _detect(network: Network, picture: Picture) -> tuple[Floats, Floats]:
    boxes, logits = network(picture.astype(np.float32) / np.float32(127.5) - np.float32(1))
    return boxes[0], logits[0, :, 0]


def _landmarks(network: Network, picture: Picture) -> tuple[Floats, float]:
    points, presence, _ = network(np.multiply(picture, 1 / 255, dtype=np.float32))
    return points.reshape(LANDMARK_COUNT, 3) / np.float32(LANDMARK_INPUT), float(presence.item())


def _blendshapes(network: Network, points: Floats) -> Floats:
    return network(points)[0]


class LiteRtTracker:
    """A FaceTracker for one clip.

    position  (x, y) in fractions of the first picture: the face there is followed; None: the largest
    """

    def __init__(self, networks: FaceNetworks, position: Position | None = None) -> None:
        self._networks = networks
        self._position = position
        self._region: Region | None = None
        self._last_seen: LastSeen | None = None
        self._likeness = Likeness(networks.geometry)
        self._smoothing = LandmarkSmoothing()
        self._faces_seen = 0

    @property
    def faces_seen(self) -> int:
        """Most faces that the detector found at once; it rests while a face is followed."""
        return self._faces_seen

    def track(self, picture: Picture, seconds: float) -> Face | None:
        """The followed face in the next picture, taken at this time of the clip; None while it is lost."""
        reading = self._followed(picture) or self._found(picture, seconds)
        if reading is None:
            self._region = None
            return None
        self._region = reading.next_region
        self._last_seen = LastSeen(self._region, seconds)
        if not self._likeness.learn(reading.colours):
            self._meet_others(picture, reading.next_region)
        return Face(self._smoothing(reading.landmarks, seconds), reading.presence)

    def _followed(self, picture: Picture) -> "_Reading | None":
        if self._region is None:
            return None
        reading = self._read(picture, self._region, followed=True)
        if reading and is_one_step(reading.next_region, self._region):
            return reading
        return None

    def _found(self, picture: Picture, seconds: float) -> "_Reading | None":
        self._smoothing = LandmarkSmoothing()
        if is_long_gone(self._last_seen, seconds):
            self._likeness = Likeness(self._networks.geometry)
        height, width = picture.shape[:2]
        place = self._position and (self._position[0] * width, self._position[1] * height)
        for look in face_regions.looks(width, height):
            faces = self._detected(picture, look)
            self._faces_seen = max(self._faces_seen, len(faces))
            for region in best_first(faces, place, self._last_seen, seconds):
                if reading := self._read(picture, region, followed=False):
                    return reading
        return None

    def _meet_others(self, picture: Picture, own: Region) -> None:
        """Looks at the faces beside the followed one, so that none is taken for it when they cross."""
        height, width = picture.shape[:2]
        for region in self._detected(picture, next(face_regions.looks(width, height))):
            if is_beside(region, own) and (other := self._face_in(picture, region)):
                self._likeness.meet(other.colours)

    def _detected(self, picture: Picture, look: list[Region]) -> list[Region]:
        found = []
        for tile in look:
            boxes, logits = self._networks.detector(_cut_out(picture, tile, DETECTOR_SIZE))
            found += face_regions.decode(boxes, logits, tile, MIN_DETECTION)
        return [face_regions.region_of_detection(face) for face in face_regions.one_per_face(found)]

    def _read(self, picture: Picture, region: Region, followed: bool) -> "_Reading | None":
        """The face in a region; None when there is none, or not the one that was followed."""
        reading = self._face_in(picture, region)
        return reading if reading and self._likeness.is_same(reading.colours, followed) else None

    def _face_in(self, picture: Picture, region: Region) -> "_Reading | None":
        """Whoever is in a region."""
        height, width = picture.shape[:2]
        if not (0 <= region.x < width and 0 <= region.y < height):
            return None
        cut = _cut_out(picture, region, LANDMARK_INPUT, stretch_edges=True)
        points, logit = self._networks.landmarks(cut)
        presence = float(1 / (1 + np.exp(-logit)))
        if presence < MIN_PRESENCE:
            return None
        landmarks = face_regions.landmarks_in_picture(points, region)
        return _Reading(landmarks, presence, colours(cut, points[SAMPLED]))


@dataclass(frozen=True, eq=False)
class _Reading:
    """Landmarks (478, 3) in pixels, not smoothed; presence 0..1; colours (156, 3) at some of them."""

    landmarks: Floats
    presence: float
    colours: Floats

    @property
    def next_region(self) -> Region:
        return face_regions.region_of_landmarks(self.landmarks)


def _cut_out(picture: Picture, region: Region, size: int, stretch_edges: bool = False) -> Picture:
    """(size, size, 3): a region turned upright; beyond the picture black or its edges stretched."""
    part, corner = _part_around(picture, region, stretch_edges)
    square = region.to_picture()
    step = square[:, :2] / size
    # Pillow reads at the middle of an output pixel, MediaPipe at its corner.
    offset = square[:, 2] - corner + 0.5 - step.sum(axis=1) / 2
    cut = Image.fromarray(part).transform(
        (size, size),
        Image.Transform.AFFINE,
        (*step[0], offset[0], *step[1], offset[1]),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(cut)


def _part_around(picture: Picture, region: Region, stretch_edges: bool) -> tuple[Picture, NDArray[np.int64]]:
    """The part of a picture that a region needs, and the position of its top left pixel (x, y)."""
    size = np.array(picture.shape[1::-1])
    low, high = region.bounds()
    inner_low, inner_high = np.clip(low, 0, size), np.clip(high, 0, size)
    part = picture[inner_low[1] : inner_high[1], inner_low[0] : inner_high[0]]
    (left, top), (right, bottom) = inner_low - low, high - inner_high
    if not (stretch_edges and (left or top or right or bottom)):
        return np.ascontiguousarray(part), inner_low
    return np.pad(part, ((top, bottom), (left, right), (0, 0)), mode="edge"), low
