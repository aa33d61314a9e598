"""What is one unit worth in a base, or one of the base in units, by the central bank and by the market?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import dots, last_value
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import units_written

TITLE = "Official and market rate"
SQL = """
SELECT
    line.*, colour, $base AS base, $direction = 'local' AS as_printed,
    CASE WHEN as_printed THEN printed::DOUBLE ELSE inverse END AS rate
FROM line_by_day($base, $quote, $first, $last) AS line, currencies
WHERE currency = $quote
"""
TINT = "b0"
"""Opacity of the market's line, in the hexadecimal digits of a colour."""
FINER = SQL.replace("line_by_day", "line_by_sighting")


def figure(lines: pd.DataFrame, words: Words) -> go.Figure:
    """Draw a line per source: the official one in steps, the market's thinner and in a tint of the same colour."""
    drawing = go.Figure()
    for (series, kind, base, as_printed), points in lines.groupby(["series", "kind", "base", "as_printed"], sort=False):
        official = kind == "official"
        printed = points["printed"].dropna()
        end = last_value(points["rate"], words)
        if as_printed and not printed.empty:
            end = units_written(printed.iloc[-1], words) or end
        by_day = (points["at"].dt.normalize() == points["at"]).all()
        drawing.add_scatter(
            name=f"{words.bank(str(series))} ({words.label('kind', str(kind))})",
            meta={"end": f"{end}<br>{words.label('kind', str(kind))}"},
            x=points["at"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%d %H:%M").tolist(),
            y=points["rate"].where(points["rate"].notna(), None).tolist(),
            customdata=points["printed"].where(points["printed"].notna(), None).tolist(),
            # Six significant digits, as everywhere, and the printed digits.
            hovertemplate="%{customdata}" if as_printed else f"%{{y:.6r}} · 1 {base} = %{{customdata}}",
            mode="lines+markers",
            marker={"size": dots(points["rate"]), "opacity": 1, "line": {"width": 0}},
            line={
                "color": points["colour"].iloc[0] + ("" if official else TINT),
                "width": 2.2 if official else 1.4,
                "shape": "hv" if official and by_day else "linear",
            },
            connectgaps=False,
            cliponaxis=False,
        )
    return drawing.update_layout(yaxis={"tickformat": "~r"})
