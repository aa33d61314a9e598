"""By how many percent does the market rate differ from the official one, in the direction of the pair?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import dots
from ratesvc.render.i18n import Words

TITLE = "The gap"
SQL = """
WITH points AS (
    SELECT
        quote, observed_on,
        CASE $direction WHEN 'local' THEN gap_pct ELSE inverse_gap_pct END AS gap,
        CASE $direction WHEN 'local' THEN gap_shown ELSE inverse_gap_shown END AS gap_shown,
        unnest(
            line_points(observed_on, lead(observed_on) OVER (PARTITION BY quote ORDER BY observed_on))
        )::DATE AS point
    FROM spread WHERE base = $base AND list_contains($quotes, quote) AND observed_on BETWEEN $first AND $last
)
SELECT
    quote AS series, colour, point AS at, CASE WHEN point = observed_on THEN round(gap, 4) END AS value,
    trimmed(gap_shown) AS shown
FROM points JOIN currencies ON currency = quote
ORDER BY position, point
"""


def figure(lines: pd.DataFrame, words: Words) -> go.Figure:
    """Draw a line per currency; zero is the official rate."""
    drawing = go.Figure()
    several = lines["series"].nunique() > 1
    for (code, colour), days in lines.groupby(["series", "colour"], sort=False):
        end = words.signed(words.percent(days["shown"].iloc[-1], padded=True))
        drawing.add_scatter(
            name=code,
            meta={"end": f"{code} {end}" if several else end},
            x=days["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["value"].where(days["value"].notna(), None).tolist(),
            mode="lines+markers",
            marker={"size": dots(days["value"]), "opacity": 1, "line": {"width": 0}},
            line={"color": colour, "width": 1.6},
            hovertemplate="%{y:.2f}%",
            connectgaps=False,
            cliponaxis=False,
        )
    return drawing.update_layout(yaxis={"ticksuffix": "%", "zeroline": True})
