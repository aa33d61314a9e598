"""How far is the currency below its strongest rate of the preceding 52 weeks?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.render.i18n import Words

TITLE = "Below the 52-week high"
SQL = """
WITH points AS (
    SELECT
        observed_on, drawdown_pct,
        unnest(line_points(observed_on, lead(observed_on) OVER (ORDER BY observed_on)))::DATE AS point
    FROM drawdown($base, $quote, (SELECT source FROM headline WHERE base = $base AND quote = $quote))
    WHERE observed_on BETWEEN $first AND $last
)
SELECT
    'drawdown' AS series, colour, point AS at,
    CASE WHEN point = observed_on THEN round(drawdown_pct, 4) END AS value,
    trimmed(round(drawdown_pct, 2)::DECIMAL(9, 2)) AS shown
FROM points, currencies
WHERE currency = $quote
ORDER BY point
"""


def finding(days: pd.DataFrame, words: Words) -> str | None:
    """Say how far below it is now."""
    known = days["shown"].dropna()
    if known.empty:
        return None
    if known.iloc[-1] == "0":
        return words.gettext("At the 52-week high")
    return words.gettext("{percent} below the 52-week high", percent=words.percent(known.iloc[-1].lstrip("-")))


def figure(days: pd.DataFrame, words: Words) -> go.Figure:
    """Draw the distance in percent as an area below zero."""
    drawing = go.Figure()
    if not days.empty:
        drawing.add_scatter(
            x=days["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["value"].where(days["value"].notna(), None).tolist(),
            mode="lines",
            meta={"end": words.signed(words.percent(days["shown"].iloc[-1]))},
            connectgaps=False,
            fill="tozeroy",
            fillcolor=f"{days['colour'].iloc[0]}40",
            line={"color": days["colour"].iloc[0], "width": 1.5},
            hovertemplate="%{y:.2f}%<extra></extra>",
            showlegend=False,
        )
    return drawing.update_layout(yaxis={"ticksuffix": "%", "rangemode": "tozero"})
