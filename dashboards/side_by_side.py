"""How much has each currency gained or lost against a base since the first day on which all have a rate?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import dots, last_value, since
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


def finding(lines: pd.DataFrame, words: Words) -> str | None:
    """Say which currency gained most and which least since the common day."""
    known = lines[lines["gained"].notna()].groupby("series", sort=False).tail(1)
    if known.empty:
        return None
    by_gain = known.sort_values("value", ascending=False, kind="stable")
    most, least = by_gain.iloc[0], by_gain.iloc[-1]
    if len(known) == 1:
        return since(most["series"], most["gained"].removesuffix("%"), most["start_on"], words)
    told = {
        "name": words.short_name(most["series"]),
        "percent": words.signed(words.percent(most["gained"].removesuffix("%"), padded=True)),
        "other": words.short_name(least["series"]),
        "other_percent": words.signed(words.percent(least["gained"].removesuffix("%"), padded=True)),
    }
    return words.capital(words.gettext("{name} ahead with {percent}, {other} last with {other_percent}", **told))


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
