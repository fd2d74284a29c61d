"""How far a take is from the truth, for the clip whose coefficients are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.core.curves import ExpressionCurves
from backend.core.faces import angles_from_rotation
from protos import arkit

from .performance import ACTIONS, Action

HEAD = Path(__file__).resolve().parents[1] / "blender_addon" / "assets" / "arkit_head.npz"
ACTIVE = 0.05  # true values above it count as active
SHOWN = 0.1  # an action shows on the rig when its channel moves by this much of its peak

Floats = NDArray[np.float32]
COEFFICIENTS = slice(0, len(arkit.COEFFICIENTS))


@dataclass(frozen=True)
class Errors:
    """Mean absolute errors of the 52 coefficients: over everything, and where the truth is active."""

    all: float
    active: float


@dataclass(frozen=True)
class Verdict:
    """Whether an action shows on the rig: how far its channel and the rival moved at its height."""

    action: Action
    tell: float
    rival: float

    @property
    def shown(self) -> bool:
        """On the right channel, side and sign."""
        peak = self.action.peaks[self.action.tell]
        return self.tell / peak > SHOWN and abs(self.tell) > abs(self.rival)


def errors(values: Floats, truth: Floats) -> Errors:
    """Of values (N, 61) or (N, 52) against the truth of the same length."""
    apart = np.abs(values[:, COEFFICIENTS] - truth[:, COEFFICIENTS])
    active = truth[:, COEFFICIENTS] > ACTIVE
    return Errors(float(apart.mean()), float(apart[active].mean()))


def errors_of_nothing(truth: Floats) -> Errors:
    """The zero predictor's: what a rig that never moves would score."""
    return errors(np.zeros_like(truth), truth)


def verdicts(moved: Floats, rate: float) -> list[Verdict]:
    """Every action that lies wholly within `moved` (N, 61), the rig's own movement at `rate`."""
    return [
        Verdict(action, _rise(moved, action, action.tell, rate), _rise(moved, action, action.rival, rate))
        for action in ACTIONS
        if action.end * rate <= len(moved)
    ]


def _rise(moved: Floats, action: Action, channel: str, rate: float) -> float:
    """A channel in the middle third of the action against the moment before it; 0 for no channel."""
    if not channel:
        return 0.0
    curve = moved[:, arkit.INDEX[channel]]
    third = action.seconds / 3
    height = curve[round((action.start + third) * rate) : round((action.end - third) * rate) + 1]
    before = curve[max(round(action.start * rate) - 3, 0) : max(round(action.start * rate), 1)]
    return float(height.mean() - before.mean())


def rig_movement(motion: Path) -> Floats:
    """(N, 61): what the CC0 head's moved vertices show, read back from motion.npz without its keys' values.

    The displacement of the vertices is split into the head's own keys by least squares; the head's
    angles come from where the mesh lies in the world.
    """
    with np.load(motion) as moved, np.load(HEAD) as head:
        vertices, world = moved["vertices"], moved["world"]
        rest = (head["vertices"] * head["step"]).astype(np.float32)
        keys = _dense_keys(head)
    shift = (vertices - rest).reshape(len(vertices), -1)
    basis = keys.reshape(len(keys), -1)
    solved = np.linalg.solve(basis @ basis.T, basis @ shift.T).T
    to_blender = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    out = np.zeros((len(vertices), len(arkit.CHANNELS)), np.float32)
    out[:, COEFFICIENTS] = solved
    for row, matrix in enumerate(world[:, :3, :3]):
        out[row, [arkit.INDEX[name] for name in ("headYaw", "headPitch", "headRoll")]] = angles_from_rotation(
            to_blender.T @ matrix @ to_blender
        )
    return out


def _dense_keys(head: "np.lib.npyio.NpzFile") -> NDArray[np.float64]:
    """(52, V, 3) metres in the order of the coefficients."""
    keys = np.zeros((len(arkit.COEFFICIENTS), *head["vertices"].shape))
    ends = np.cumsum(head["key_rows"].astype(np.int64))
    for name, start, end in zip(head["key_names"], ends - head["key_rows"], ends, strict=True):
        keys[arkit.INDEX[str(name)], head["key_vertex"][start:end]] = head["key_offset"][start:end]
    return keys * float(head["step"])


@dataclass(frozen=True)
class Comparison:
    """A take beside the truth and beside a rig that never moves; verdicts only for the CC0 head."""

    ours: Errors
    nothing: Errors
    verdicts: Sequence[Verdict]

    @property
    def line(self) -> str:
        """The outcome in one line."""
        error = f"Truth   error where active {self.ours.active:.3f}, never moving {self.nothing.active:.3f}"
        if not self.verdicts:
            return error
        missed = [v.action.name for v in self.verdicts if not v.shown]
        lacking = f" (not: {', '.join(missed)})" if missed else ""
        seen = len(self.verdicts) - len(missed)
        return f"{error}; {seen} of {len(self.verdicts)} actions seen on the rig{lacking}"

    def as_facts(self) -> dict[str, object]:
        """Numbers for --json, and lines for people under "table"."""
        return {
            "mean_error_all": self.ours.all,
            "mean_error_active": self.ours.active,
            "mean_error_all_never_moving": self.nothing.all,
            "mean_error_active_never_moving": self.nothing.active,
            "actions": {v.action.name: v.shown for v in self.verdicts},
            "table": self._table(),
        }

    def _table(self) -> list[str]:
        rows = [
            f"{'mean error':24s} {'take':>8s} {'never moving':>14s}",
            f"{'  of all coefficients':24s} {self.ours.all:8.4f} {self.nothing.all:14.4f}",
            f"{'  of the active ones':24s} {self.ours.active:8.4f} {self.nothing.active:14.4f}",
        ]
        if self.verdicts:
            rows.append(f"{'on the rig':24s} {'truth':>8s} {'rig':>14s}")
        for v in self.verdicts:
            peak = v.action.peaks[v.action.tell]
            verdict = "" if v.shown else "   not seen"
            rows.append(f"  {v.action.name:12s}{v.action.tell:>18s} {peak:+.2f} {v.tell:+14.2f}{verdict}")
        return rows


def compared(take: ExpressionCurves, truth: ExpressionCurves, motion: Path | None) -> Comparison:
    """The take (raw, from the CSV) beside the truth; `motion` is the CC0 head's motion.npz, if any."""
    n = min(len(take), len(truth))
    seen = verdicts(rig_movement(motion), truth.rate) if motion else []
    return Comparison(errors(take.values[:n], truth.values[:n]), errors_of_nothing(truth.values[:n]), seen)
