"""Where does one number come from? The printed quotes, their documents, the arithmetic, and every sighting."""

from datetime import date
from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from ratesvc.publish.reader import Reader
from ratesvc.render import formats
from ratesvc.web.api.parameters import Asked, Code, Day
from ratesvc.web.api.rows import as_object, blueprint, seconds_for, version_of
from ratesvc.web.http.params import Refused
from ratesvc.web.http.responses import cacheable

_LINE = """
SELECT line.*, line.units_per_usd::DECIMAL(38, 10) AS units, before.units_per_usd AS previous_units, title, site,
    CASE WHEN pegged THEN 'pegged since ' || peg_since || ', ' || peg_authority END AS peg
FROM ticker_on(?) AS line
JOIN currencies ON pair = currency || '/USD'
LEFT JOIN sources ON sources.source = line.source
LEFT JOIN rates AS before
    ON before.source = line.source AND before.currency = currencies.currency AND before.observed_on = previous_on
WHERE currencies.currency = ?
"""
# Of each moment the newest sighting counts, and of the day its last moment.
_SIGHTINGS = """
SELECT
    sighting.units_per_usd, sighting.observed_at, sighting.seen_at, url, payload_sha256, http_status, reason,
    sighting.observed_at = max(sighting.observed_at) OVER ()
    AND sighting.fetch_id = max(sighting.fetch_id) OVER (PARTITION BY sighting.observed_at) AS counts
FROM observations AS sighting JOIN fetches USING (fetch_id) JOIN snapshots USING (snapshot_id)
WHERE sighting.source = ? AND currency = ?
AND sighting.observed_at >= ?::DATE::TIMESTAMP AND sighting.observed_at < ?::DATE::TIMESTAMP + INTERVAL 1 DAY
ORDER BY sighting.observed_at, sighting.fetch_id
"""
_HELD = """
SELECT source, observed_on, units_per_usd, change_shown, reason, confirmed_by, seen_at
FROM held WHERE currency = ? AND observed_on BETWEEN ? AND ?
ORDER BY observed_on, source, units_per_usd
"""


class Place(BaseModel):
    """The path of /api/why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Code = Field(description="ISO 4217 code.")
    day: Day = Field(description="A day; where it has no rate, the last one of the ten days before it answers.")


@blueprint.get("/why/<currency>/<day>")
@blueprint.input(Place, location="path", arg_name="place")
@blueprint.input(Asked, location="query")
def why(currency: str, day: str, place: Place, query_data: Asked) -> Response:  # noqa: ARG001 - as Flask passes them
    """Where does one number come from?

    What the ticker says for a day, each operand as it was printed, the formula and its rounding, and every sighting of
    it: when, from which address, and the SHA-256 of the document. And which figures are not confirmed yet.
    """
    version = version_of(query_data.as_known_at)
    [line] = version.rows(_LINE, [place.day, place.currency])
    if line["observed_on"] is None:
        raise Refused(404, f"there is no rate of {place.currency} for that day or the ten days before it", "day")
    previous = line["previous_on"] and _quote(version, line, place.currency, "previous_units", "previous_on")
    told = {
        "version": version.published.version,
        "published_at": version.published.published_at,
        "text": line["text"],
        "rate": {
            "shown": line["rate"],
            "precise": line["rate_precise"],
            "usd_per_unit": formats.exact(line["usd_per_unit"]),
            "formula": f"1 / {line['units_per_usd']}",
            "rounding": "half to even: shown to 5 decimals, precise to 6 significant digits",
        },
        "change": _change(line),
        "source": {name: line[name] for name in ("source", "title", "site", "kind", "pegged", "fallback", "peg")},
        "quote": _quote(version, line, place.currency, "units", "observed_on"),
        "previous_quote": previous,
        "held": _held(version, place, line["observed_on"]),
    }
    return cacheable(formats.dumped(told), "application/json", seconds_for(version))


def _change(line: dict[str, Any]) -> dict[str, Any]:
    if line["previous_on"] is None:
        return {
            "shown": line["change"],
            "percent": None,
            "formula": None,
            "rounding": "there is no rate of this source in the ten days before to compare with",
        }
    previous, latest = (as_object(["units"], (line[name],))["exact"]["units"] for name in ("previous_units", "units"))
    return {
        "shown": line["change"],
        "percent": formats.exact(line["change_pct"]),
        "formula": f"100 * ({previous} - {latest}) / {latest}",
        "rounding": "half to even, 2 decimals; zeros at the end are not shown",
    }


def _quote(version: Reader, line: dict[str, Any], currency: str, units: str, day: str) -> dict[str, Any]:
    """One operand, and every sighting of its day; a peg has none."""
    answer = version.query(_SIGHTINGS, [line["source"], currency, line[day], line[day]])
    names = [column[0] for column in answer.description or ()]
    quote = as_object(["units_per_usd", "observed_on"], (line[units], line[day]))
    return {**quote, "sightings": [as_object(names, row) for row in answer.fetchall()]}


def _held(version: Reader, place: Place, since: date) -> list[dict[str, Any]]:
    """The figures of that day, or of the days since the rate that answers, that are not confirmed."""
    answer = version.query(_HELD, [place.currency, since, place.day])
    names = [column[0] for column in answer.description or ()]
    return [as_object(names, row) for row in answer.fetchall()]


def _text(description: str, *, null: bool = False, **more: object) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "description": description, **more}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


_NUMBER = {"type": ["number", "null"]}
_EXACT = _object(units_per_usd=_text("The printed digits"))
_QUOTE = _object(
    units_per_usd={"type": "number", "description": "Units of the currency per US dollar, as printed"},
    observed_on=_text("The day that the document is for", format="date"),
    exact=_EXACT,
    sightings={
        "type": "array",
        "description": "Every sighting of that day, the oldest moment first; of each moment the last one counts",
        "items": _object(
            units_per_usd={"type": "number"},
            observed_at=_text("The moment that the document is for", format="date-time"),
            seen_at=_text("When this service saw it", format="date-time"),
            url=_text("The address that answered"),
            payload_sha256=_text("SHA-256 of the document", null=True),
            http_status={"type": ["integer", "null"]},
            reason=_text("Why it was asked: schedule, manual, backfill, reparse or archive"),
            counts={"type": "boolean", "description": "Whether this is the sighting that the number was made from"},
            exact=_EXACT,
        ),
    },
)
SHAPE = _object(
    version=_text("The version that answered"),
    published_at=_text("When it was published", format="date-time"),
    text=_text("The line of the ticker"),
    rate=_object(
        shown=_text("As the ticker prints it"),
        precise=_text("With six significant digits"),
        usd_per_unit={"type": "number"},
        formula=_text("With its operand"),
        rounding=_text("How it was rounded"),
    ),
    change=_object(
        shown=_text("As the ticker prints it"),
        percent=_NUMBER,
        formula=_text("With its operands", null=True),
        rounding=_text("How it was rounded, or why there is none"),
    ),
    source=_object(
        source=_text("Its name"),
        title=_text("Who publishes", null=True),
        site=_text("The page of the publisher", null=True),
        kind=_text("official or market"),
        pegged={"type": "boolean"},
        fallback={"type": "boolean", "description": "Whether it stands in for the preferred source"},
        peg=_text("Since when it is pegged, and who said so", null=True),
    ),
    quote=_QUOTE,
    previous_quote={**_QUOTE, "type": ["object", "null"]},
    held={
        "type": "array",
        "description": "Figures for that day, or for the days since the rate that answers, that are not confirmed yet",
        "items": _object(
            source=_text("The name of the source"),
            observed_on=_text("The day that the figure is for", format="date"),
            units_per_usd={"type": "number", "description": "The printed digits: units per US dollar"},
            change_shown={**_NUMBER, "description": "The change since the publication before, in percent"},
            reason=_text("Why it is held"),
            confirmed_by=_text("What would confirm it"),
            seen_at=_text("When it was first seen", format="date-time"),
            exact={
                "type": "object",
                "required": ["units_per_usd"],
                "properties": {"units_per_usd": _text("The printed digits"), "change_shown": _text("With every digit")},
                "additionalProperties": False,
            },
        ),
    },
)
