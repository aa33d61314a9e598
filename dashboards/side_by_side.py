"""How much has each currency gained or lost against a base since the first day on which all have a rate?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import dots, last_value
from ratesvc.render.i18n import Words

TITLE = "From a common day"
SQL = """
SELECT
    quote AS series, colour, observed_on AS at, start_on, $measure AS measure,
    -- Enough decimals for drawing; the hover text has the change as displayed everywhere.
    round(CASE $measure WHEN 'index' THEN index ELSE gained_pct END, 4) AS value,
    trimmed(gained_shown) || '%' AS gained
FROM side_by_side($base, $quotes, $first, $last)
"""


def figure(lines: pd.DataFrame, words: Words) -> go.Figure:
    """Draw a line per currency: 100 on the common first day, or percent since then. Gaps are not joined."""
    drawing = go.Figure()
    index = lines.empty or lines["measure"].iloc[0] == "index"
    for (code, colour), days in lines.groupby(["series", "colour"], sort=False):
        gained = days["gained"].dropna().iloc[-1].removesuffix("%")
        drawing.add_scatter(
            name=code,
            meta={
                "end": f"{code} {last_value(days['value'], words, 1) if index else words.signed(words.percent(gained))}"
            },
            x=days["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=days["value"].where(days["value"].notna(), None).tolist(),
            customdata=days["gained"].where(days["gained"].notna(), None).tolist(),
            hovertemplate="%{y:.2f} (%{customdata})" if index else "%{customdata}",
            mode="lines+markers",
            marker={"size": dots(days["value"]), "opacity": 1, "line": {"width": 0}},
            line={"color": colour, "width": 1.8},
            connectgaps=False,
            cliponaxis=False,
        )
    start = "" if lines.empty else words.day(lines["start_on"].iloc[0])
    return drawing.update_layout(
        yaxis={"title": {"text": f"{start} = 100"} if index else {"text": words.gettext("% since {day}", day=start)}},
    )
