"""Dashboards, one module each: a docstring with its question, TITLE, SQL over the views, and figure(frame).

The parameters of SQL are $base, $quote, $quotes, $direction, $first, $last, $measure and $grain. A figure contains the
data and the axes, and does no arithmetic; the page sets margins and the colours of text and grid, in light and dark.
A frame with the columns series, at and value is a line; the page downsamples long ones to 2,000 points.
FINER, if defined, is run instead of SQL if the range is short enough for every sighting.
"""

SPARSE = 400
"""Below this number of points, a line has a dot at each, so that a single day between two gaps is visible."""
