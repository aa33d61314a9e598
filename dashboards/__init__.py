"""One file a question: a docstring that asks it, TITLE, SQL over the views, and figure(frame), which draws the answer.

SQL names what a page chooses: $currency, $currencies, $first, $last, $measure, $grain. A figure holds the data and
what the axes mean, and does no arithmetic; margins and the colours of text and grid are the page's, in light and dark.
A frame with the columns series, at and value is a line: of a long one the page sends the 2,000 points that look like
all of it. FINER, where there is one, is asked instead of SQL when the chosen days are few enough for every sighting.
"""

SPARSE = 400
"""A line of so few points has a dot at each, so that a lone day between two holes can be seen."""
