"""Dashboards, one module each: a docstring with its question, TITLE, SQL over the views, and figure(frame, words).

The parameters of SQL are $base, $quote, $quotes, $direction, $first, $last, $measure and $grain. A figure contains the
data and the axes, and does no arithmetic; the page sets margins and the colours of text and grid, in light and dark.
finding(frame, words), if defined, is the chart's title: what is to be seen in it, or None.
Texts and numbers in a figure are in the language of `words`; meta.end of a line is the label at its end.
A frame with the columns series, at and value is a line; the page downsamples long ones to 2,000 points.
FINER, if defined, is run instead of SQL if the range is short enough for every sighting.
"""

from datetime import date
from math import floor, log10

import pandas as pd

from ratesvc.render.i18n import Words

GAIN, NEUTRAL, LOSS = "#1f8f5f", "#8a8f98", "#c8473d"


def last_value(values: pd.Series, words: Words, decimals: int | None = None) -> str:
    """Write the last value of a line, with so many decimals, else six significant digits; empty without values."""
    known = values.dropna()
    if known.empty:
        return ""
    last = float(known.iloc[-1])
    if decimals is None:
        decimals = max(0, 5 - floor(log10(abs(last)))) if last else 0
    return words.number(f"{last:.{decimals}f}")


def dots(values: pd.Series) -> list[float]:
    """Return the size of the dot at each value: the last one, and a day between two gaps, which has no line."""
    known = values.notna()
    alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
    sizes = alone.map({True: 3.5, False: 0.0})
    if known.any():
        sizes[known[known].index[-1]] = 7.0
    return [float(size) for size in sizes]


def since(code: str, gained: str, day: date, words: Words) -> str:
    """Say what a currency gained since a day, in percent as displayed."""
    name = words.short_name(code)
    if gained == "0":
        return words.capital(words.gettext("{name}: unchanged since {day}", name=name, day=words.day(day)))
    percent = words.signed(words.percent(gained, padded=True))
    return words.capital(words.gettext("{name}: {percent} since {day}", name=name, percent=percent, day=words.day(day)))
