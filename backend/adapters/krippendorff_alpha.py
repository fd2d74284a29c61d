"""Krippendorff's alpha by the `krippendorff` package, behind core/rater_quality.py's Alpha.

That package is the one that is maintained and needs numpy alone. Its licence is ours (GPL-3.0-or-later);
those under freer ones are abandoned. It stays in the backend and never goes into the add-on's zip.
"""

import krippendorff
import numpy as np
from numpy.typing import NDArray


def nominal_alpha(table: NDArray[np.float64]) -> float | None:
    """Of answers without an order, (raters, pairs) with NaN where one is lacking. None where it is not
    defined: no pair with two answers, or the same answer everywhere.
    """
    doubly = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    if len(np.unique(doubly[~np.isnan(doubly)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=doubly, level_of_measurement="nominal"))
