"""Dashboards as Plotly figures, as CSV and as Excel files."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, cast

import orjson
import pandas as pd
import plotly.graph_objects as go
from flask import Blueprint, Response, abort

from ratesvc.core.plugins import modules
from ratesvc.publish.reader import Reader
from ratesvc.render import formats
from ratesvc.render.i18n import Words
from ratesvc.web.charts.downsample import downsample
from ratesvc.web.charts.selection import Choice, SeveralParams, choice
from ratesvc.web.charts.server_svg import Drawing, draw_figure
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import CsvParams, Language
from ratesvc.web.http.responses import XLSX, cacheable, seconds_left

blueprint = Blueprint("charts", __name__)

MAX_SIGHTINGS = 10_000
"""Up to this many sightings in the selected days are drawn singly; beyond it, one point per day with its extremes."""
MOST_REST = timedelta(days=10)
"""The longest bank holiday: a line that begins later in its range lacks earlier rates."""
LINE = {"series", "at", "value"}
"""Columns of a frame that can be downsampled as lines."""


class Dashboard(Protocol):
    """Interface of every module in dashboards/; FINER and finding(frame, words) are optional."""

    __doc__: str | None
    TITLE: str
    SQL: str

    @staticmethod
    def figure(frame: pd.DataFrame, words: Words) -> go.Figure:
        """Draw the result of SQL."""


def load() -> Mapping[str, Dashboard]:
    """Load every dashboard, by name."""
    return cast(Mapping[str, Dashboard], modules("ratesvc.dashboards"))


def preload() -> None:
    """Have Plotly load what it loads with its first figure."""
    go.Figure([go.Scatter(marker={"size": 1}), go.Bar(marker={"line": {}})], {"xaxis": {}, "yaxis": {"title": {}}})


class DashboardParams(SeveralParams, CsvParams):
    """Parameters of a dashboard's figure and rows. lang: of the texts and numbers in the figure."""

    lang: Language = "en"


@blueprint.get("/dashboards/<name>.<any(json,csv,xlsx):form>")
def chart(name: str, form: str) -> Response:
    """Serve a dashboard's figure on the newest version, or its rows as CSV or as an Excel file.

    JSON has Plotly's "data" and "layout", and "told": the version, the first and last day, the range, the SQL, what is
    to be seen, and the names of days and months.
    """
    if name not in load():
        abort(404)
    params = DashboardParams.parse()
    params.check_decimal(form)
    reader = ticker_rows.reader()
    selection = choice(params, reader, params.currencies)
    seconds = seconds_left(reader.published)
    if form == "json":
        return cacheable(_figure_json(reader, name, selection, Words(params.lang)), "application/json", seconds)
    names, rows = _rows(reader, load()[name], selection)
    disposition = f'attachment; filename="{"-".join([name, *selection.currencies])}.{form}"'
    if form == "xlsx":
        body, content_type = formats.as_xlsx(names, rows, reader.published.published_at), XLSX
    else:
        body = formats.as_csv(names, rows, comma=params.decimal == "comma").encode()
        content_type = "text/csv; charset=utf-8"
    return cacheable(body, content_type, seconds, Content_Disposition=disposition)


def sql_of(dashboard: Dashboard, selection: Choice) -> str:
    """Return a dashboard's SQL with its parameters filled in, as an analyst can run it."""
    return re.sub(r"\$(\w+)", lambda name: _literal(selection.values()[name[1]]), dashboard.SQL.strip())


class Panel(NamedTuple):
    """A dashboard on a page: its server-side drawing and its SQL."""

    name: str
    title: str
    finding: str | None
    """What is to be seen in it."""
    drawing: Drawing | None
    sql: str
    since: date | None
    """The first day with a rate, if the selected days begin well before it."""
    gaps: bool
    """Whether a line has a hole."""


def panel(reader: Reader, name: str, selection: Choice, words: Words) -> Panel:
    """Build the panel that a page shows before any script runs."""
    return panels(reader, [name], selection, words)[name]


def panels(reader: Reader, names: Sequence[str], selection: Choice, words: Words) -> dict[str, Panel]:
    """Build several of one selection."""
    since = _since(reader, selection)
    return {name: _panel(reader, name, selection, since, words) for name in names}


def _panel(reader: Reader, name: str, selection: Choice, since: date | None, words: Words) -> Panel:
    dashboard, figure = load()[name], orjson.loads(_figure_json(reader, name, selection, words))
    drawing = draw_figure(figure, words, log=selection.scale == "log")
    title = words.pgettext("dashboard", dashboard.TITLE)
    finding, sql = figure["told"]["finding"], sql_of(dashboard, selection)
    return Panel(name, title, finding, drawing, sql, since, _gaps(figure))


def _gaps(figure: dict[str, Any]) -> bool:
    """Whether a line is broken, and goes on after it. Wicks are not a line."""
    lines = [trace["y"] for trace in figure["data"] if trace["type"] == "scatter" and trace.get("hoverinfo") != "skip"]
    return any(value is None and later is not None for values in lines for value, later in pairwise(values))


def _since(reader: Reader, selection: Choice) -> date | None:
    """Return the first day with a rate if the range begins well before it; None for `all`, which has no fixed start."""
    if selection.range == "all":
        return None
    sql = """
    SELECT min(observed_on) FROM daily JOIN pairs USING (base, quote)
    WHERE base = ? AND list_contains(?, quote) AND source IN (official_source, market_source)
    AND observed_on BETWEEN ? AND ?
    """
    [(first,)] = reader.query(
        sql, [selection.base, list(selection.currencies), selection.first, selection.last]
    ).fetchall()
    first_rate: date | None = first
    return first_rate if first_rate and first_rate - selection.first > MOST_REST else None


def _figure_json(reader: Reader, name: str, selection: Choice, words: Words) -> bytes:
    dashboard = load()[name]
    sql = _finer(reader, dashboard, selection) or dashboard.SQL
    frame = reader.frame(sql, _query_values(sql, selection))
    if set(frame.columns) >= LINE:
        frame = downsample(frame)
    drawing = dashboard.figure(frame, words).to_plotly_json()
    # The template has colours for a white page; our pages set their own.
    drawing["layout"].pop("template", None)
    drawing["told"] = {
        "version": reader.published.version,
        "first": selection.first,
        "last": selection.last,
        "range": selection.range,
        "sql": sql_of(dashboard, selection),
        "finding": say(frame, words) if (say := getattr(dashboard, "finding", None)) else None,
        "locale": words.plotly,
    }
    return orjson.dumps(drawing, option=orjson.OPT_SERIALIZE_NUMPY)


def _finer(reader: Reader, dashboard: Dashboard, selection: Choice) -> str | None:
    """Return the SQL for single sightings if days have several and there are few enough in all."""
    finer: str | None = getattr(dashboard, "FINER", None)
    if finer is None:
        return None
    sql = """
    SELECT coalesce(sum(sightings), 0), count(*) FROM daily
    WHERE base = $base AND quote = $quote AND observed_on BETWEEN $first AND $last
    AND source IN (SELECT source FROM drawn_sources($base, $quote))
    """
    [(sightings, days)] = reader.query(sql, _query_values(sql, selection)).fetchall()
    return finer if days < sightings <= MAX_SIGHTINGS else None


def _rows(reader: Reader, dashboard: Dashboard, selection: Choice) -> tuple[list[str], list[tuple[Any, ...]]]:
    answer = reader.query(dashboard.SQL, _query_values(dashboard.SQL, selection))
    return [column[0] for column in answer.description or ()], answer.fetchall()


def _query_values(sql: str, selection: Choice) -> dict[str, Any]:
    """Return the values of the parameters in a query: DuckDB rejects unused ones."""
    return {name: selection.values()[name] for name in set(re.findall(r"\$(\w+)", sql))}


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return f"DATE '{value}'" if isinstance(value, date) else f"'{value}'"
