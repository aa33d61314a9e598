"""Which charts are there? A list of all dashboards, and a page for each: a file in dashboards/ has one at once."""

import re

from flask import Blueprint, Response

from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import SeveralParams, choice
from ratesvc.web.http.params import PAIRS
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("dashboards", __name__)

_NAMES = ",".join(routes.load())
_TAKES = {"currencies": "currencies", "first": "range from to", "measure": "measure", "grain": "grain"}
"""What an address may say of a chart, by the parameters of its SQL."""


class DashboardParams(SeveralParams, PageParams):
    """Parameters of the page of a dashboard; one with a single currency takes the first of `currencies`."""


@blueprint.get("/dashboards")
def dashboards() -> Response:
    """The titles of all."""
    page = Page()
    titles = {name: page.words.pgettext("dashboard", each.TITLE) for name, each in routes.load().items()}
    return page.answer(page.render("pages/dashboards.html", titles=titles))


@blueprint.get(f"/dashboards/<any({_NAMES}):name>")
def dashboard(name: str) -> Response:
    """One, with what its SQL leaves open to choose."""
    params = DashboardParams.parse_page()
    page = Page(params)
    return page.answer(_composed(page, params, name))


def _composed(page: Page, params: DashboardParams, name: str) -> str:
    parameters = set(re.findall(r"\$(\w+)", routes.load()[name].SQL))
    single = "currency" in parameters
    chosen = choice(params, page.reader, (params.currencies or ("KZT",))[:1] if single else params.currencies)
    return page.render(
        "pages/dashboard.html",
        codes=list(PAIRS),
        code=chosen.currencies[0] if single else None,
        chosen=chosen,
        chart=routes.panel(page.reader, name, chosen, page.words),
        takes=" ".join(takes for parameter, takes in _TAKES.items() if parameter in parameters),
    )
