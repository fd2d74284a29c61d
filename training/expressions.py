"""Which expressions are rendered: each coefficient also alone, not only in its usual company.

A range-of-motion take teaches that a smile squints and a shout frowns; whoever learns from such takes
alone is weak on isolated actions. So singles, pairs, halves that know nothing of each other, blinks at
every phase and mouths that speak are drawn as kinds of their own, and real takes are one kind among them.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.gaze import EYE_TURN
from backend.core.plausibility import ANTAGONISTS
from protos import arkit

from .heads import SIDES, gaze_of

Floats = NDArray[np.float32]
COUNT = len(arkit.COEFFICIENTS)
STEMS = arkit.PAIR_STEMS
NEUTRAL, NEARLY_NEUTRAL = "neutral", "nearly neutral"  # kinds that are placed, never drawn
SINGLE = tuple(
    name for name in arkit.COEFFICIENTS if name.removesuffix("Left").removesuffix("Right") not in STEMS
)
LEFT = np.array([name.endswith("Left") for name in arkit.COEFFICIENTS])
RIGHT = np.array([name.endswith("Right") for name in arkit.COEFFICIENTS])
UPPER = np.array([arkit.region(name) in arkit.UPPER_REGIONS for name in arkit.COEFFICIENTS])

# Recipes name a coefficient, or by its stem both sides of it. Mouths of speech follow the usual viseme
# charts, rough on purpose; a draw scales and shakes them.
Recipe = dict[str, float]
VISEMES: dict[str, Recipe] = {
    "open a": {"jawOpen": 0.55, "mouthLowerDown": 0.25},
    "spread e": {"jawOpen": 0.2, "mouthSmile": 0.3, "mouthStretch": 0.35},
    "narrow i": {"jawOpen": 0.1, "mouthSmile": 0.3, "mouthStretch": 0.25},
    "round o": {"jawOpen": 0.35, "mouthFunnel": 0.55, "mouthPucker": 0.2},
    "narrow u": {"jawOpen": 0.1, "mouthPucker": 0.65, "mouthFunnel": 0.25},
    "m b p": {
        "jawOpen": 0.12,
        "mouthClose": 0.1,
        "mouthPress": 0.45,
        "mouthRollLower": 0.3,
        "mouthRollUpper": 0.25,
    },
    "f v": {"jawOpen": 0.12, "mouthRollLower": 0.55, "mouthUpperUp": 0.25},
    "th": {"jawOpen": 0.2, "tongueOut": 0.35, "mouthLowerDown": 0.2},
    "sh ch": {"jawOpen": 0.12, "mouthFunnel": 0.6, "mouthUpperUp": 0.15, "mouthLowerDown": 0.25},
    "s z": {"jawOpen": 0.06, "mouthStretch": 0.3, "mouthLowerDown": 0.3},
}
NAMED: dict[str, Recipe] = {
    "closed smile": {"mouthSmile": 0.7, "cheekSquint": 0.4, "mouthPress": 0.2},
    "open smile": {"mouthSmile": 0.8, "jawOpen": 0.25, "mouthUpperUp": 0.4},
    "pout": {"mouthShrugLower": 0.6, "mouthPucker": 0.3, "mouthFrown": 0.3},
    "kiss": {"mouthPucker": 0.9},
    "puff": {"cheekPuff": 0.85, "mouthPucker": 0.3, "mouthPress": 0.3},
    "tongue out": {"tongueOut": 0.9, "jawOpen": 0.35},
    "disgust": {"noseSneer": 0.7, "browDown": 0.4, "mouthUpperUp": 0.5},
    "anger": {"browDown": 0.9, "eyeSquint": 0.4, "mouthPress": 0.5},
    "shout": {"jawOpen": 0.85, "browDown": 0.5, "mouthUpperUp": 0.5, "mouthLowerDown": 0.5},
    "surprise": {"browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.7, "jawOpen": 0.4},
    "sadness": {"browInnerUp": 0.7, "mouthFrown": 0.6, "mouthShrugLower": 0.4},
    "lips closed over an open jaw": {"jawOpen": 0.5, "mouthClose": 0.45},
}
PULL_APART = (
    ("mouthSmile", "mouthFrown"), ("browDown", "browOuterUp"), ("eyeSquint", "eyeWide"),
    ("mouthPress", "mouthLowerDown"), ("mouthStretch", "mouthPucker"), ("eyeBlink", "eyeSquint"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Expressions:
    """What a face does in N frames: coefficients (N, 52), gaze (N, 2, 2) radians, kind (N,) names."""

    coefficients: Floats
    gaze: Floats
    kind: NDArray[np.str_]


Draw = Callable[[np.random.Generator], Floats]


def drawn(
    count: int, rng: np.random.Generator, takes: Floats | None = None, kinds: Collection[str] = ()
) -> Expressions:
    """Independent expressions of all kinds; the same for the same generator.

    takes  (M, 52) rows of real performances to draw from as well, with gain and shaken
    kinds  only these, where any are named
    """
    known = dict(KINDS)
    if takes is not None and len(takes):
        known["performance"] = (0.15, lambda rng: _performed(takes, rng))
    asked = {kind: known[kind] for kind in kinds or known}
    shares = np.array([share for share, _ in asked.values()])
    chosen = rng.choice(list(asked), count, p=shares / shares.sum())
    coefficients = np.stack([possible(asked[kind][1](rng)) for kind in chosen])
    gaze = np.stack([_looking(row, rng) for row in coefficients])
    return Expressions(coefficients, gaze, chosen)


@dataclass(frozen=True, eq=False)
class RealTake:
    """Rows (M, 52) of a real performance, so many a second."""

    rows: Floats
    rate: float


def real_take(path: Path) -> RealTake:
    """Of a Live Link Face CSV. Raises CsvError."""
    curves = read_live_link_csv(path.read_text(encoding="utf-8")).curves
    return RealTake(curves.values[:, :COUNT], curves.rate)


def possible(coefficients: Floats) -> Floats:
    """(52,) within 0..1, with what no face does taken out: opposites at once, lips closed beyond the jaw.

    Smile and frown of one side may meet, as they do in a grimace; a lid cannot close and widen.
    """
    out = np.clip(coefficients, 0, 1).astype(np.float32)
    opposites = [pair for pair in ANTAGONISTS if not pair[0].startswith("mouthSmile")]
    opposites += [(f"eyeBlink{side}", f"eyeWide{side}") for side in SIDES]
    for one, other in opposites:
        weaker = min(one, other, key=lambda name: float(out[arkit.INDEX[name]]))
        out[arkit.INDEX[weaker]] = 0
    jaw = out[arkit.INDEX["jawOpen"]]
    out[arkit.INDEX["mouthClose"]] = min(out[arkit.INDEX["mouthClose"]], jaw)
    return out


def _amount(rng: np.random.Generator) -> float:
    """How strong an action is: every strength, the slight ones more often."""
    return float(rng.beta(1.1, 1.4))


def _rest(_: np.random.Generator) -> Floats:
    return np.zeros(COUNT, np.float32)


def _action(rng: np.random.Generator) -> Floats:
    """One coefficient; of those with sides as often both, nearly alike, as one."""
    out = np.zeros(COUNT, np.float32)
    name = str(rng.choice(STEMS + SINGLE))
    amount = _amount(rng)
    names = [name] if name in SINGLE else [f"{name}{side}" for side in SIDES]
    if len(names) == 2 and rng.random() < 0.5:
        names = [str(rng.choice(names))]
    for one in names:
        out[arkit.INDEX[one]] = amount * rng.uniform(0.85, 1.15)
    if name == "mouthClose":
        out[arkit.INDEX["jawOpen"]] = amount * rng.uniform(1.0, 1.3)
    if name == "tongueOut":
        out[arkit.INDEX["jawOpen"]] = rng.uniform(0.1, 0.5)
    return out


def _pair(rng: np.random.Generator) -> Floats:
    return np.maximum(_action(rng), _action(rng))


def _antagonists(rng: np.random.Generator) -> Floats:
    """Two that pull against each other, each as strong as it likes."""
    one, other = PULL_APART[rng.integers(len(PULL_APART))]
    return _of({one: _amount(rng), other: _amount(rng)}, rng)


def _independent(rng: np.random.Generator) -> Floats:
    active = rng.random(COUNT) < rng.uniform(0.08, 0.35)
    return (active * rng.beta(1.0, 2.0, COUNT)).astype(np.float32)


def _halves(rng: np.random.Generator) -> Floats:
    """The left of one expression, the right of another; what has no side from either."""
    one, other = (_named(rng) if rng.random() < 0.5 else _independent(rng) for _ in range(2))
    middle = one if rng.random() < 0.5 else other
    return np.where(LEFT, one, np.where(RIGHT, other, middle)).astype(np.float32)


def _lids(rng: np.random.Generator) -> Floats:
    """A blink or wink at any phase, over whatever the face does."""
    out = _action(rng) if rng.random() < 0.5 else _rest(rng)
    phase = rng.uniform(0.05, 1.0)
    sides = SIDES if rng.random() < 0.6 else (str(rng.choice(SIDES)),)
    for side in sides:
        out[arkit.INDEX[f"eyeBlink{side}"]] = phase * rng.uniform(0.9, 1.1)
        if len(sides) == 1:  # a wink pulls the cheek along
            out[arkit.INDEX[f"cheekSquint{side}"]] = rng.uniform(0, 0.6)
    return out


def _speech(rng: np.random.Generator) -> Floats:
    """Between two visemes, as mouths mostly are."""
    names = rng.choice(list(VISEMES), 2)
    share = rng.random()
    return share * _of(VISEMES[names[0]], rng) + (1 - share) * _of(VISEMES[names[1]], rng)


def _named(rng: np.random.Generator) -> Floats:
    return _of(NAMED[str(rng.choice(list(NAMED)))], rng)


def _of(recipe: Recipe, rng: np.random.Generator) -> Floats:
    gain = rng.uniform(0.4, 1.25)
    out = np.zeros(COUNT, np.float32)
    for name, value in recipe.items():
        for one in [f"{name}{side}" for side in SIDES] if name in STEMS else [name]:
            out[arkit.INDEX[one]] = gain * value * rng.uniform(0.8, 1.2)
    return out


def _performed(takes: Floats, rng: np.random.Generator) -> Floats:
    """A row of a real take, each half with a gain of its own in half of the draws."""
    row = takes[rng.integers(len(takes))]
    gain = np.full(COUNT, rng.uniform(0.6, 1.4))
    if rng.random() < 0.5:
        gain[UPPER] = rng.uniform(0.4, 1.6)
    return np.asarray(row * gain + rng.normal(0, 0.01, COUNT) * (row > 0), np.float32)


def _looking(coefficients: Floats, rng: np.random.Generator) -> Floats:
    """Gaze that fits eyeLook, shaken a little; where no lid follows a gaze, the eyes still wander."""
    gaze = gaze_of(coefficients)
    wander = rng.normal(0, 0.05, 2)
    reach = np.array([EYE_TURN["Out"], EYE_TURN["Down"]], np.float32)
    return np.clip(gaze + wander.astype(np.float32), -reach, reach)


KINDS: dict[str, tuple[float, Draw]] = {
    "rest": (0.07, _rest),
    "single": (0.22, _action),
    "pair": (0.15, _pair),
    "antagonists": (0.05, _antagonists),
    "independent": (0.13, _independent),
    "halves": (0.10, _halves),
    "lids": (0.10, _lids),
    "speech": (0.10, _speech),
    "named": (0.08, _named),
}
