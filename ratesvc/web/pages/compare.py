"""Which of them moved together, and how far?"""

from flask import Blueprint, Response

from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import CHOICES, choice
from ratesvc.web.http.params import PAIRS
from ratesvc.web.pages.page import Page

blueprint = Blueprint("compare", __name__)


@blueprint.get("/compare")
def compare() -> Response:
    """Some currencies from a common start, and how alike their daily changes are."""
    page = Page(*CHOICES)
    return page.answer(_composed(page))


def _composed(page: Page) -> str:
    chosen = choice(page.asked, page.reader)
    found = page.reader.rows("FROM correlations(?, ?)", [list(chosen.currencies), chosen.first])
    return page.render(
        "pages/compare.html",
        codes=list(PAIRS),
        chosen=chosen,
        chart=routes.panel(page.reader, "side_by_side", chosen, page.words),
        correlations={(row["currency"], row["other"]): row for row in found},
    )
