"""Which of them moved together, and how far?"""

from flask import Blueprint, Response

from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import SeveralParams, choice
from ratesvc.web.http.params import PAIRS
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("compare", __name__)


class CompareParams(SeveralParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/compare")
def compare() -> Response:
    """Some currencies from a common start, and how alike their daily changes are."""
    params = CompareParams.parse_page()
    page = Page(params)
    return page.answer(_composed(page, params))


def _composed(page: Page, params: CompareParams) -> str:
    chosen = choice(params, page.reader, params.currencies)
    found = page.reader.rows("FROM correlations(?, ?)", [list(chosen.currencies), chosen.first])
    return page.render(
        "pages/compare.html",
        codes=list(PAIRS),
        chosen=chosen,
        chart=routes.panel(page.reader, "side_by_side", chosen, page.words),
        correlations={(row["currency"], row["other"]): row for row in found},
    )
