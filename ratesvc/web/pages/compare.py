"""Compare page: which currencies moved together, and how far?"""

from flask import Blueprint, Response

from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import SeveralParams, choice
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("compare", __name__)


class CompareParams(SeveralParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/compare")
def compare() -> Response:
    """Show currencies from a common start, and the correlations of their daily changes."""
    params = CompareParams.parse_page()
    page = Page(params)
    return page.answer(_render(page, params))


def _render(page: Page, params: CompareParams) -> str:
    selection = choice(params, page.reader, params.currencies)
    correlations = page.reader.rows(
        "FROM correlations(?, ?, ?)", [selection.base, list(selection.currencies), selection.first]
    )
    return page.render(
        "pages/compare.html",
        chosen=selection,
        chart=routes.panel(page.reader, "side_by_side", selection, page.words),
        correlations={(row["quote"], row["other"]): row for row in correlations},
    )
