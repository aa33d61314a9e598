"""How large are the changes from one publication to the next, and how frequent?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import GAIN, LOSS, NEUTRAL
from ratesvc.render.i18n import Words

TITLE = "How much it moves in a day"
SQL = """
WITH steps AS (
    FROM daily_changes($base, $quote, (SELECT source FROM headline WHERE base = $base AND quote = $quote))
    SELECT inverse_change_pct AS change_pct, inverse_change_shown AS change_shown  -- What the currency gained.
    WHERE previous_on IS NOT NULL AND observed_on BETWEEN $first AND $last
),
width AS (  -- About twenty bars across the middle 98 of a hundred changes, each a round number wide.
    SELECT [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5][least(9, 1 + list_count(list_filter(
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2], wide -> wide < quantile_cont(abs(change_pct), 0.99) / 10
    )))]::DOUBLE AS width
    FROM steps
),
places AS (  -- No change has a place of its own, 0; 1 is the first of the gains, -1 the first of the losses.
    SELECT sign(change_pct)::INTEGER AS side, side * (1 + floor(abs(change_pct) / width)) AS place, width
    FROM steps, width
)
SELECT
    round((place - greatest(side, 0)) * width, 4) AS since, round((place - least(side, 0)) * width, 4) AS until,
    round((place - side / 2) * width, 4) AS middle, count(*) AS publications,
    -- The bar of no change is narrow, and its neighbours leave room for it.
    width * CASE abs(place) WHEN 0 THEN 0.5 WHEN 1 THEN 0.67 ELSE 0.92 END AS bar,
    middle - bar / 2 + CASE abs(place) WHEN 1 THEN side * 0.125 * width ELSE 0 END AS bar_from,
    (SELECT trimmed(quantile_disc(abs(change_shown), 0.5)) FROM steps) AS usual
FROM places
GROUP BY ALL
ORDER BY middle
"""


def finding(bars: pd.DataFrame, words: Words) -> str | None:
    """Say which change is the usual one: half of all are larger."""
    if bars.empty:
        return None
    return words.gettext("Half of the changes are above {percent}", percent=words.percent(bars["usual"].iloc[0]))


def figure(bars: pd.DataFrame, words: Words) -> go.Figure:
    """Draw the number of publications per size of change. Losses, no change and gains differ in colour and place."""
    drawing = go.Figure()
    if bars.empty:
        return drawing
    drawing.add_bar(
        x=bars["middle"].tolist(),
        y=bars["publications"].tolist(),
        width=bars["bar"].tolist(),
        offset=(bars["bar_from"] - bars["middle"]).tolist(),
        marker={"color": [GAIN if middle > 0 else LOSS if middle < 0 else NEUTRAL for middle in bars["middle"]]},
        customdata=[
            words.gettext("{first} to {last}", first=words.percent(f"{since:g}"), last=words.percent(f"{until:g}"))
            if since < until
            else words.percent("0")
            for since, until in zip(bars["since"], bars["until"], strict=True)
        ],
        hovertemplate="%{customdata}: %{y}<extra></extra>",
        showlegend=False,
    )
    return drawing.update_layout(hovermode="closest", xaxis={"ticksuffix": "%", "type": "linear", "zeroline": False})
