"""What can be made of the teacher's scores alone: the predictors that a network of our own has to beat.

    python -m training.baselines SHARDS --out baselines.npz

fits, on people who are trained on, the mean expression, one rising curve a channel (with and without the
performer's own neutral taken off first) and a small network on scores and neutral scores.
"""

import argparse
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.core.calibration import scores_calibrated

from . import shards
from .heads import Floats
from .test_plans import FIRST_TEST_IDENTITY
from .whole_arrays import save_npz

GRID = np.linspace(0, 1, 201)  # scores at which the rising curves are kept
HIDDEN, STEPS, BATCH, RATE = 256, 4000, 512, 1e-3
Layer = tuple[Floats, Floats]  # weights (out, in) and offsets (out,)


@dataclass(frozen=True, eq=False)
class Scores:
    """Of N frames: the teacher's scores (N, 52), those of the person's neutral (N, 52), truth (N, 52)."""

    scores: Floats
    neutral: Floats
    truth: Floats

    @property
    def relative(self) -> Floats:
        """(N, 52) scores with the person's own neutral taken off, as the product does it."""
        return scores_calibrated(self.scores, self.neutral)


@dataclass(frozen=True, eq=False)
class Baselines:
    """mean (52,); rising and rising_relative (52, 201), truth expected at each score of GRID, without and
    with the own neutral; layers of the network, rectified between.
    """

    mean: Floats
    rising: Floats
    rising_relative: Floats
    layers: tuple[Layer, ...]

    def network(self, scores: Floats, neutral: Floats) -> Floats:
        """(N, 52) of scores (N, 52) and neutral scores (N, 52)."""
        values = np.concatenate([scores, neutral], axis=1)
        for weights, offsets in self.layers[:-1]:
            values = np.maximum(values @ weights.T + offsets, 0)
        weights, offsets = self.layers[-1]
        return np.asarray(np.clip(values @ weights.T + offsets, 0, 1), np.float32)


def risen(curves: Floats, scores: Floats) -> Floats:
    """(N, 52) scores put through their channels' rising curves (52, 201)."""
    columns = [np.interp(column, GRID, curve) for column, curve in zip(scores.T, curves, strict=True)]
    return np.stack(columns, axis=1).astype(np.float32)


def fitted(on: Scores, seed: int = 0) -> Baselines:
    """All of them, the network with a seed of its own."""
    return Baselines(
        mean=on.truth.mean(axis=0),
        rising=_rising_curves(on.scores, on.truth),
        rising_relative=_rising_curves(on.relative, on.truth),
        layers=_network(on, seed),
    )


def _rising_curves(scores: Floats, truth: Floats) -> Floats:
    curves = []
    for x, y in zip(scores.T, truth.T, strict=True):
        order = np.argsort(x, kind="stable")
        places, values = isotonic(x[order], y[order])
        curves.append(np.interp(GRID, places, values))
    return np.array(curves, np.float32)


def isotonic(x: Floats, y: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rising function nearest to y (N,) over sorted x (N,), as (places, values) to interpolate between.

    Pool adjacent violators (Ayer et al. 1955); equal places are one.
    """
    places, start, counts = np.unique(x, return_index=True, return_counts=True)
    means = np.add.reduceat(y.astype(np.float64), start) / counts
    blocks: list[tuple[float, int, int]] = []  # mean, weight, places in it
    for mean, weight in zip(means.tolist(), counts.tolist(), strict=True):
        block = (mean, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / total, total, before[2] + block[2])
        blocks.append(block)
    values = np.repeat([mean for mean, _, _ in blocks], [size for _, _, size in blocks])
    return places.astype(np.float64), values


def _network(on: Scores, seed: int) -> tuple[Layer, ...]:
    """Least squares, Adam, a rate that falls to nothing."""
    torch.manual_seed(seed)
    given = torch.from_numpy(np.concatenate([on.scores, on.neutral], axis=1))
    wanted = torch.from_numpy(on.truth)
    model = torch.nn.Sequential(
        torch.nn.Linear(given.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN),
        torch.nn.ReLU(), torch.nn.Linear(HIDDEN, wanted.shape[1]),
    )  # fmt: skip
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(given), (BATCH,))
        loss = torch.nn.functional.mse_loss(model(given[rows]), wanted[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()
    layers = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    return tuple((layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in layers)


def read_scores(folder: Path) -> Scores:
    """Of all filmed frames below a folder, each performer's first being the neutral; what another shows later
    counts, the neutral itself does not. Raises ValueError.
    """
    parts = [_of_shard(shards.read(path)) for path in shards.whole(folder)]
    if not parts:
        raise ValueError(f"{folder} holds no shards to fit on; film some first")
    columns = [
        np.concatenate([getattr(part, name) for part in parts]) for name in Scores.__dataclass_fields__
    ]
    return Scores(*columns)


def _of_shard(shard: shards.Shard) -> Scores:
    if int(shard.identity.max()) >= FIRST_TEST_IDENTITY:
        raise ValueError(f"identity {shard.identity.max()} belongs to the tests; nothing is fitted on it")
    neutral = np.concatenate([np.full(rows.stop - rows.start, rows.start) for rows in shard.performers()])
    rows = np.flatnonzero(neutral != np.arange(len(shard)))
    teacher, truth = np.asarray(shard.teacher), np.asarray(shard.coefficients)
    return Scores(teacher[rows], teacher[neutral[rows]], truth[rows])


def save(baselines: Baselines, path: Path) -> None:
    """Leaves one .npz."""
    weights = {f"w{i}": weights for i, (weights, _) in enumerate(baselines.layers)}
    offsets = {f"b{i}": offsets for i, (_, offsets) in enumerate(baselines.layers)}
    curves = {"rising": baselines.rising, "rising_relative": baselines.rising_relative}
    arrays: dict[str, Any] = {"mean": baselines.mean, **curves, **weights, **offsets}
    save_npz(path, arrays)


def load(path: Path) -> Baselines:
    """What `save` left. Raises ValueError."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            depth = sum(name.startswith("w") for name in stored.files)
            layers = tuple((stored[f"w{i}"], stored[f"b{i}"]) for i in range(depth))
            return Baselines(stored["mean"], stored["rising"], stored["rising_relative"], layers)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as err:
        raise ValueError(f"{path} holds no baselines: {err}") from err


def main() -> None:
    """Exit code 1 when there is nothing to fit on."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, help="folder of frames filmed for training")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--seed", type=int, default=0, help="of the small network (0)")
    chosen = parser.parse_args()
    try:
        on = read_scores(chosen.shards)
    except ValueError as err:
        raise SystemExit(str(err)) from err
    save(fitted(on, chosen.seed), chosen.out)
    print(f"fitted on {len(on.truth)} frames → {chosen.out}")


if __name__ == "__main__":
    main()
