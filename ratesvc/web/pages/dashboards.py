"""Dashboard pages: a list of all dashboards, and one page per file in dashboards/."""

import re

from flask import Blueprint, Response

from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import SeveralParams, choice
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("dashboards", __name__)

_NAMES = ",".join(routes.load())
_TAKES = {
    "quotes": "currencies", "base": "base", "direction": "direction", "first": "range from to", "measure": "measure",
    "grain": "grain",
}  # fmt: skip
"""URL parameters of a chart, by the parameters of its SQL."""


class DashboardParams(SeveralParams, PageParams):
    """Parameters of a dashboard page; a dashboard with a single currency takes the first of `currencies`."""


@blueprint.get("/dashboards")
def dashboards() -> Response:
    """List the dashboards."""
    page = Page()
    titles = {name: page.words.pgettext("dashboard", each.TITLE) for name, each in routes.load().items()}
    return page.answer(page.render("pages/dashboards.html", titles=titles))


@blueprint.get(f"/dashboards/<any({_NAMES}):name>")
def dashboard(name: str) -> Response:
    """Show one dashboard, with the options of its SQL."""
    params = DashboardParams.parse_page()
    page = Page(params)
    return page.answer(_render(page, params, name))


def _render(page: Page, params: DashboardParams, name: str) -> str:
    parameters = set(re.findall(r"\$(\w+)", routes.load()[name].SQL))
    single = "quote" in parameters
    selection = choice(params, page.reader, (params.currencies or ("KZT",))[:1] if single else params.currencies)
    return page.render(
        "pages/dashboard.html",
        code=selection.currencies[0] if single else None,
        chosen=selection,
        chart=routes.panel(page.reader, name, selection, page.words),
        takes=" ".join(takes for parameter, takes in _TAKES.items() if parameter in parameters),
    )
