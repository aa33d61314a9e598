"""Runs the notebook and writes its results, and the dashboard's colours, into their files: `make integrations`."""

import ast
import base64
import io
import json
import os
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ratesvc.core.currencies import CURRENCIES

FOLDER = Path(__file__).parents[1] / "integrations"
DASHBOARD = FOLDER / "grafana" / "rates.json"
NOTEBOOK = FOLDER / "notebook" / "ratesvc.ipynb"
PUBLISHED = '"../../data/published"'
"""What the notebook opens unless its reader changes it."""
HTTPFS = "INSTALL httpfs; LOAD httpfs"

Result = tuple[object, str]
"""The last value of a cell, and what it prints."""


def load(path: Path) -> dict[str, Any]:
    """Read a dashboard or a notebook."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def code_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that have code, from top to bottom."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(published: str, httpfs: str = HTTPFS) -> tuple[dict[str, Any], dict[str, Result]]:
    """Run the cells from top to bottom in one namespace. Returns it, and the result of each cell by its ID.

    published: a folder of published versions, or the address of a service with /data. httpfs: what loads the extension.
    """
    namespace: dict[str, Any] = {}
    results: dict[str, Result] = {}
    for cell in code_of(load(NOTEBOOK)):
        source = "".join(cell["source"]).replace(PUBLISHED, repr(published)).replace(HTTPFS, httpfs)
        results[cell["id"]] = _run_cell(source, cell["id"], namespace)
    return namespace, results


def _run_cell(source: str, name: str, namespace: dict[str, Any]) -> Result:
    parsed = ast.parse(source, name)
    last = parsed.body[-1]
    with redirect_stdout(io.StringIO()) as printed:
        if isinstance(last, ast.Expr):
            parsed.body.pop()
        exec(compile(parsed, name, "exec"), namespace)  # noqa: S102 - our own notebook
        if not isinstance(last, ast.Expr):
            return None, printed.getvalue()
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)  # noqa: S307
    return value, printed.getvalue()


def outputs(result: Result) -> list[dict[str, Any]]:
    """Return what Jupyter stores of a result: text, and a table. A figure is left to `picture`."""
    value, printed = result
    if isinstance(value, pd.DataFrame):
        texts = {"text/html": value.to_html(), "text/plain": value.to_string()}
        return [_output({name: text.splitlines(keepends=True) for name, text in texts.items()})]
    if printed:
        return [{"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)}]
    return []


def picture(figure: go.Figure) -> bytes:
    """Draw a figure as PNG, in a browser."""
    from playwright.sync_api import sync_playwright

    from .browser.conftest import CHROMIUM, QUIET

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])
        page = chromium.new_page(viewport={"width": figure.layout.width, "height": figure.layout.height})
        page.set_content(figure.to_html(config={"staticPlot": True}).replace("<body>", '<body style="margin:0">'))
        page.wait_for_selector(".main-svg")
        shot = page.screenshot()
        chromium.close()
    return shot


def colour(dashboard: dict[str, Any]) -> None:
    """Give each currency of the dashboard the colour that it has in every chart."""
    colours = {currency.code: currency.colour for currency in CURRENCIES}
    overrides = [each for panel in dashboard["panels"] for each in panel["fieldConfig"]["overrides"]]
    for override in overrides:
        code = override["matcher"]["options"].strip("/")
        for property_ in override["properties"]:
            if property_["id"] == "color" and code in colours:
                property_["value"]["fixedColor"] = colours[code]
            elif property_["id"] == "mappings":
                for mapping in property_["value"]:
                    for text, shown in mapping["options"].items():
                        if text in colours:
                            shown["color"] = colours[text]


def _output(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "execution_count": None, "metadata": {}, "output_type": "execute_result"}


def _write(path: Path, document: dict[str, Any], indent: int) -> None:
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    from ratesvc.store.database import writing

    from .guide import publish_as_of_its_end

    dashboard = load(DASHBOARD)
    colour(dashboard)
    _write(DASHBOARD, dashboard, 2)

    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        with writing() as store:
            publish_as_of_its_end(store)
        _, results = run(f"{folder}/published")
    notebook = load(NOTEBOOK)
    for number, cell in enumerate(code_of(notebook), 1):
        value, _ = result = results[cell["id"]]
        cell["outputs"] = outputs(result)
        if isinstance(value, go.Figure):
            drawn = base64.b64encode(picture(value)).decode()
            cell["outputs"] = [_output({"image/png": drawn, "text/plain": [value.layout.title.text]})]
        cell["execution_count"] = number
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = number
    _write(NOTEBOOK, notebook, 1)


if __name__ == "__main__":
    main()
