"""What a performer's face reads at rest, and curves relative to it: nobody's resting face reads zero.

Coefficients are made relative by the predictor, which alone knows what its rest means. One that has
nothing but scores subtracts them here: rest becomes 0 and 1 stays 1, v − n·((1−v)/(1−n))ᵖ. With p = 1 that
is the usual (v − n)/(1 − n). Eyelids take p = 3: their range is moved at the open end only, since
subtracting anything from a blink leaves the eye ajar. Gaze is relative to each eye's own rest (a squint or
a camera beside the eyeline is no expression). The head is left alone: where it rests is a matter of
the scene, and the add-on makes it relative there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from protos import arkit

from .curves import ExpressionCurves, Floats

FORMAT_VERSION = 2
HIGHEST_REST = 0.75  # a channel that reads more at rest is misread; a higher rest would blow up its noise
GAZE = tuple(c for c in arkit.POSE if not c.startswith("head"))

EYELID_STEMS = ("eyeBlink", "eyeWide", "eyeSquint")
_POWER = np.array([3.0 if c.startswith(EYELID_STEMS) else 1.0 for c in arkit.COEFFICIENTS])
_GAZE = [arkit.INDEX[c] for c in GAZE]


@dataclass(frozen=True, eq=False)
class Calibration:
    """One performer as one model reads them.

    rest      (D,) float32, the face at rest as the model describes it
    gaze      (6,) float32, radians, in the order of GAZE: where the eyes rest; 0 where nothing was observed
    model_id  the model that described it; to another the same numbers mean nothing

    Raises ValueError where a number is not finite or gaze has another shape.
    """

    rest: Floats
    gaze: Floats
    model_id: str

    def __post_init__(self) -> None:
        if self.gaze.shape != (len(GAZE),) or not np.all(np.isfinite(self.gaze)):
            raise ValueError(f"a calibration needs {len(GAZE)} finite angles")
        if self.rest.ndim != 1 or not self.rest.size or not np.all(np.isfinite(self.rest)):
            raise ValueError("a calibration needs finite numbers that describe the face at rest")

    def to_json(self) -> dict[str, object]:
        """Plain values, for storing."""
        gaze = dict(zip(GAZE, self.gaze.tolist(), strict=True))
        return {"version": FORMAT_VERSION, "model": self.model_id, "gaze": gaze, "rest": self.rest.tolist()}

    @staticmethod
    def from_json(stored: Mapping[str, object]) -> "Calibration":
        """The inverse of to_json; an angle not stored rests at 0. Raises ValueError."""
        if stored.get("version") != FORMAT_VERSION:
            raise ValueError(f"calibration has version {stored.get('version')!r}, expected {FORMAT_VERSION}")
        model, gaze, rest = stored.get("model"), stored.get("gaze"), stored.get("rest")
        if not (isinstance(model, str) and isinstance(gaze, Mapping) and isinstance(rest, list)):
            raise ValueError("calibration lacks 'model', 'gaze' or 'rest'")
        angles = [_number(gaze.get(name, 0.0), name) for name in GAZE]
        numbers = [_number(value, "rest") for value in rest]
        return Calibration(np.array(numbers, np.float32), np.array(angles, np.float32), model)


def calibration_from(descriptions: Floats, at_rest: ExpressionCurves, model_id: str) -> Calibration:
    """The median of descriptions (N, D) and of the observed gaze in the same N frames, number by number,
    so that one blink among them does no harm.

    Raises ValueError when there are none.
    """
    if not len(descriptions):
        raise ValueError("no face in the frames chosen as neutral")
    gaze = [
        np.median(values[seen]) if seen.any() else 0.0
        for values, seen in zip(at_rest.values[:, _GAZE].T, at_rest.observed[:, _GAZE].T, strict=True)
    ]
    rest = np.median(descriptions, axis=0).astype(np.float32)
    return Calibration(rest, np.array(gaze, np.float32), model_id)


def gaze_calibrated(curves: ExpressionCurves, calibration: Calibration) -> ExpressionCurves:
    """Observed gaze relative to where the performer's eyes rest."""
    values = curves.values.copy()
    values[:, _GAZE] -= np.where(curves.observed[:, _GAZE], calibration.gaze, np.float32(0))
    return curves.with_values(values)


def scores_calibrated(scores: Floats, rest: Floats) -> Floats:
    """Coefficients (…, 52) relative to those of the face at rest (52,); see the module."""
    v, n = np.asarray(scores, np.float64), np.clip(rest, 0.0, HIGHEST_REST)
    room = np.clip((1.0 - v) / (1.0 - n), 0.0, None) ** _POWER
    return np.asarray(np.maximum(v - n * room, np.minimum(v, 0.0)), np.float32)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"calibration has {value!r} for {name}, expected a number")
    return float(value)
