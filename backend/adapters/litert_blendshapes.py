"""The first predictor: MediaPipe's own blendshape network, the baseline that ours will be held against.

Its output is taken as it is. What it never or hardly ever moves was found on rendered heads with
known coefficients and in its users' reports; those channels get a low confidence instead of a
correction, so that an artist sees where to look twice.
"""

from collections.abc import Sequence

import numpy as np

from protos import arkit

from ..core.calibration import scores_calibrated
from ..core.curves import COEFFICIENT_COUNT, Floats
from ..core.faces import Face, Prediction
from ..ports import FaceNetworks, Picture

MODEL_ID = "mediapipe-baseline"
TITLE = "MediaPipe Face Landmarker (baseline)"
LICENCE = "Apache-2.0"
UNOBSERVED: tuple[str, ...] = ("tongueOut",)
_DEAD = (
    "jawForward", "jawLeft", "jawRight", "mouthClose", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
_WEAK = (
    "eyeWideLeft", "eyeWideRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft",
    "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthPressLeft", "mouthPressRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugUpper",
)  # fmt: skip
UNRELIABLE: tuple[str, ...] = _DEAD + _WEAK

# The landmarks that the network was trained on, in its order.
LANDMARKS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66,
    67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144,
    145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173,
    176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284,
    285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332,
    334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386,
    387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473,
    474, 475, 476, 477,
])  # fmt: skip

# Its 52 scores are "_neutral" and then the names it knows, in alphabetical order.
_PLACES = [arkit.INDEX[name] for name in sorted(arkit.COEFFICIENTS) if name not in UNOBSERVED]


def _confidence(channel: str) -> float:
    if channel in UNOBSERVED:
        return 0.0
    return 0.1 if channel in _DEAD else 0.3 if channel in _WEAK else 0.9


class MediaPipeBaseline:
    """An ExpressionPredictor; it states no spread."""

    def __init__(self, networks: FaceNetworks) -> None:
        self._networks = networks
        self._confidence = np.array([_confidence(name) for name in arkit.COEFFICIENTS], np.float32)
        self._observed = np.array([name not in UNOBSERVED for name in arkit.COEFFICIENTS])

    @property
    def model_id(self) -> str:
        return MODEL_ID

    @property
    def wants_rest(self) -> bool:
        return False  # what is at rest for one who frowns all the time is better named than guessed

    def scores(self, face: Face) -> Floats:
        """(52,) the network's scores for the face's landmarks; tongueOut is 0."""
        points = np.ascontiguousarray(face.landmarks[LANDMARKS, :2], np.float32)
        scores = np.zeros(COEFFICIENT_COUNT, np.float32)
        scores[_PLACES] = self._networks.blendshapes(points)[1:]
        return scores

    def describe(self, faces: Sequence[Face], pictures: Sequence[Picture]) -> Floats:  # noqa: ARG002
        """(N, 52) their scores; of pictures it needs no more than the landmarks."""
        return np.stack([self.scores(face) for face in faces])

    def steadied(self, descriptions: Floats, around: int) -> Floats:  # noqa: ARG002
        """As they are: the tracker has calmed the landmarks that they were made from."""
        return descriptions

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        """The scores as they are, or relative to those at rest; tongueOut is not observed."""
        means = descriptions if rest is None else scores_calibrated(descriptions, rest)
        return [Prediction(mean, np.zeros_like(mean), self._confidence, self._observed) for mean in means]
