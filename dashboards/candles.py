"""Between which rates did the currency move each week or month, for a source with several rates a day?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import GAIN, LOSS
from ratesvc.render.i18n import Words

TITLE = "Candles"
SQL = """
WITH busiest AS (
    SELECT source FROM daily
    WHERE base = $base AND quote = $quote AND high > low AND source IN (SELECT source FROM drawn_sources($base, $quote))
    GROUP BY source
    ORDER BY count(*) DESC
    LIMIT 1
)
SELECT *, close - open AS body, body >= 0 AS gained
FROM (
    SELECT
        since, title,
        CASE $direction WHEN 'local' THEN candle.open::DOUBLE ELSE inverse_precise(candle.open)::DOUBLE END AS open,
        CASE $direction WHEN 'local' THEN strongest::DOUBLE ELSE inverse_precise(weakest)::DOUBLE END AS low,
        CASE $direction WHEN 'local' THEN weakest::DOUBLE ELSE inverse_precise(strongest)::DOUBLE END AS high,
        CASE $direction WHEN 'local' THEN candle.close::DOUBLE ELSE inverse_precise(candle.close)::DOUBLE END AS close
    FROM candles($base, $quote, (SELECT source FROM busiest), $grain) AS candle, busiest JOIN sources USING (source)
    WHERE since BETWEEN date_trunc($grain, $first) AND $last
)
ORDER BY since
"""


def figure(candles: pd.DataFrame, words: Words) -> go.Figure:
    """Draw a bar from the first to the last rate, filled for a loss; a line from the weakest to the strongest."""
    drawing = go.Figure()
    days = candles["since"].dt.strftime("%Y-%m-%d")
    wicks = pd.DataFrame({"x": days, "low": candles["low"], "high": candles["high"]})
    drawing.add_scatter(
        x=[day for x in wicks["x"] for day in (x, x, None)],
        y=[end for low, high in zip(wicks["low"], wicks["high"], strict=True) for end in (low, high, None)],
        mode="lines",
        line={"color": "#8a8f98", "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    for gained, name, colour in ((True, words.gettext("gained"), GAIN), (False, words.gettext("lost"), LOSS)):
        part = candles[candles["gained"] == gained]
        drawing.add_bar(
            name=name,
            x=days[part.index].tolist(),
            base=part["open"].tolist(),
            y=part["body"].tolist(),
            customdata=part[["open", "high", "low", "close"]].to_numpy().tolist(),
            hovertemplate="%{customdata[0]:.6r} → %{customdata[3]:.6r}<br>%{customdata[2]:.6r} to %{customdata[1]:.6r}",
            # Not by colour alone: a gain is hollow.
            marker={"color": "rgba(0,0,0,0)" if gained else colour, "line": {"color": colour, "width": 1.5}},
        )
    return drawing.update_layout(barmode="overlay", bargap=0.35, yaxis={"tickformat": "~r"})
