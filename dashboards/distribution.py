"""How large are its changes from one publication to the next, and how often?"""

import pandas as pd
import plotly.graph_objects as go

TITLE = "The size of its changes"
SQL = """
WITH steps AS (
    FROM daily_changes($currency, (SELECT source FROM headline WHERE currency = $currency))
    SELECT change_pct WHERE change_pct IS NOT NULL AND observed_on BETWEEN $first AND $last
),
width AS (  -- About twenty bars across the middle 98 of a hundred changes, each a round number wide.
    SELECT [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5][least(9, 1 + list_count(list_filter(
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2], wide -> wide < quantile_cont(abs(change_pct), 0.99) / 10
    )))]::DOUBLE AS width
    FROM steps
)
SELECT
    round(floor(change_pct / width) * width, 4) AS since, round(since + width, 4) AS until,
    round(since + width / 2, 4) AS middle, 0.92 * width AS bar, count(*) AS publications
FROM steps, width
GROUP BY ALL
ORDER BY since
"""


def figure(bars: pd.DataFrame) -> go.Figure:
    """A bar for each step of change: how many publications. Losses and gains differ in colour and in side."""
    drawing = go.Figure()
    if bars.empty:
        return drawing
    drawing.add_bar(
        x=bars["middle"].tolist(),
        y=bars["publications"].tolist(),
        width=bars["bar"].tolist(),
        marker={"color": ["#d9483b" if since < 0 else "#2e9e5b" for since in bars["since"]]},
        customdata=[f"{since:g}% to {until:g}%" for since, until in zip(bars["since"], bars["until"], strict=True)],
        hovertemplate="%{customdata}: %{y}<extra></extra>",
        showlegend=False,
    )
    return drawing.update_layout(hovermode="closest", xaxis={"ticksuffix": "%", "type": "linear"})
