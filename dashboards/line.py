"""What is one unit worth in a base, or one of the base in units, by the central bank and by the market?"""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ratesvc.dashboards import dots, last_value, since
from ratesvc.render.i18n import N_, Words
from ratesvc.render.ticker import units_written

TITLE = "Official and market rate"
SQL = """
WITH line AS (SELECT *, row_number() OVER () AS number FROM line_by_day($base, $quote, $first, $last)),
marks AS (
    SELECT source, title AS told_by, observed_on AS event_on, 'corrected' AS event, previous_rate AS before, rate
    FROM corrections JOIN sources USING (source) WHERE base = $base AND quote = $quote AND observed_on >= $first
    UNION ALL
    SELECT source, title, observed_on, 'held', NULL, rate
    FROM held JOIN sources USING (source) WHERE base = $base AND quote = $quote
    UNION ALL
    SELECT 'peg', title, observed_on, 'peg', peg_rate, rate
    FROM events JOIN sources USING (source) JOIN pairs USING (base, quote)
    WHERE base = $base AND quote = $quote AND event = 'peg contradicted'
),
placed AS (  -- At the rate that was in force.
    SELECT
        marks.source, line.at, told_by, event_on, event, trimmed(before) AS event_before, trimmed(rate) AS event_rate
    FROM marks ASOF JOIN (FROM line WHERE printed IS NOT NULL) AS line
        ON line.source = marks.source AND event_on + INTERVAL 1 DAY > line.at
    QUALIFY row_number() OVER (PARTITION BY marks.source, line.at ORDER BY event_on DESC) = 1
),
gains AS (  -- Of each line, at its last point.
    SELECT
        max(number) AS number,
        trimmed(inverse_change_shown(
            min_by(printed, number)::DECIMAL(38, 13), max_by(printed, number)::DECIMAL(38, 13)
        )) AS gained
    FROM line WHERE printed IS NOT NULL GROUP BY source
)
SELECT
    line.* EXCLUDE (number), colour, $base AS base, $quote AS quote, $direction = 'local' AS as_printed,
    CASE WHEN as_printed THEN printed::DOUBLE ELSE inverse END AS rate,
    gained, told_by, event_on, event, event_before, event_rate
FROM line
LEFT JOIN placed ON placed.source = line.source AND placed.at = line.at
LEFT JOIN gains ON gains.number = line.number,
currencies
WHERE currency = $quote
ORDER BY line.number
"""
TINT = "b0"
"""Opacity of the market's line, in the hexadecimal digits of a colour."""
FINER = SQL.replace("line_by_day", "line_by_sighting")
MARKS = {
    "corrected": N_("{bank}: corrected from {before} to {after}"),
    "held": N_("{bank}: {after} for {day} is not confirmed"),
    "peg": N_("{bank}: {after}, which is not the peg of {before}"),
}


def finding(points: pd.DataFrame, words: Words) -> str | None:
    """Say what the currency gained or lost from the first day of the line to the last."""
    known = points[points["printed"].notna()]
    if known.empty:
        return None
    line = known[known["series"] == known["series"].iloc[0]]
    return since(line["quote"].iloc[0], line["gained"].iloc[-1], line["at"].iloc[0], words)


def figure(points: pd.DataFrame, words: Words) -> go.Figure:
    """Draw a line per source: the official one in steps, the market's thinner and in a tint of the same colour.

    A circle marks a figure that was corrected, is not confirmed, or contradicts a peg.
    """
    drawing = go.Figure()
    for (series, kind, base, as_printed), line in points.groupby(["series", "kind", "base", "as_printed"], sort=False):
        official = kind == "official"
        known = line["printed"].notna()
        printed = line["printed"][known]
        end = last_value(line["rate"], words)
        if as_printed and not printed.empty:
            end = units_written(printed.iloc[-1], words) or end
        by_day = (line["at"].dt.normalize() == line["at"]).all()
        drawing.add_scatter(
            name=f"{words.bank(str(series))} ({words.label('kind', str(kind))})",
            meta={"end": f"{end}<br>{words.label('kind', str(kind))}"},
            x=line["at"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%d %H:%M").tolist(),
            y=line["rate"].where(line["rate"].notna(), None).tolist(),
            customdata=[
                units_written(rate, words) if is_known else None
                for rate, is_known in zip(line["printed"], known, strict=True)
            ],
            # As banks print it, or six significant digits of the base and what banks print.
            hovertemplate=f"{words.label('kind', str(kind))}: "
            + ("%{customdata}" if as_printed else f"%{{y:.6r}} · 1 {base} = %{{customdata}}")
            + "<extra></extra>",
            mode="lines+markers",
            marker={"size": dots(line["rate"]), "opacity": 1, "line": {"width": 0}},
            line={
                "color": line["colour"].iloc[0] + ("" if official else TINT),
                "width": 2.2 if official else 1.4,
                "shape": "hv" if official and by_day else "linear",
            },
            connectgaps=False,
            cliponaxis=False,
        )
    marked = points[points["event"].notna()].drop_duplicates(["series", "at"])
    if not marked.empty:
        drawing.add_scatter(
            name="",
            meta={"marks": True},
            x=marked["at"].dt.strftime("%Y-%m-%d").tolist(),
            y=marked["rate"].tolist(),
            customdata=[_told(mark, words) for mark in marked.to_dict("records")],
            hovertemplate="%{customdata}<extra></extra>",
            mode="markers",
            marker={
                "size": 11, "symbol": "circle-open", "color": marked["colour"].iloc[0], "line": {"width": 2},
            },
            cliponaxis=False,
            showlegend=False,
        )  # fmt: skip
    return drawing.update_layout(yaxis={"tickformat": "~r"})


def _told(mark: dict[Hashable, Any], words: Words) -> str:
    phrase = MARKS[mark["event"]]
    return words.gettext(
        phrase,
        bank=words.bank(mark["told_by"]),
        before=words.number(mark["event_before"]) if mark["event_before"] else "",
        after=words.number(mark["event_rate"]),
        day=words.day(mark["event_on"].date()),
    )
