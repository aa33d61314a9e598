"""Base of every page: language and theme, links that carry them, and one version."""

from datetime import date
from urllib.parse import urlencode

from flask import Response, current_app, render_template, request
from markupsafe import Markup

from ratesvc.core import settings
from ratesvc.core.currencies import BASE_CODES
from ratesvc.render.i18n import LANGUAGES, Words, names
from ratesvc.web.charts.plotlyjs import plotly_url
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.assets import asset_url
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.params import Language, PairParams, Theme
from ratesvc.web.http.responses import cacheable, seconds_left

THEMES = ("auto", "light", "dark")
CARRIED_PARAMS = ("lang", "theme", "base", "direction")
"""Parameters that links carry from page to page."""


class PageParams(PairParams):
    """Parameters of every page."""

    lang: Language = "en"
    theme: Theme = "auto"

    @property
    def direct(self) -> dict[str, object]:
        """The base, and whether pairs are shown as their sources print them, for queries."""
        return {"base": self.base, "as_printed": self.direction == "local"}


class Page:
    """A page request; by default the page has no parameters of its own. Raises ParameterError."""

    def __init__(self, params: PageParams | None = None) -> None:
        params = params or PageParams.parse_page()
        # In a fixed order, so that the same options always have the same URL.
        known = dict.fromkeys((*CARRIED_PARAMS, *params.names().values()))
        self.query = {name: params.sent[name] for name in known if name in params.sent}
        self.words = Words(params.lang)
        self.theme = params.theme
        self.params = params
        self.current: Current = current_app.extensions["current"]
        self.reader = ticker_rows.reader()
        self.ticker = ticker_rows.now(self.reader)

    @property
    def bases(self) -> list[str]:
        """The bases that are collected."""
        found = {row["quote"] for row in (*self.ticker.rows, *self.ticker.others())}
        return [code for code in BASE_CODES if code in found]

    def link(self, path: str | None = None, **changes: str | None) -> str:
        """Link to another page in this language and theme; without a path, to this page with changed parameters."""
        params = (
            self.query if path is None else {name: self.query[name] for name in CARRIED_PARAMS if name in self.query}
        )
        query = {name: text for name, text in {**params, **changes}.items() if text is not None}
        return (path or request.path) + (f"?{urlencode(query)}" if query else "")

    def day(self, moment: date | None, beside: date | None = None) -> str:
        """Format a day, without its year if a day of the same year stands beside it."""
        if moment is None:
            return "—"
        if beside and (beside.year == moment.year):
            return self.words.tick(moment, "MMMd")
        return self.words.day(moment)

    def answer(self, text: str) -> Response:
        """Build the response, cacheable until the next snapshot."""
        return cacheable(text.encode(), "text/html; charset=utf-8", seconds_left(self.reader.published))

    def _in_language(self, language: str) -> str:
        """Return the full address of this page in a language: with its base and direction, without other choices."""
        kept = {name: self.query[name] for name in ("base", "direction") if name in self.query}
        query = ({} if language == "en" else {"lang": language}) | kept
        return settings.load().address + request.path + (f"?{urlencode(query)}" if query else "")

    def render(self, template: str, **context: object) -> str:
        """Render a template with the variables of every page."""
        published = self.reader.published
        rows = [row for row in self.ticker.rows if row["observed_on"] and not row["pegged"]]
        return render_template(
            template,
            page=self,
            words=self.words,
            day=self.day,
            link=self.link,
            theme=self.theme,
            base=self.params.base,
            direction=self.params.direction,
            bases=self.bases,
            languages=names(),
            themes=THEMES,
            asset=asset_url,
            plotly_url=plotly_url(),
            published=published,
            # A peg is in force without observations, so it says nothing about the age of the data.
            as_of=max((row["observed_on"] for row in rows), default=None),
            all_stale=all(row["stale"] for row in rows),
            origin=settings.load().address,
            canonical=self._in_language(self.words.language),
            alternates={language: self._in_language(language) for language in LANGUAGES},
            fields=hidden_fields,
            anchor=anchor,
            **context,
        )


def anchor(title: str) -> str:
    """Make the anchor of a heading from its title."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())


def hidden_fields(query: dict[str, str], *but: str) -> Markup:
    """Build the hidden fields with which a form keeps parameters of the URL."""
    return Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, text)
        for name, text in query.items()
        if name not in but
    )
