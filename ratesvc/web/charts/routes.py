"""The dashboards as Plotly takes them, and as CSV."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol, cast

import orjson
import pandas as pd
import plotly.graph_objects as go
from flask import Blueprint, Response, abort

from ratesvc.core.plugins import modules
from ratesvc.publish.reader import Reader
from ratesvc.render.i18n import Words
from ratesvc.web.charts.downsample import downsample
from ratesvc.web.charts.selection import Choice, SeveralParams, choice
from ratesvc.web.charts.server_svg import Drawing, draw_figure
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("charts", __name__)

FINE_POINTS = 10_000
"""So many sightings in the chosen days are asked for one by one; of more, one for each day and its extremes."""
MOST_REST = timedelta(days=10)
"""Banks rest for so long at most: a line that begins later in its range is short for want of rates."""
LINE = {"series", "at", "value"}
"""The columns of a frame that is a line."""


class Dashboard(Protocol):
    """What every module in dashboards/ offers; FINER is optional."""

    __doc__: str | None
    TITLE: str
    SQL: str

    @staticmethod
    def figure(frame: pd.DataFrame) -> go.Figure:
        """Draws the result of SQL."""


def load() -> Mapping[str, Dashboard]:
    """Every dashboard by its name."""
    return cast(Mapping[str, Dashboard], modules("ratesvc.dashboards"))


@blueprint.get("/dashboards/<name>.<any(json,csv):form>")
def chart(name: str, form: str) -> Response:
    """A dashboard's figure on the newest version, or all of its rows.

    JSON is {"data", "layout"} of Plotly, and "told": the version, the day of the newest rate, the days, the SQL.
    """
    if name not in load():
        abort(404)
    params = SeveralParams.parse()
    reader = ticker_rows.reader()
    chosen = choice(params, reader, params.currencies)
    seconds = seconds_left(reader.published)
    if form == "csv":
        named = f'attachment; filename="{"-".join([name, *chosen.currencies])}.csv"'
        body = _csv(reader, load()[name], chosen)
        return cacheable(body, "text/csv; charset=utf-8", seconds, Content_Disposition=named)
    return cacheable(_drawn(reader, name, chosen), "application/json", seconds)


def sql_of(dashboard: Dashboard, chosen: Choice) -> str:
    """A dashboard's SQL as an analyst can run it, with the choices written out."""
    return re.sub(r"\$(\w+)", lambda name: _literal(chosen.values()[name[1]]), dashboard.SQL.strip())


class Panel(NamedTuple):
    """What a page needs of a dashboard: its first picture and its SQL."""

    name: str
    title: str
    drawing: Drawing | None
    sql: str
    since: date | None
    """The first day that has a rate, where the chosen days begin well before it."""


def panel(reader: Reader, name: str, chosen: Choice, words: Words) -> Panel:
    """A dashboard as a page shows it before any script."""
    dashboard, figure = load()[name], orjson.loads(_drawn(reader, name, chosen))
    drawing = draw_figure(figure, words, log=chosen.scale == "log")
    title = words.pgettext("dashboard", dashboard.TITLE)
    return Panel(name, title, drawing, sql_of(dashboard, chosen), _since(reader, chosen))


def _since(reader: Reader, chosen: Choice) -> date | None:
    """The first day of a chart that holds less than its range says; of `all`, which promises nothing, None."""
    if chosen.range == "all":
        return None
    question = """
    SELECT min(observed_on) FROM daily JOIN currencies USING (currency)
    WHERE list_contains(?, currency) AND source IN (official_source, market_source)
    AND observed_on BETWEEN ? AND ?
    """
    [(first,)] = reader.query(question, [list(chosen.currencies), chosen.first, chosen.last]).fetchall()
    begins: date | None = first
    return begins if begins and begins - chosen.first > MOST_REST else None


def _drawn(reader: Reader, name: str, chosen: Choice) -> bytes:
    dashboard = load()[name]
    sql = _finer(reader, dashboard, chosen) or dashboard.SQL
    frame = reader.frame(sql, _used(sql, chosen))
    if set(frame.columns) >= LINE:
        frame = downsample(frame)
    drawing = dashboard.figure(frame).to_plotly_json()
    # The template holds colours for a white page; the page brings its own.
    drawing["layout"].pop("template", None)
    drawing["told"] = {
        "version": reader.published.version,
        "first": chosen.first,
        "last": chosen.last,
        "range": chosen.range,
        "sql": sql_of(dashboard, chosen),
    }
    return orjson.dumps(drawing, option=orjson.OPT_SERIALIZE_NUMPY)


def _finer(reader: Reader, dashboard: Dashboard, chosen: Choice) -> str | None:
    """The SQL for single sightings, where there are more than one a day and they are few enough."""
    finer: str | None = getattr(dashboard, "FINER", None)
    if finer is None:
        return None
    question = """
    SELECT coalesce(sum(sightings), 0), count(*) FROM daily
    WHERE currency = ? AND observed_on BETWEEN ? AND ? AND source IN (SELECT source FROM drawn_sources(?))
    """
    code = chosen.currencies[0]
    [(sightings, days)] = reader.query(question, [code, chosen.first, chosen.last, code]).fetchall()
    return finer if days < sightings <= FINE_POINTS else None


def _csv(reader: Reader, dashboard: Dashboard, chosen: Choice) -> bytes:
    found = reader.query(dashboard.SQL, _used(dashboard.SQL, chosen))
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\r\n")
    writer.writerow(column[0] for column in found.description or ())
    writer.writerows(found.fetchall())
    return rows.getvalue().encode()


def _used(sql: str, chosen: Choice) -> dict[str, Any]:
    """The values that a query names: DuckDB refuses others."""
    return {name: chosen.values()[name] for name in set(re.findall(r"\$(\w+)", sql))}


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return f"DATE '{value}'" if isinstance(value, date) else f"'{value}'"
