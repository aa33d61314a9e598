"""How far is the currency below its strongest rate of the preceding 52 weeks?"""

import pandas as pd
import plotly.graph_objects as go

TITLE = "Below the 52-week high"
SQL = """
WITH days AS (
    SELECT observed_on, drawdown_pct, lead(observed_on) OVER (ORDER BY observed_on) AS next_on
    FROM drawdown($currency, (SELECT source FROM headline WHERE currency = $currency))
    WHERE observed_on BETWEEN $first AND $last
),
broken AS (  -- More than ten days without a rate are a gap in the line.
    SELECT observed_on, drawdown_pct FROM days
    UNION ALL
    SELECT observed_on + 1, NULL FROM days WHERE next_on - observed_on > 10
)
SELECT 'drawdown' AS series, colour, observed_on AS at, round(drawdown_pct, 4) AS value
FROM broken, currencies
WHERE currency = $currency
ORDER BY observed_on
"""


def figure(days: pd.DataFrame) -> go.Figure:
    """Draw the distance in percent as an area below zero."""
    drawing = go.Figure()
    if not days.empty:
        drawing.add_scatter(
            x=days["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["value"].where(days["value"].notna(), None).tolist(),
            mode="lines",
            connectgaps=False,
            fill="tozeroy",
            fillcolor=f"{days['colour'].iloc[0]}40",
            line={"color": days["colour"].iloc[0], "width": 1.5},
            hovertemplate="%{y:.2f}%<extra></extra>",
            showlegend=False,
        )
    return drawing.update_layout(yaxis={"ticksuffix": "%", "rangemode": "tozero"})
