"""What a performer's face reads at rest, and curves relative to it: nobody's resting face reads zero.

Coefficients: rest becomes 0 and 1 stays 1, v − n·((1−v)/(1−n))ᵖ. With p = 1 that is the usual
(v − n)/(1 − n). Eyelids take p = 3: their range is moved at the open end only, since subtracting
anything from a blink leaves the eye ajar. Gaze is relative to each eye's own rest (a squint or a
camera beside the eyeline is no expression). The head is left alone: where it rests is a matter of
the scene, and the add-on makes it relative there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import CHANNEL_COUNT, COEFFICIENT_COUNT, ExpressionCurves, Floats

FORMAT_VERSION = 1
HIGHEST_REST = 0.75  # a channel that reads more at rest is misread; a higher rest would blow up its noise

EYELID_STEMS = ("eyeBlink", "eyeWide", "eyeSquint")
_POWER = np.array([3.0 if c.startswith(EYELID_STEMS) else 1.0 for c in arkit.COEFFICIENTS])
_GAZE = np.array([c in arkit.POSE and not c.startswith("head") for c in arkit.CHANNELS])


@dataclass(frozen=True, eq=False)
class Calibration:
    """One performer as one model reads them.

    rest      (61,) float32: coefficients, then angles in radians; 0 where nothing was observed
    model_id  the model that read it; another reads the same face differently

    Raises ValueError when rest is not 61 finite numbers.
    """

    rest: Floats
    model_id: str

    def __post_init__(self) -> None:
        if self.rest.shape != (CHANNEL_COUNT,) or not np.all(np.isfinite(self.rest)):
            raise ValueError(f"a calibration needs {CHANNEL_COUNT} finite numbers")

    def to_json(self) -> dict[str, object]:
        """Plain values by channel name, for storing."""
        rest = {name: float(value) for name, value in zip(arkit.CHANNELS, self.rest, strict=True)}
        return {"version": FORMAT_VERSION, "model": self.model_id, "rest": rest}

    @staticmethod
    def from_json(stored: Mapping[str, object]) -> "Calibration":
        """The inverse of to_json; a channel not stored rests at 0. Raises ValueError."""
        if stored.get("version") != FORMAT_VERSION:
            raise ValueError(f"calibration has version {stored.get('version')!r}, expected {FORMAT_VERSION}")
        model, rest = stored.get("model"), stored.get("rest")
        if not isinstance(model, str) or not isinstance(rest, Mapping):
            raise ValueError("calibration lacks 'model' or 'rest'")
        numbers = [_number(rest.get(name, 0.0), name) for name in arkit.CHANNELS]
        return Calibration(rest=np.array(numbers, np.float32), model_id=model)


def calibration_from(at_rest: ExpressionCurves, model_id: str) -> Calibration:
    """The median of the observed rows, channel by channel, so that one blink among them does no harm.

    Raises ValueError when no row was observed.
    """
    if not at_rest.observed.any():
        raise ValueError("no face in the frames chosen as neutral")
    rest = [
        np.median(values[seen]) if seen.any() else 0.0
        for values, seen in zip(at_rest.values.T, at_rest.observed.T, strict=True)
    ]
    return Calibration(np.array(rest, np.float32), model_id)


def calibrated(curves: ExpressionCurves, calibration: Calibration) -> ExpressionCurves:
    """Observed values relative to the performer's rest; see the module."""
    values = curves.values.astype(np.float64)
    relative = values.copy()
    relative[:, :COEFFICIENT_COUNT] = _coefficients(
        values[:, :COEFFICIENT_COUNT], calibration.rest[:COEFFICIENT_COUNT]
    )
    relative[:, _GAZE] -= calibration.rest[_GAZE]
    return curves.with_values(np.where(curves.observed, relative, curves.values).astype(np.float32))


def _coefficients(values: NDArray[np.float64], rest: Floats) -> NDArray[np.float64]:
    n = np.clip(rest, 0.0, HIGHEST_REST)
    room = np.clip((1.0 - values) / (1.0 - n), 0.0, None) ** _POWER
    return np.asarray(np.maximum(values - n * room, np.minimum(values, 0.0)))


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"calibration has {value!r} for {name}, expected a number")
    return float(value)
