"""Pictures that show the same are read as one, which averages a camera's noise out.

From one picture of a still face to the next, hundreds of landmark coordinates of a view differ by noise
alone, and the mean of so many squares hardly varies. So what trembles is told from what moves, and what moves
is left as it is: a blink is as deep and as quick as it was. (Means of what is alike instead of what is near:
Buades, Coll and Morel 2005.)
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.curves import Floats

# What landmarks of a view may differ by, root mean square in standardised coordinates, and still be the same:
# two pictures by a camera with a noise of 3 levels of 255 differ by .067.
ALIKE = 0.095


class ViewColumns(NamedTuple):
    """Where in a description the landmarks of one view stand, and all that is seen in it."""

    landmarks: NDArray[np.intp]
    all: NDArray[np.intp]


def steadied(descriptions: Floats, around: int, views: Sequence[ViewColumns]) -> Floats:
    """(N, D) of consecutive pictures, view by view each the mean of those up to so many before and after,
    which count less the more they differ.
    """
    steady = descriptions.copy()
    rows = np.arange(len(descriptions))
    near = np.abs(rows[:, None] - rows) <= around
    for view in views:
        share = near * np.exp(-np.maximum(_differences(descriptions[:, view.landmarks]) / ALIKE**2 - 1, 0))
        share /= share.sum(axis=1, keepdims=True)
        steady[:, view.all] = share @ descriptions[:, view.all]
    return steady


def _differences(points: Floats) -> NDArray[np.float64]:
    """(N, N) mean square differences of rows."""
    from_mean = (points - points.mean(axis=0)).astype(np.float64)
    products = from_mean @ from_mean.T / points.shape[1]
    squares = np.diag(products)
    return np.asarray(np.maximum(squares[:, None] + squares - 2 * products, 0))
