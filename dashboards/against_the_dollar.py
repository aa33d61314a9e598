"""How far has each currency gained or lost against the dollar since the first day that all of them are known?"""

import pandas as pd
import plotly.graph_objects as go

TITLE = "Against the dollar"
SQL = """
WITH bounds AS (
    SELECT max(first_on) AS first_on, max(last_on) FILTER (NOT pegged) AS last_on
    FROM (
        SELECT min(observed_on) AS first_on, max(observed_on) AS last_on, source = 'peg' AS pegged
        FROM history
        GROUP BY currency, source
    )
)
SELECT
    currency, observed_on,
    change_of(first_value(units_per_usd) OVER (PARTITION BY currency ORDER BY observed_on), units_per_usd) AS pct
FROM history JOIN currencies USING (currency) CROSS JOIN bounds
WHERE observed_on BETWEEN first_on AND last_on
ORDER BY position, observed_on
"""

# Told apart on white and on black alike: contrast above 3 on both.
COLOURS = {"KGS": "#d9483b", "KZT": "#1f8fc9", "TJS": "#2e9e5b", "UZS": "#8e6bd1", "TMT": "#8a8f98"}

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
    drawing = go.Figure()
    # Range buttons count back from the end of the axis, so it must end with the data, without the usual air.
    first, last = changes["observed_on"].min(), changes["observed_on"].max() + pd.Timedelta(days=1)
    for code, days in changes.groupby("currency", sort=False):
        drawing.add_scatter(
            name=code,
            x=days["observed_on"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["pct"].round(4).where(days["pct"].notna(), None).tolist(),
            mode="lines+markers",
            line={"color": COLOURS[str(code)], "width": 1.8},
            marker={"size": 3.5},
            connectgaps=False,
            hovertemplate="%{y:+.2f}%",
        )
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
        yaxis={"ticksuffix": "%", "automargin": True, "zeroline": True},
    )
    return drawing
