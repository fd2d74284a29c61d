"""What a face does from frame to frame, where training/expressions.py draws each frame by itself.

Poses follow each other as fast as in speech and linger as in listening; channels of one pose do not set out
together; lids blink over all of it, and eyes jump. Or a stretch of a real take is played, faster or slower.
"""

import numpy as np
from numpy.typing import NDArray

from backend.core.gaze import EYE_TURN
from protos import arkit

from .expressions import COUNT, LEFT, UPPER, Expressions, RealTake, drawn, possible
from .heads import Floats, gaze_of

RATE = 30.0  # frames a second
ACTED = "acted"  # the kind of all frames of a stretch
_KEY_SECONDS = (0.12, 0.9)  # from pose to pose
_APART = 0.06  # seconds by which channels of one pose set out apart
_BLINK_EVERY = (1.0, 4.0)  # seconds
_CLOSING, _OPENING = 0.09, 0.17  # seconds
_LOOK_EVERY = (0.3, 2.0)
_TAKES_SHARE = 0.4


def acted(frames: int, rng: np.random.Generator, takes: list[RealTake]) -> Expressions:
    """Consecutive frames, RATE a second, the first at rest; of `takes` as well, where there are any."""
    if takes and rng.random() < _TAKES_SHARE:
        rows = _played(frames, takes[rng.integers(len(takes))], rng)
    else:
        rows = _with_blinks(_between_keys(frames, rng), rng)
    sets_out = np.clip(np.arange(frames) / (0.4 * RATE), 0, 1)[:, None]  # from rest
    coefficients = np.stack([possible(row) for row in rows * sets_out])
    gaze = np.stack([gaze_of(row) for row in coefficients]) + _jumps(frames, rng)
    reach = np.array([EYE_TURN["Out"], EYE_TURN["Down"]], np.float32)
    return Expressions(coefficients, np.clip(gaze, -reach, reach), np.full(frames, ACTED))


def _between_keys(frames: int, rng: np.random.Generator) -> Floats:
    """(F, 52) from pose to pose, each way with the least jerk (Flash and Hogan 1985)."""
    keys = [0.0]
    while keys[-1] < frames / RATE + 1:
        keys.append(keys[-1] + np.exp(rng.uniform(*np.log(_KEY_SECONDS))))
    poses = drawn(len(keys), rng).coefficients
    poses[0] = 0
    for key in range(1, len(keys)):
        if rng.random() < 0.25:  # lingers
            poses[key] = poses[key - 1]
    seconds = np.arange(frames)[:, None] / RATE + rng.uniform(-_APART, _APART, COUNT) / 2 + _APART
    before = np.clip(np.searchsorted(keys, seconds, side="right") - 1, 0, len(keys) - 2)
    start, end = np.array(keys)[before], np.array(keys)[before + 1]
    way = (seconds - start) / (end - start)
    way = way**3 * (10 - 15 * way + 6 * way**2)
    each = np.arange(COUNT)
    return np.asarray(poses[before, each] * (1 - way) + poses[before + 1, each] * way, np.float32)


def _with_blinks(rows: Floats, rng: np.random.Generator) -> Floats:
    lids = np.array([name.startswith("eyeBlink") for name in arkit.COEFFICIENTS])
    seconds, at = np.arange(len(rows)) / RATE, rng.uniform(0, _BLINK_EVERY[1])
    while at < seconds[-1]:
        since = seconds - at
        closed = np.clip(np.minimum(1 + since / _CLOSING, 1 - since / _OPENING), 0, 1)
        depth = rng.uniform(0.7, 1.0)
        rows[:, lids] = np.maximum(rows[:, lids], depth * closed[:, None])
        at += rng.uniform(*_BLINK_EVERY)
    return rows


def _played(frames: int, take: RealTake, rng: np.random.Generator) -> Floats:
    """A stretch of a take, each half of the face with a gain of its own in half of the draws."""
    speed = rng.uniform(0.7, 1.4) * take.rate / RATE
    start = rng.uniform(0, max(len(take.rows) - 2 - frames * speed, 0))
    at = np.minimum(start + speed * np.arange(frames), len(take.rows) - 1.001)
    whole, part = at.astype(int), (at % 1)[:, None]
    rows = take.rows[whole] * (1 - part) + take.rows[whole + 1] * part
    gain = np.full(COUNT, rng.uniform(0.6, 1.4))
    if rng.random() < 0.5:
        gain[UPPER] = rng.uniform(0.4, 1.6)
    if rng.random() < 0.3:
        gain[LEFT] *= rng.uniform(0.5, 1.0)
    return np.asarray(rows * gain, np.float32)


def _jumps(frames: int, rng: np.random.Generator) -> Floats:
    """(F, 1, 2) radians that eyes wander from where lids follow, in jumps."""
    out, at = np.zeros((frames, 1, 2), np.float32), 0.0
    while at < frames / RATE:
        out[int(at * RATE) :] = rng.normal(0, 0.05, 2)
        at += rng.uniform(*_LOOK_EVERY)
    return out


def drifting(frames: int, rng: np.random.Generator, seconds: float) -> NDArray[np.float64]:
    """(F, 3) of smooth noise, standard deviation 1, that turns about in so many seconds."""
    length = seconds * RATE
    kernel = np.exp(-0.5 * (np.arange(-3 * length, 3 * length + 1) / length) ** 2)
    noise = rng.normal(size=(frames + len(kernel) - 1, 3))
    smooth = np.stack([np.convolve(noise[:, axis], kernel, "valid") for axis in range(3)], axis=1)
    return np.asarray(smooth / np.sqrt((kernel**2).sum()))
