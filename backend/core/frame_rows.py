"""One frame of curves from one tracked face: 61 values, each with how far it can be trusted.

Nothing is filled in here. What the picture cannot show is marked not observed: gaze behind a closed
lid, the roll of an eyeball, a channel that the predictor does not know.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import CHANNEL_COUNT, COEFFICIENT_COUNT, Floats
from .faces import Face, HeadPose, Prediction, angles_from_rotation
from .gaze import eye_angles
from .head_pose import FaceGeometry, pose_and_shape

BLINKING = 0.5  # eyeBlink above which an eye's gaze cannot be seen
_GAZE_CONFIDENCE = 0.8  # of an open eye seen from the front: landmarks of irises are a pixel or two off
_CHEEK_ANGLE = np.radians(30)  # how far a side of the face looks outwards
_WELL_SEEN, _HIDDEN = 0.8, 0.2  # cosines of the angle between a side of the face and the camera


@dataclass(frozen=True, eq=False)
class FrameRow:
    """One row of ExpressionCurves.

    values         (61,) float32, coefficients 0..1, then angles in radians
    confidence     (61,) float32, 0..1; 0 where not observed
    observed       (61,) bool
    spread         (61,) float32, standard deviation; 0 where none is stated
    head_location  (3,) float32, metres in the camera's frame
    """

    values: Floats
    confidence: Floats
    observed: NDArray[np.bool_]
    spread: Floats
    head_location: Floats


def frame_row(
    face: Face, prediction: Prediction, picture_size: tuple[int, int], geometry: FaceGeometry
) -> FrameRow:
    """The row for a face in a (width, height) picture.

    Confidence is the predictor's, times the tracker's belief in the face, times how well each side
    of the face is seen: it starts to fall at a turn of about 37° and is nothing in profile.
    """
    pose, shape = pose_and_shape(face.landmarks, picture_size, geometry)
    left_eye, right_eye = eye_angles(shape)
    angles = (*angles_from_rotation(pose.rotation), *left_eye, 0.0, *right_eye, 0.0)
    values = np.concatenate([prediction.mean, np.array(angles, np.float32)]).astype(np.float32)
    observed = _observed(values, prediction)
    confidence = _own_confidence(prediction) * face.presence * _visibility(pose)
    return FrameRow(
        values=values,
        confidence=np.where(observed, np.clip(confidence, 0, 1), 0).astype(np.float32),
        observed=observed,
        spread=np.pad(prediction.spread, (0, CHANNEL_COUNT - COEFFICIENT_COUNT)).astype(np.float32),
        head_location=pose.location,
    )


def _observed(values: Floats, prediction: Prediction) -> NDArray[np.bool_]:
    observed = np.ones(CHANNEL_COUNT, np.bool_)
    observed[:COEFFICIENT_COUNT] = prediction.observed
    for blink, gaze in _GAZE_BEHIND_LID.items():
        observed[gaze] &= values[blink] <= BLINKING
    observed[_EYE_ROLLS] = False
    return observed


def _own_confidence(prediction: Prediction) -> Floats:
    confidence = np.ones(CHANNEL_COUNT, np.float32)
    confidence[:COEFFICIENT_COUNT] = prediction.confidence
    confidence[_EYE_ANGLES] = _GAZE_CONFIDENCE
    return confidence


def _visibility(pose: HeadPose) -> Floats:
    """(61,) 0..1, how well the camera sees the part of the face that each channel moves."""
    to_camera = -pose.location / np.linalg.norm(pose.location)
    x, _, z = pose.rotation.T @ to_camera
    facing = np.cos(_CHEEK_ANGLE * _SIDE) * z + np.sin(_CHEEK_ANGLE * _SIDE) * x
    seen = (facing - _HIDDEN) / (_WELL_SEEN - _HIDDEN)
    return np.asarray(np.clip(seen, 0, 1), np.float32)


def _side(channel: str) -> int:
    """1 for a channel of the performer's left half, −1 of the right, 0 of the middle."""
    stem = channel.removesuffix("Left").removesuffix("Right")
    if stem in arkit.PAIR_STEMS:
        return 1 if channel.endswith("Left") else -1
    return 1 if channel.startswith("leftEye") else -1 if channel.startswith("rightEye") else 0


def _gaze_channels(side: str) -> list[int]:
    looks = [f"eyeLook{way}{side}" for way in ("Down", "In", "Out", "Up")]
    angles = [f"{side.lower()}Eye{axis}" for axis in ("Yaw", "Pitch")]
    return [arkit.INDEX[name] for name in looks + angles]


_SIDE = np.array([_side(name) for name in arkit.CHANNELS])
_GAZE_BEHIND_LID = {arkit.INDEX[f"eyeBlink{side}"]: _gaze_channels(side) for side in ("Left", "Right")}
_EYE_ANGLES = [i for i, name in enumerate(arkit.CHANNELS) if name.startswith(("leftEye", "rightEye"))]
_EYE_ROLLS = [arkit.INDEX["leftEyeRoll"], arkit.INDEX["rightEyeRoll"]]
