"""The builder, where editors configure and copy embeds, and a demo news site.

The form's state is in the URL: it can be shared, and works without JavaScript.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template
from markupsafe import Markup
from pydantic import Field

from ratesvc.core import settings
from ratesvc.core.currencies import BASE_CODES, CODES, as_printed
from ratesvc.render.i18n import N_, Words, names
from ratesvc.render.sentence import sentence, spoken_of
from ratesvc.render.ticker import FONT_SIZE, Look, Row, dress, height_of
from ratesvc.web.embed import scripts
from ratesvc.web.embed.chart import RANGES
from ratesvc.web.embed.frames import FASTEST, SLOWEST, THEMES, TickerFrameParams
from ratesvc.web.embed.numbers import find_row
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import TICKER_PAIRS, Language, Pair, Pairs, ParameterError, PastDay, one_of
from ratesvc.web.http.responses import cacheable, seconds_left
from ratesvc.web.http.ticker_routes import LARGEST, SMALLEST, RowsParams

blueprint = Blueprint("builder", __name__)

# Unlike other pages, these two show frames, of this service only.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DEFAULTS = {
    "digits": "site", "per": "1", "sign": "minus", "unconfirmed": "hide", "lang": "en", "theme": "auto", "speed": "50",
    "direction": "left", "change": "percent", "labels": "", "fontsize": str(FONT_SIZE), "sources": "line",
}  # fmt: skip
"""Default values, which need no attribute."""

VALUE_FIELDS = ("rate", "units", "change")
"""Values of the attribute `show` of <rates-value>."""
OFFERED_PER = ("1", "100", "1000", "auto")
LEAST_DIGITS = 4
"""A rate with fewer significant digits hides its changes."""


MORE_PAIRS = {
    base: tuple(pair for code in CODES for pair in (f"{code}/{base}", f"{base}/{code}") if pair not in TICKER_PAIRS)
    for base in BASE_CODES
}
"""The other pairs of currencies of Central Asia, by base."""


class BuilderParams(TickerFrameParams):
    """Fields of the form: those of a ticker, and those of an article about one pair. ui: the language of the form."""

    pairs: Pairs = Field((), validation_alias="pairs")
    ui: Language | None = None
    pair: Pair = "KZT/USD"
    on: PastDay | None = None
    keep: str | None = None
    show: Annotated[str, one_of(*VALUE_FIELDS)] = "rate"
    range: Annotated[str, one_of(*RANGES)] = "1y"


class Taste(NamedTuple):
    """Non-default options of an article: for a number, for a chart, and for every frame."""

    number: Mapping[str, str]
    chart: Mapping[str, str]
    frame: Mapping[str, str]


class Line(NamedTuple):
    """A snippet to copy: its title, its text, and a note."""

    title: str
    text: str
    note: str = ""


@blueprint.get("/embed")
def builder() -> Response:
    """Show the options, a preview, and the snippets to copy."""
    params = BuilderParams.parse_page()
    look, sent_attributes = params.look, params.attributes
    attributes = {name: text for name, text in sent_attributes.items() if text != DEFAULTS.get(name)}
    if look.pairs == TICKER_PAIRS:
        attributes.pop("pairs")
    if not set(params.pair.split("/")) & set(CODES):
        raise ParameterError(422, f"pair has one of {', '.join(CODES)}", "pair")
    newest = ticker_rows.reader()
    article = {"on": params.sent.get("on"), "pin": newest.published.version if params.keep else None}
    row, told = (find_row(pair, params.on).row for pair in (params.pair, spoken_of(params.pair)))
    taste = Taste(
        number={
            name: text
            for name, text in (*attributes.items(), ("show", params.show))
            if name in ("show", "digits", "per", "sign", "unconfirmed", "change") and text != "rate"
        },
        chart={"range": params.range} if params.range != "1y" else {},
        frame={name: text for name, text in attributes.items() if name in ("lang", "theme")},
    )
    rows = dress(ticker_rows.now(newest).selection(look.pairs), look)
    return _page(
        "embed/builder.html",
        words=(words := Words(params.ui or look.words.language)),
        chosen={**DEFAULTS, **sent_attributes, "pairs": (chosen := look.pairs or TICKER_PAIRS)},
        # A form sends its boxes in their order.
        boxes=(*chosen, *(pair for pair in TICKER_PAIRS if pair not in chosen)),
        pairs=TICKER_PAIRS,
        more_pairs=MORE_PAIRS,
        place=_place(params.pair),
        coarse=[row["pair"] for row in rows if row["printed"] and _significant(row) < LEAST_DIGITS],
        shown=params.show,
        span=params.range,
        spans=list(RANGES),
        taste=taste,
        choices={
            "digits": ("site", "precise"),
            "per": [*OFFERED_PER, *({params.per} - {*OFFERED_PER})],
            "sign": ("minus", "always"),
            "unconfirmed": ("hide", "show"),
            "change": ("percent", "absolute", "both"),
            "theme": THEMES,
        },
        languages=names(),
        speeds=(SLOWEST, FASTEST),
        sizes=(SMALLEST, LARGEST),
        pair=params.pair,
        article=article,
        attributes=attributes,
        lines=(lines := list(_lines(look, attributes, height_of(params.fontsize), words)))[:-OTHERS],
        other_lines=lines[-OTHERS:],
        article_lines=list(_article_lines(row, told, article, look, taste, words)),
        local=settings.load().public_url is None,
    )


@blueprint.get("/embed/demo")
def demo() -> Response:
    """Show a news site with the ticker in its header, and an article with a number, a chart and a card."""
    newest = ticker_rows.reader()
    return _page("embed/demo.html", row=ticker_rows.now(newest).row("KZT/USD"), version=newest.published.version)


def _page(template: str, **context: object) -> Response:
    newest = scripts.newest()
    page = render_template(template, **context, origin=settings.load().address, scripts=newest)
    seconds = seconds_left(ticker_rows.reader().published)
    return cacheable(page.encode(), "text/html; charset=utf-8", seconds, Content_Security_Policy=POLICY)


def _place(pair: str) -> dict[str, str]:
    """Return the code of a pair's currency, and the parameters of its chart and card that are not the default."""
    base, code = as_printed(pair).split("/")
    return {
        "code": code,
        **({"base": base} if base != "USD" else {}),
        **({"direction": "local"} if pair == as_printed(pair) else {}),
    }


def _shared_place(look: Look, attributes: Mapping[str, str]) -> dict[str, str] | None:
    """Return the parameters of the card of all currencies for the pairs of a ticker; None if it cannot show these."""
    if "pairs" not in attributes:
        return {"direction": "local"} if attributes.get("direction") == "local" else {}
    places = [_place(pair) for pair in look.pairs]
    alike = {place.pop("code") for place in places} <= set(CODES) and all(place == places[0] for place in places)
    return places[0] if alike else None


def _significant(row: Row) -> int:
    return len("".join(re.findall(r"\d", row["rate"])).lstrip("0"))


def _lines(look: Look, attributes: Mapping[str, str], height: int, words: Words) -> Iterator[Line]:
    """Yield the snippets of the ticker, one for each kind of publishing system."""
    origin, script, _ = settings.load().address, scripts.newest()["ticker"], words.gettext
    title = look.words.gettext("Exchange rates")
    query = f"?{urlencode(attributes)}" if attributes else ""
    frame = f"{origin}/embed/ticker{query}"
    rows = {name: text for name, text in attributes.items() if name in RowsParams.model_fields}
    attribute_text = Markup("").join(Markup(' {}="{}"').format(name, text) for name, text in attributes.items())
    tag = Markup(
        '<rates-ticker{} style="display:block;min-height:{}px"><a href="{}/ticker.html{}">{}</a></rates-ticker>'
    ).format(attribute_text, height, origin, f"?{urlencode(rows)}" if rows else "", title)
    yield Line(
        _("Script"),
        Markup('<script async src="{}/embed/ticker.js"></script>{}').format(origin, tag),
        _(
            "The lightest form; readers without scripts get a link. The style reserves space until the script has"
            " loaded; if your policy forbids style attributes, put it into your style sheet."
        ),
    )
    yield Line(
        _("Script that never changes"),
        Markup('<script async src="{}{}" integrity="{}" crossorigin></script>{}').format(
            origin, script.path, script.integrity, tag
        ),
        _("The browser refuses it if a single byte differs. It won't receive fixes."),
    )
    yield Line(
        _("Iframe"),
        Markup(
            '<iframe src="{}" title="{}" width="100%" height="{}" style="border:0" sandbox="allow-scripts"></iframe>'
        ).format(frame, title, height),
        _("Works without JavaScript too. It cannot access your page."),
    )
    yield Line(_("WordPress, Ghost and others"), frame, _("Paste the address as a paragraph of its own (oEmbed)."))
    # An image is light by default, and cannot follow the reader's colour scheme.
    place = _shared_place(look, attributes)
    plain = {name: text for name, text in attributes.items() if name in ("lang", "theme") and text != "auto"}
    options = {**(place or {}), **plain}
    yield Line(
        _("Image for mail and messengers"),
        Markup('<a href="{}"><img src="{}" width="600" height="315" alt="{}"></a>').format(
            origin, f"{origin}/card/all.png{f'?{urlencode(options)}' if options else ''}", title
        ),
        _("The five currencies in one picture, 1200 by 630 pixels, with the rates of the moment when it is loaded.")
        + ("" if place is not None else " " + _("It shows them in dollars, not the pairs chosen above.")),
    )
    yield Line(
        "AMP",
        render_template(
            "embed/amp.html", frame=frame, title=title, language=look.words.language, height=height
        ).strip(),
        _("A whole page: copy the script from its head and the element from its body. AMP requires https."),
    )
    address = f"{origin}/ticker.json{f'?{urlencode(rows)}' if rows else ''}"
    for language, suffix in (("PHP", "php"), ("JavaScript", "js")):
        yield Line(
            _("Plain rows, {language}", language=language),
            render_template(f"embed/rows.{suffix}", address=address).strip(),
            _(_PLAIN[suffix]),
        )


OTHERS = 3
"""The number of last snippets, AMP and those for programmers, that are shown separately."""
_PLAIN = {
    "php": N_("Cache its output; the response headers say for how long."),
    "js": N_("Runs in browsers and in Node. Any site may use it."),
}


def _article_lines(
    row: Row, told: Row, article: Mapping[str, Any], look: Look, taste: Taste, words: Words
) -> Iterator[Line]:
    """Yield the snippets for an article. told: the row in the direction of a sentence."""
    origin, _ = settings.load().address, words.gettext
    place = _place(row["pair"])
    code = place.pop("code")
    [formatted] = dress([row], replace(look, pairs=(), language=look.words.language))
    pin = {"pin": article["pin"]} if article["pin"] else {}
    attributes = {**article, **taste.number, **taste.frame}
    # A number has no link to the service, and an optimiser may copy the script to another host: so name the source.
    attribute_text = Markup("").join(
        Markup(' {}="{}"').format(name, text) for name, text in ({**attributes, "source": origin}).items() if text
    )
    inside = {"units": formatted["units"], "change": formatted["change"]}.get(
        taste.number.get("show", ""), formatted["rate_per"]
    )
    # A card is light by default, and cannot follow the reader's colour scheme.
    plain = {name: text for name, text in taste.frame.items() if (name, text) != ("theme", "auto")}
    card = {**place, **plain, **pin}

    def with_query(path: str, **parameters: str) -> str:
        return f"{origin}{path}?{urlencode(parameters)}" if parameters else f"{origin}{path}"

    yield Line(
        _("Number"),
        Markup('<script async src="{}/embed/value.js"></script><rates-value pair="{}"{}>{}</rates-value>').format(
            origin, row["pair"], attribute_text, inside
        ),
        _("The text inside is shown until the script has loaded, and to readers without scripts."),
    )
    yield Line(
        _("Chart"),
        Markup(
            '<iframe src="{}" title="{}" width="100%" height="320" style="border:0" sandbox="allow-scripts"></iframe>'
        ).format(
            with_query(f"/embed/chart/{code}", **place, **taste.chart, **taste.frame, **pin),
            f"{row['pair']}, {formatted['name']}",
        ),
    )
    yield Line(
        _("Card for social media"),
        Markup('<meta property="og:image" content="{}">').format(with_query(f"/card/{code}.png", **card)),
        _("1200 by 630 pixels; use .svg for a vector image."),
    )
    yield Line(
        _("Strip"),
        Markup('<img src="{}" width="600" height="120" alt="{}">').format(
            with_query(f"/card/{code}.svg", size="sparkline", **card),
            f"{row['pair']}, {formatted['name']}",
        ),
    )
    query = {**{name: text for name, text in article.items() if text}, **taste.frame}
    query.pop("theme", None)
    yield Line(_("Sentence"), with_query("/embed/sentence", pair=row["pair"], **query), sentence(told, look.words))
