"""What is one unit worth in a base, or one of the base in units, by the central bank and by the market?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import SPARSE

TITLE = "Official and market rate"
SQL = """
SELECT
    line.*, colour, $base AS base, $direction = 'local' AS as_printed,
    CASE WHEN as_printed THEN printed::DOUBLE ELSE inverse END AS rate
FROM line_by_day($base, $quote, $first, $last) AS line, currencies
WHERE currency = $quote
"""
MARKET = "#a9761a"
FINER = SQL.replace("line_by_day", "line_by_sighting")


def figure(lines: pd.DataFrame) -> go.Figure:
    """Draw separate lines per source: the official one in the currency's colour, the market's thin and ochre."""
    drawing = go.Figure()
    for (series, kind, base, as_printed), points in lines.groupby(["series", "kind", "base", "as_printed"], sort=False):
        official = kind == "official"
        by_day = (points["at"].dt.normalize() == points["at"]).all()
        drawing.add_scatter(
            name=f"{series} ({kind})",
            x=points["at"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%d %H:%M").tolist(),
            y=points["rate"].where(points["rate"].notna(), None).tolist(),
            customdata=points["printed"].where(points["printed"].notna(), None).tolist(),
            # Six significant digits, as everywhere, and the printed digits.
            hovertemplate="%{customdata}" if as_printed else f"%{{y:.6r}} · 1 {base} = %{{customdata}}",
            mode="lines+markers" if len(points) < SPARSE else "lines",
            marker={"size": 3.5},
            line={"color": points["colour"].iloc[0] if official else MARKET, "width": 2 if official else 1.3},
            connectgaps=False,
        )
    return drawing.update_layout(yaxis={"tickformat": "~r"})
