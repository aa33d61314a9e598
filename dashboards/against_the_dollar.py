"""How far has each currency gained or lost against the dollar since the first day on which all of them have a rate?"""

import pandas as pd
import plotly.graph_objects as go

TITLE = "Against the dollar"
SQL = """
WITH first_day AS (
    SELECT min(observed_on) AS first_on
    FROM (
        SELECT observed_on
        FROM history
        WHERE units_per_usd IS NOT NULL
        GROUP BY observed_on
        HAVING count(*) = (SELECT count(DISTINCT currency) FROM history)
    )
),
last_day AS (
    SELECT max(observed_on) AS last_on FROM history WHERE source <> 'peg'
)
SELECT
    history.currency, colour, history.observed_on,
    change_of(start.units_per_usd, history.units_per_usd) AS pct,
    trimmed(change_shown(start.units_per_usd, history.units_per_usd)) || '%, '
    || strftime(history.observed_on, '%-d %b %Y') AS label
FROM history
CROSS JOIN first_day
CROSS JOIN last_day
JOIN history AS start ON start.currency = history.currency AND start.observed_on = first_on
JOIN currencies ON currencies.currency = history.currency
WHERE history.observed_on BETWEEN first_on AND last_on
ORDER BY position, history.observed_on
"""

RANGES = [
    {"count": 1, "step": "month", "stepmode": "backward", "label": "1M"},
    {"count": 3, "step": "month", "stepmode": "backward", "label": "3M"},
    {"count": 6, "step": "month", "stepmode": "backward", "label": "6M"},
    {"count": 1, "step": "year", "stepmode": "todate", "label": "YTD"},
    {"count": 1, "step": "year", "stepmode": "backward", "label": "1Y"},
    {"step": "all", "label": "All"},
]


def figure(changes: pd.DataFrame) -> go.Figure:
    """A line per currency, in percent; a hole in the data is a gap in the line, and a lone day a dot."""
    if changes.empty:
        return go.Figure().add_annotation(text="No rates yet", showarrow=False)
    drawing = go.Figure()
    for (code, colour), days in changes.groupby(["currency", "colour"], sort=False):
        drawing.add_scatter(
            name=code,
            x=days["observed_on"].dt.strftime("%Y-%m-%d").tolist(),
            # Four decimals are more than a screen can show; what is read is the label.
            y=days["pct"].round(4).where(days["pct"].notna(), None).tolist(),
            text=days["label"].where(days["label"].notna(), None).tolist(),
            hovertemplate="%{text}",
            mode="lines+markers",
            line={"color": colour, "width": 1.8},
            marker={"size": 3.5},
            connectgaps=False,
        )
    # Range buttons count back from the end of the axis, so it must end with the data, without the usual air.
    first, last = changes["observed_on"].min(), changes["observed_on"].max() + pd.Timedelta(days=1)
    drawing.update_layout(
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": -0.1, "yanchor": "top"},
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={
            "type": "date",
            "automargin": True,
            "minallowed": f"{first:%Y-%m-%d}",
            "maxallowed": f"{last:%Y-%m-%d}",
            "rangeselector": {"buttons": RANGES, "x": 0, "y": 1.02},
        },
        yaxis={
            "title": {"text": f"since {first:%-d %b %Y}"},
            "ticksuffix": "%",
            "automargin": True,
            "zeroline": True,
        },
    )
    return drawing
