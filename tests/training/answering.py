"""Frozen ratings by a rater with a known ideal, of faces that nobody filmed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from backend.core.expression_distribution import ExpressionDistribution
from backend.core.frozen_ratings import FrozenCorrections, FrozenPairs, FrozenRatings, Moments
from backend.core.muscle_groups import JUDGED
from backend.core.ratings import REGIONS

GATE = 1.25
SCALE = np.full(52, 0.01, np.float32)
GRAM = np.stack([np.eye(52), np.eye(52)]).astype(np.float32)[None] * 0.01
Ideal = Callable[[np.ndarray], np.ndarray]


def beliefs(rng: np.random.Generator, rows: int) -> np.ndarray:
    """(3, rows, 52) active, value, spread: a third of the channels moves."""
    moving = rng.random((rows, 52)) < 0.35
    active = np.where(moving, rng.uniform(0.7, 0.98, (rows, 52)), rng.uniform(0.01, 0.05, (rows, 52)))
    return np.array([active, rng.uniform(0.2, 0.7, (rows, 52)), np.full((rows, 52), 0.05)], np.float32)


def at_rest(rows: int) -> np.ndarray:
    return np.array([np.full((rows, 52), each) for each in (0.02, 0.3, 0.05)], np.float32)


def moments(rng: np.random.Generator, regions: list[str], clips: int, rows: int = 1) -> Moments:
    count = len(regions)
    zero = np.zeros(count, np.int64)
    seconds = np.sort(rng.uniform(0, 60, (count, rows)), axis=1)
    return Moments(
        seconds=(seconds[:, :1] + np.arange(rows) / 30).ravel(),
        belief=beliefs(rng, count * rows),
        rest_belief=at_rest(count * rows),
        owner=np.arange(count).repeat(rows),
        clip=rng.integers(0, clips, count),
        performer=zero,
        rater=zero,
        region=np.array([REGIONS.index(region) for region in regions], np.int64),
        rig=zero,
        weight=np.ones(count, np.float32),
    )


def predicted(of: Moments) -> np.ndarray:
    active, value, spread = of.belief.astype(np.float64)
    return ExpressionDistribution(active, value, spread, SCALE.astype(np.float64)).point(GATE)


def smiling_wider(point: np.ndarray) -> np.ndarray:
    """An ideal: smiles by 40 % more, brows 30 % less."""
    factor = np.ones(52)
    factor[23:25] = 1.4
    factor[41:46] = 0.7
    return np.clip(point * factor, 0, 1)


def frozen_of(pairs: FrozenPairs, corrections: FrozenCorrections, clips: int) -> FrozenRatings:
    names = tuple(f"clip {number}" for number in range(clips))
    return FrozenRatings("base@1", SCALE, GATE, GRAM, names, ("",), ("Ann",), ("rig",), pairs, corrections)


def no_pairs(clips: int) -> FrozenPairs:
    none = np.zeros((0, 52), np.float32)
    of = moments(np.random.default_rng(0), [], clips)
    return FrozenPairs(of, none, none, np.zeros(0, np.float32), np.zeros(0, np.int64))


def no_corrections(clips: int) -> FrozenCorrections:
    none = np.zeros((0, 52), np.float32)
    return FrozenCorrections(moments(np.random.default_rng(0), [], clips), none, none > 0)


def rated(
    count: int,
    ideal: Ideal = smiling_wider,
    regions: tuple[str, ...] = ("upper", "lower"),
    sharpness: float = 30.0,
    clips: int = 6,
    rows: int = 1,
    seed: int = 0,
) -> FrozenRatings:
    """Choices between two takes around the prediction, by Bradley–Terry on distances to the ideal."""
    rng = np.random.default_rng(seed)
    names = [regions[number % len(regions)] for number in range(count)]
    of = moments(rng, names, clips, rows)
    point, mask = predicted(of), np.array([JUDGED[name] for name in names])[of.owner]
    away = rng.normal(0, 0.15, (2, count, 52))[:, of.owner] * mask
    takes = np.clip(point + away, 0, 1).astype(np.float32)
    missed = (((takes - ideal(point)) * mask) ** 2).sum(axis=2)
    nearer = np.bincount(of.owner, missed[1] - missed[0], minlength=count) / rows
    yes = rng.random(count) < 1 / (1 + np.exp(-sharpness / 2 * nearer))
    better = np.where(yes[of.owner, None], takes[0], takes[1])
    worse = np.where(yes[of.owner, None], takes[1], takes[0])
    none = np.full(count, -1, np.int64)
    pairs = FrozenPairs(of, better, worse, np.ones(count, np.float32), none)
    return frozen_of(pairs, no_corrections(clips), clips)


def corrected(count: int, ideal: Ideal = smiling_wider, clips: int = 6, seed: int = 0) -> FrozenRatings:
    """Every slider that was more than a little off was dragged to the ideal."""
    rng = np.random.default_rng(seed)
    of = moments(rng, ["full"] * count, clips)
    point = predicted(of)
    wanted = ideal(point).astype(np.float32)
    touched = np.abs(wanted - point) > 0.02
    made = FrozenCorrections(of, np.where(touched, wanted, point).astype(np.float32), touched)
    return frozen_of(no_pairs(clips), made, clips)


def with_pairs(ratings: FrozenRatings, **changes: object) -> FrozenRatings:
    return replace(ratings, pairs=replace(ratings.pairs, **changes))
