"""The service answers what the Grafana dashboard asks, and the notebook's results are those of the views."""

import base64
import csv
import io
import json
import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb_extension_httpfs
import pandas as pd
import plotly.graph_objects as go
import pytest
from flask.testing import FlaskClient

from ratesvc.core.currencies import BASE_CODES, CURRENCIES
from ratesvc.publish.reader import Reader

from . import integrations
from .conftest import Published
from .guide import publish_as_of_its_end
from .serving import TODAY

DASHBOARD = integrations.load(integrations.DASHBOARD)
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
MAY_BE_EMPTY = {"Events"}
"""The busy year has no peg events and no decisions."""


def fill_in(text: str, chosen: dict[str, str], back: int = 365) -> str:
    """A text of the dashboard with its variables filled in, as Grafana does it for the last days."""
    values = {name: variable["current"]["value"] for name, variable in VARIABLES.items()} | chosen
    days = {"__from": TODAY - timedelta(days=back), "__to": TODAY + timedelta(days=1)}
    text = re.sub(r"\$\{(__from|__to):date:YYYY-MM-DD\}", lambda found: str(days[found[1]]), text)
    return re.sub(r"\$\{(\w+)(:text)?\}", lambda found: values[found[1]], text)


def rows_of(client: FlaskClient, query: dict[str, Any]) -> list[dict[str, Any]]:
    """What a query is answered, as Infinity reads it: a root selector for JSON, a header for CSV."""
    address = fill_in(query["url"], {})
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    if query["type"] == "csv":
        found = list(csv.DictReader(io.StringIO(answer.text)))
        names = answer.text.partition("\n")[0].split(",")
        assert {column["selector"] for column in query["columns"]} <= set(names), address
        return found
    rows: list[dict[str, Any]] = json.loads(answer.text)[query["root_selector"]]
    return rows


def value_at(row: dict[str, Any], selector: str) -> Any:
    """The value at a path, None if there is none; the first name must exist."""
    first, *rest = selector.split(".")
    value = row.get(first) if rest else row[first]
    for name in rest:
        value = (value or {}).get(name)
    return value


QUERIES = [
    pytest.param(title, query, id=f"{title} {query['refId']}")
    for title, panel in PANELS.items()
    for query in panel["targets"]
]


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_a_panel_of_the_dashboard_is_answered_with_its_columns(
    client: FlaskClient, title: str, query: dict[str, Any]
) -> None:
    rows = rows_of(client, query)
    assert rows or title in MAY_BE_EMPTY
    for column in query["columns"]:
        values = [value_at(row, column["selector"]) for row in rows]
        present = [value for value in values if value not in (None, "")]
        assert present or not rows or column["selector"] == "last_asked_at", column
        for value in present:
            if column["type"] == "number":
                assert math.isfinite(float(value))
                assert not isinstance(value, bool)
            elif column["type"] == "timestamp":
                assert datetime.fromisoformat(value)
            else:
                assert isinstance(value, str | bool)


def test_each_choice_of_a_variable_is_answered(client: FlaskClient) -> None:
    addresses = {
        fill_in(query["url"], {name: option["value"]}, 30)
        for name, variable in VARIABLES.items()
        for option in variable["options"]
        for panel in PANELS.values()
        for query in panel["targets"]
        if f"${{{name}}}" in query["url"]
    }
    assert len(addresses) > 20
    for address in addresses:
        assert client.head(address).status_code == 200, address


def test_the_choices_of_the_dashboard_are_those_of_the_service() -> None:
    choices = {name: {option["value"] for option in variable["options"]} for name, variable in VARIABLES.items()}
    assert choices["base"] == set(BASE_CODES)
    assert choices["currency"] == {currency.code for currency in CURRENCIES}
    for panel in PANELS.values():
        for query in panel["targets"]:
            assert set(re.findall(r"\$\{(\w+)", fill_in(query["url"], {}) + panel["title"])) <= set(VARIABLES)


def test_a_currency_has_its_colour_on_the_dashboard(views: Reader) -> None:
    """`make integrations` brings them."""
    listed = views.rows("FROM currencies SELECT currency, colour WHERE NOT is_base")
    colours = {row["currency"]: row["colour"] for row in listed}
    for panel in PANELS.values():
        found = {
            override["matcher"]["options"].strip("/"): override["properties"][0]["value"]["fixedColor"]
            for override in panel["fieldConfig"]["overrides"]
            if override["matcher"]["id"] == "byRegexp"
        }
        assert panel["type"] == "table" or found == colours, panel["title"]
    [currency] = [
        override
        for override in PANELS["Latest rates: units for 1 ${base}"]["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "Currency"
    ]
    [mapping] = currency["properties"][0]["value"]
    assert {code: shown["color"] for code, shown in mapping["options"].items()} == colours


def test_the_dashboard_can_be_imported() -> None:
    """It names its data source, its plugins and columns that exist, and no panel overlaps another."""
    [source] = DASHBOARD["__inputs"]
    assert source["type"] == "datasource"
    places = [*PANELS.values(), *(query for panel in PANELS.values() for query in panel["targets"])]
    assert {(place["datasource"]["type"], place["datasource"]["uid"]) for place in places} == {
        (source["pluginId"], f"${{{source['name']}}}")
    }
    assert {panel["type"] for panel in PANELS.values()} | {"grafana", source["pluginId"]} == {
        each["id"] for each in DASHBOARD["__requires"]
    }
    assert len({panel["id"] for panel in PANELS.values()}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in PANELS.values():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells
        names = {column["text"] for query in panel["targets"] for column in query["columns"]}
        told = {
            override["matcher"]["options"]
            for override in panel["fieldConfig"]["overrides"]
            if override["matcher"]["id"] == "byName"
        }
        assert told <= names, panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"] == "-"
        assert panel["description"]
    readme = (integrations.FOLDER / "grafana" / "README.md").read_text(encoding="utf-8")
    asked = {query["url"].partition("?")[0] for panel in PANELS.values() for query in panel["targets"]}
    assert asked <= set(re.findall(r"`(/[^`]+)`", readme))


def agrees(namespace: dict[str, Any], results: dict[str, integrations.Result], views: Reader) -> None:
    """Asserts that the results of the notebook are those of the views of the invented year."""
    today, losses, documents = (namespace[name] for name in ("today", "losses", "documents"))
    said = views.rows(
        "SELECT pair, rate, change FROM all_pairs WHERE base = 'USD' AND NOT inverted "
        "AND quote IN ('KGS', 'KZT', 'TJS', 'UZS', 'TMT') ORDER BY position"
    )
    assert today.reset_index()[["pair", "rate", "change"]].to_dict("records") == said

    year = namespace["year"]
    gained = year.dropna().groupby("quote").last()
    sources = {"KGS": "nbkr", "KZT": "nbk", "TJS": "nbt", "UZS": "currency_api"}
    for code, source in sources.items():
        [row] = views.rows(
            "SELECT inverse_change_shown(first.rate, last.rate)::VARCHAR AS gained "
            "FROM rates AS first JOIN rates AS last USING (base, quote, source) "
            "WHERE base = 'USD' AND quote = ? AND source = ? AND first.observed_on = ? AND last.observed_on = ?",
            [code, source, gained["start_on"][code], gained["observed_on"][code]],
        )
        assert gained["gained"][code] == row["gained"], code

    figure = results["chart"][0]
    assert isinstance(figure, go.Figure)
    shapes = {line.name: line.line.shape for line in figure.data}
    assert shapes == {"KGS": "hv", "KZT": "hv", "TJS": "hv", "UZS": "linear"}
    assert "TJS" in [line.name for line in figure.data if pd.isna(line.y).any()]  # Its bank fell silent.
    assert gained["name"][gained["gained_pct"].abs().idxmax()] in figure.layout.title.text

    assert "USD/TMT" not in set(losses["pair"])
    worst = views.rows(
        "SELECT min(inverse_change_shown)::VARCHAR AS change FROM changes "
        "JOIN headline USING (pair, source) WHERE period = 'previous' AND changes.quote IN ('KGS', 'KZT', 'TJS', 'UZS')"
    )
    assert losses["change"].iloc[0] == worst[0]["change"]

    [spread] = views.rows("SELECT count(*) AS days, max(abs(gap_pct)) AS widest FROM spread WHERE pair = 'USD/KZT'")
    assert namespace["spread"]["days"]["USD/KZT"] == spread["days"]
    assert abs(float(namespace["spread"]["widest"]["USD/KZT"])) == pytest.approx(spread["widest"], abs=0.005)

    averages = namespace["averages"].query("source == 'nbk'")
    month = averages.index[-2]
    printed = views.query(
        "SELECT rate FROM rates WHERE pair = 'USD/KZT' AND source = 'nbk' AND NOT carried "
        "AND strftime(observed_on, '%Y-%m') = ?",
        [month],
    ).fetchall()
    assert averages["publications"][month] == len(printed)
    mean = sum(rate for (rate,) in printed) / Decimal(len(printed))
    assert Decimal(averages["publication_average"][month]) == mean.quantize(Decimal("1e-13"))
    [newest] = views.rows("SELECT max(observed_at)::DATE::VARCHAR AS day FROM observations WHERE quote = 'KZT'")
    assert documents["day"].iloc[0] == newest["day"]


def test_the_notebook_runs_on_a_folder_and_agrees_with_the_views(busy_year: Path, views: Reader) -> None:
    namespace, results = integrations.run(str(busy_year / "published"))
    agrees(namespace, results, views)
    assert results["derivation"] == (None, "")


def test_the_notebook_runs_on_a_service_and_agrees_with_the_views(busy: str, views: Reader) -> None:
    [extension] = Path(duckdb_extension_httpfs.__path__[0]).rglob("httpfs.duckdb_extension")
    namespace, results = integrations.run(f"{busy}/data", f"LOAD '{extension}'")
    agrees(namespace, results, views)
    assert json.loads(results["derivation"][1])["formula"] == "1 / 516.95"


def test_the_results_in_the_notebook_are_those_of_the_bundled_history(published: Published) -> None:
    """`make integrations` writes them."""
    folder = published("archive-as-of-its-end", publish_as_of_its_end)
    namespace, results = integrations.run(str(folder / "published"))
    shown = 0
    for cell in integrations.code_of(integrations.load(integrations.NOTEBOOK)):
        value, _ = result = results[cell["id"]]
        if isinstance(value, go.Figure):
            [output] = cell["outputs"]
            assert output["data"]["text/plain"] == [value.layout.title.text]
            picture = base64.b64decode(output["data"]["image/png"])
            assert picture.startswith(b"\x89PNG")
            assert len(picture) < 60_000
            continue
        written = [{name: text for name, text in each.items() if name != "execution_count"} for each in cell["outputs"]]
        for output in (expected := integrations.outputs(result)):
            output.pop("execution_count", None)
        assert written == expected, cell["id"]
        shown += bool(written)
    assert shown >= 8
    text = integrations.NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 120_000
    assert not re.search(r"/(tmp|home|root|Users)/", text)
    assert all((folder / "raw" / checksum).exists() for checksum in namespace["documents"]["payload_sha256"])
