"""What a prediction is punished for where somebody has answered. Pure functions, the equation named.

Every loss here is of ideals (R, K): K coefficients in each of R rows of what was judged, which a prediction
takes for the rater's ideal. An answer is about one or several rows: about a loop, it is about the mean of its
rows' distances.
"""

from dataclasses import dataclass

import numpy as np

from .preference_forms import Choices, Doubles, Indices, Squares


@dataclass(frozen=True, eq=False)
class Judged:
    """N pairs of takes as rows, for one half of the face.

    first, second  (R, K) both takes
    owner          (R,) which pair a row belongs to, rising from 0 to N − 1
    seen           (N, K) 1 where the region that was judged reaches, else 0
    metric         (G, K, K) of each rig: visible distance, mean diagonal 1
    rig            (N,) which of these
    elsewhere      (N,) by how much the first take's squared distance is the smaller one in the other half,
                   which is held as it is predicted; 0 where that was not judged
    yes            (N,) probability that the first is the better one: 1, ½ for a tie
    weight         (N,) 0..1
    """

    first: Doubles
    second: Doubles
    owner: Indices
    seen: Doubles
    metric: Doubles
    rig: Indices
    elsewhere: Doubles
    yes: Doubles
    weight: Doubles

    @property
    def share(self) -> Doubles:
        """(R,) of each row in its pair."""
        return _shares(self.owner)

    @property
    def apart(self) -> Doubles:
        """(R, K) from the second to the first, where that was judged."""
        return np.asarray((self.first - self.second) * self.seen[self.owner])


@dataclass(frozen=True, eq=False)
class Touched:
    """M corrected moments as rows.

    values  (R, K) what the sliders were left at
    trust   (R, K) 1 where a slider says something: it or its muscle group was dragged; else 0
    owner   (R,) which correction a row belongs to
    weight  (M,) 0..1
    """

    values: Doubles
    trust: Doubles
    owner: Indices
    weight: Doubles

    @property
    def share(self) -> Doubles:
        """(R,) of each row in its correction."""
        return _shares(self.owner)


def ideal_point(pairs: Judged, sharpness: float, smoothing: float = 0.0) -> Choices:
    """Bradley–Terry on distances to an ideal point (Coombs 1964; Bradley and Terry 1952):

    h = κ/2 · [‖second − c‖²_A − ‖first − c‖²_A] = κ (first − second)ᵀ A (c − (first + second) / 2)
    """
    about = sharpness * pairs.share[:, None] * _visible(pairs)
    middle = (pairs.first + pairs.second) / 2
    held = _summed(pairs, about * middle)
    offset = held - sharpness / 2 * pairs.elsewhere
    return Choices(about, pairs.owner, offset, smoothed(pairs.yes, smoothing), pairs.weight)


def gaussian_dpo(pairs: Judged, base: Doubles, strength: float, smoothing: float = 0.0) -> Choices:
    """Direct preference optimisation (Rafailov et al. 2023) of N(c, σ²I) against N(base, σ²I):

    h = (β/σ²) (first − second)ᵀ (c − base); strength is β/σ². Ties are left out: it has no word for them.
    """
    about = strength * pairs.share[:, None] * pairs.apart
    held = _summed(pairs, about * base)
    decided = np.where(pairs.yes == 0.5, 0.0, pairs.weight)
    return Choices(about, pairs.owner, held, smoothed(pairs.yes, smoothing), decided)


def winners_only(pairs: Judged, strength: float) -> Squares:
    """Supervised fine-tuning on what was chosen: (κ/2) ‖c − first‖²_A over what was judged; ties left out."""
    decided = np.where(pairs.yes == 0.5, 0.0, pairs.weight)
    weight = strength * decided[pairs.owner] * pairs.share
    seen, which = pairs.seen[pairs.owner], pairs.rig[pairs.owner]
    return Squares(pairs.first, seen, pairs.metric, which, pairs.owner, weight)


def ridge_on_corrections(corrections: Touched, noise: float) -> Squares:
    """Ridge regression (Hoerl and Kennard 1970) on what was dragged: ‖c − values‖² / (2 noise²); the ridge
    itself is the prior of whoever minimises.
    """
    kind = np.eye(corrections.values.shape[1])[None]
    which = np.zeros(len(corrections.values), np.intp)
    weight = corrections.weight[corrections.owner] * corrections.share / noise**2
    return Squares(corrections.values, np.sqrt(corrections.trust), kind, which, corrections.owner, weight)


def staying(base: Doubles, metric: Doubles, strength: float) -> Squares:
    """The proximal term (strength/2) · mean ‖c − base‖²_A over R rows, one metric (K, K) for all of them."""
    rows = len(base)
    each = np.full(rows, strength / max(rows, 1))
    return Squares(base, np.ones_like(base), metric[None], np.zeros(rows, np.intp), np.arange(rows), each)


def smoothed(yes: Doubles, smoothing: float) -> Doubles:
    """(1 − ε) y + ε (1 − y): answers that may be slips (cDPO, Mitchell 2023). A tie stays ½."""
    return (1 - smoothing) * yes + smoothing * (1 - yes)


def _visible(pairs: Judged) -> Doubles:
    """(R, K) what is apart through the metric of its rig, where it was judged."""
    apart = pairs.apart
    out = np.empty_like(apart)
    for number, metric in enumerate(pairs.metric):
        rows = pairs.rig[pairs.owner] == number
        out[rows] = apart[rows] @ metric
    return np.asarray(out * pairs.seen[pairs.owner])


def _summed(pairs: Judged, rows: Doubles) -> Doubles:
    """(N,) of (R, K), over the rows and coefficients of each pair."""
    return np.asarray(np.bincount(pairs.owner, rows.sum(axis=1), minlength=len(pairs.yes)), np.float64)


def _shares(owner: Indices) -> Doubles:
    return np.asarray(1 / np.bincount(owner)[owner])
