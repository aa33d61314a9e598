"""The Grafana dashboard asks what the service answers, and the notebook computes what the views have."""

import csv
import io
import json
import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ratesvc.core.currencies import BASE_CODES, CURRENCIES
from ratesvc.publish.reader import Reader

from .serving import TODAY

INTEGRATIONS = Path(__file__).parents[1] / "integrations"
DASHBOARD = json.loads((INTEGRATIONS / "grafana" / "rates.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
MAY_BE_EMPTY = {"Events"}
"""In the invented year no bank contradicts a peg and nobody decides."""


def fill_in(text: str, **chosen: str) -> str:
    """A text of the dashboard with its variables filled in, as Grafana does it for the last year."""
    values = {name: variable["current"]["value"] for name, variable in VARIABLES.items()} | chosen
    days = {"__from": TODAY - timedelta(days=365), "__to": TODAY + timedelta(days=1)}
    text = re.sub(r"\$\{(__from|__to):date:YYYY-MM-DD\}", lambda found: str(days[found[1]]), text)
    return re.sub(r"\$\{(\w+)(:text)?\}", lambda found: values[found[1]], text)


def rows_of(client: FlaskClient, query: dict[str, Any], **chosen: str) -> list[dict[str, Any]]:
    """What a query is answered, as Infinity reads it: a root selector for JSON, a header for CSV."""
    address = fill_in(query["url"], **chosen)
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
        fill_in(query["url"], **{name: option["value"]})
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
            assert set(re.findall(r"\$\{(\w+)", fill_in(query["url"]) + panel["title"])) <= set(VARIABLES)


def test_a_currency_has_its_colour_on_the_dashboard(views: Reader) -> None:
    colours = {
        row["currency"]: row["colour"]
        for row in views.rows("FROM currencies SELECT currency, colour WHERE NOT is_base")
    }
    drawn = [panel for panel in PANELS.values() if panel["type"] in ("timeseries", "stat")]
    for panel in drawn:
        found = {}
        for override in panel["fieldConfig"]["overrides"]:
            if override["matcher"]["id"] == "byRegexp":
                found[override["matcher"]["options"].strip("/")] = override["properties"][0]["value"]["fixedColor"]
        assert found == colours, panel["title"]
    mapped = json.dumps(PANELS["Latest rates: units for 1 ${base}"]["fieldConfig"]["overrides"])
    assert all(f'"text": "{code}", "color": "{colour}"' in mapped for code, colour in colours.items())


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
    readme = (INTEGRATIONS / "grafana" / "README.md").read_text(encoding="utf-8")
    asked = {query["url"].partition("?")[0] for panel in PANELS.values() for query in panel["targets"]}
    assert asked <= set(re.findall(r"`(/[^`]+)`", readme))
