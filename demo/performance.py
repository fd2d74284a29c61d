"""A performance whose coefficients are known: what the demo renders and then asks the backend to read.

Each action has the floor for itself, so that an error can be laid at one channel's door.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backend.core.curves import ExpressionCurves, curves_from_values
from protos import arkit

RATE = 30.0  # pictures a second

# How far the CC0 head's eyes turn at coefficient 1, radians (measured on its eyeballs).
EYE_IN, EYE_OUT, EYE_UP, EYE_DOWN = 0.260, 0.250, 0.424, 0.193


@dataclass(frozen=True)
class Action:
    """Something the head does from `start` for `seconds`: channels and their peak.

    tell    the channel that must show it, with the sign of its peak
    rival   the channel it must not be mistaken for: the other side; '' when there is none
    """

    name: str
    start: float
    seconds: float
    peaks: Mapping[str, float] = field(hash=False)
    tell: str
    rival: str = ""

    @property
    def end(self) -> float:
        """Seconds."""
        return self.start + self.seconds


ACTIONS: tuple[Action, ...] = (
    Action("left wink", 0.5, 0.6, {"eyeBlinkLeft": 1.0}, "eyeBlinkLeft", "eyeBlinkRight"),
    Action("blink", 1.2, 0.4, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, "eyeBlinkRight"),
    Action("jaw open", 1.7, 0.8, {"jawOpen": 0.8}, "jawOpen"),
    Action("smile right", 2.6, 0.7, {"mouthSmileRight": 0.9}, "mouthSmileRight", "mouthSmileLeft"),
    Action("jaw left", 3.4, 0.6, {"jawLeft": 1.0}, "jawLeft", "jawRight"),
    Action(
        "brows up", 4.1, 0.6,
        {"browInnerUp": 0.9, "browOuterUpLeft": 0.9, "browOuterUpRight": 0.9}, "browOuterUpLeft",
    ),
    Action(
        "look left", 4.7, 0.5,
        {"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9}, "eyeLookOutLeft", "eyeLookInLeft",
    ),
    Action(
        "look up", 5.2, 0.7,
        {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0, "eyeWideLeft": 0.6, "eyeWideRight": 0.6},
        "eyeLookUpLeft", "eyeLookDownLeft",
    ),
    Action("yaw left", 5.9, 0.5, {"headYaw": -0.40}, "headYaw"),
    Action("pitch down", 6.4, 0.4, {"headPitch": 0.22}, "headPitch"),
    Action("roll right", 6.8, 0.4, {"headRoll": 0.25}, "headRoll"),
)  # fmt: skip

SPEECH = (7.2, 8.0)  # seconds, from and to
SECONDS = 8.0


def performance(seconds: float = SECONDS, rate: float = RATE) -> ExpressionCurves:
    """The first `seconds` of the performance at `rate`: fully observed, eye angles in step with eyeLook."""
    times = np.arange(round(seconds * rate)) / rate
    values = np.zeros((len(times), len(arkit.CHANNELS)), np.float32)
    for action in ACTIONS:
        for channel, peak in action.peaks.items():
            values[:, arkit.INDEX[channel]] += peak * _swell(times, action.start, action.end)
    _speak(times, values)
    _turn_eyes(values)
    return curves_from_values(values, rate)


def _swell(times: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """0 outside start..end, 1 in the middle third, smooth between."""
    x = np.clip(np.minimum(times - start, end - times) / ((end - start) / 3), 0, 1)
    return x * x * (3 - 2 * x)


def _speak(times: NDArray[np.float64], values: NDArray[np.float32]) -> None:
    """Four syllables: the jaw swings, lips round on every second one."""
    phase = (times - SPEECH[0]) / (SPEECH[1] - SPEECH[0]) * 4 * np.pi
    on = _swell(times, *SPEECH)
    syllable = np.sin(phase) ** 2 * on
    values[:, arkit.INDEX["jawOpen"]] += 0.35 * syllable
    values[:, arkit.INDEX["mouthFunnel"]] += 0.5 * syllable * (np.sin(phase / 2) > 0)
    values[:, arkit.INDEX["mouthLowerDownLeft"]] += 0.3 * syllable
    values[:, arkit.INDEX["mouthLowerDownRight"]] += 0.3 * syllable


def _turn_eyes(values: NDArray[np.float32]) -> None:
    """The eyes' angles that go with the eyeLook coefficients."""

    def column(name: str) -> NDArray[np.float32]:
        return values[:, arkit.INDEX[name]]

    for eye, inwards in (("Left", 1.0), ("Right", -1.0)):
        yaw = inwards * (EYE_IN * column(f"eyeLookIn{eye}") - EYE_OUT * column(f"eyeLookOut{eye}"))
        pitch = EYE_DOWN * column(f"eyeLookDown{eye}") - EYE_UP * column(f"eyeLookUp{eye}")
        values[:, arkit.INDEX[f"{eye.lower()}EyeYaw"]] = yaw
        values[:, arkit.INDEX[f"{eye.lower()}EyePitch"]] = pitch
