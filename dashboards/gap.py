"""By how many percent is a unit worth more on the market than officially?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import SPARSE

TITLE = "The gap"
SQL = """
WITH days AS (
    SELECT
        currency, position, observed_on, gap_pct,
        lead(observed_on) OVER (PARTITION BY currency ORDER BY observed_on) AS next_on
    FROM spread WHERE list_contains($currencies, currency) AND observed_on BETWEEN $first AND $last
),
broken AS (  -- More than ten days without a rate are a gap in the line.
    SELECT currency, position, observed_on, gap_pct FROM days
    UNION ALL
    SELECT currency, position, observed_on + 1, NULL FROM days WHERE next_on - observed_on > 10
)
SELECT currency AS series, colour, observed_on AS at, round(gap_pct, 4) AS value
FROM broken JOIN currencies USING (currency)
ORDER BY broken.position, observed_on
"""


def figure(lines: pd.DataFrame) -> go.Figure:
    """Draw a line per currency; zero is the official rate."""
    drawing = go.Figure()
    for (code, colour), days in lines.groupby(["series", "colour"], sort=False):
        drawing.add_scatter(
            name=code,
            x=days["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["value"].where(days["value"].notna(), None).tolist(),
            mode="lines+markers" if len(days) < SPARSE else "lines",
            marker={"size": 3.5},
            line={"color": colour, "width": 1.6},
            hovertemplate="%{y:.2f}%",
            connectgaps=False,
        )
    return drawing.update_layout(yaxis={"ticksuffix": "%", "zeroline": True})
