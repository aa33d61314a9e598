"""Of a long line the points that look like all of it.

MinMaxLTTB (tsdownsample) chooses among the extremes of every stretch; the highest and the lowest value of the whole
range are always drawn besides.
"""

from typing import Any

import numpy as np
import pandas as pd
from tsdownsample import MinMaxLTTBDownsampler

MOST_POINTS = 2000
"""For each series: about one for every pixel of a wide screen."""


def downsample(lines: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """About so many points of each series, in their order; rows without value, which break a line, all stay.

    The frame has the columns series, at (times) and value (float, NaN in a hole).
    """
    if len(lines) <= most:
        return lines
    kept = [_of_one(group, most) for _, group in lines.groupby("series", sort=False)]
    return lines.loc[np.sort(np.concatenate(kept))]


def _of_one(points: pd.DataFrame, most: int) -> Any:
    real = points["value"].notna().to_numpy()
    labels, where = points.index.to_numpy(), np.flatnonzero(real)
    if len(where) <= most:
        return labels
    times = points["at"].to_numpy().astype("int64")[where]
    values = points["value"].to_numpy(dtype=float)[where]
    chosen = MinMaxLTTBDownsampler().downsample(times, values, n_out=most)
    kept = np.concatenate([where[chosen], where[[values.argmin(), values.argmax()]], np.flatnonzero(~real)])
    return labels[np.unique(kept)]
