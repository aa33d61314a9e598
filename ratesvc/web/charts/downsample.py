"""Downsample long series.

MinMaxLTTB (tsdownsample) selects among the extremes of each bucket; the highest and the lowest value of the whole
range are always kept.
"""

from typing import Any

import numpy as np
import pandas as pd
from tsdownsample import MinMaxLTTBDownsampler

MOST_POINTS = 2000
"""Points per series: about one per pixel of a wide screen."""


def downsample(lines: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """Keep about `most` points of each series, in order, and every row without a value, which breaks the line.

    The frame has the columns series, at (times) and value (float, NaN in a gap).
    """
    if len(lines) <= most:
        return lines
    kept = [_downsample_series(group, most) for _, group in lines.groupby("series", sort=False)]
    return lines.loc[np.sort(np.concatenate(kept))]


def _downsample_series(points: pd.DataFrame, most: int) -> Any:
    has_value = points["value"].notna().to_numpy()
    labels, where = points.index.to_numpy(), np.flatnonzero(has_value)
    if len(where) <= most:
        return labels
    times = points["at"].to_numpy().astype("int64")[where]
    values = points["value"].to_numpy(dtype=float)[where]
    selected = MinMaxLTTBDownsampler().downsample(times, values, n_out=most)
    kept = np.concatenate([where[selected], where[[values.argmin(), values.argmax()]], np.flatnonzero(~has_value)])
    return labels[np.unique(kept)]
