"""Provenance of one number: the published quotes, their documents, the arithmetic, and every sighting."""

from datetime import date
from typing import Annotated, Any

from flask import Response
from pydantic import Field
from werkzeug.datastructures import MultiDict

from ratesvc.publish.reader import Reader
from ratesvc.render import formats
from ratesvc.web.api.params import PastParams
from ratesvc.web.api.rows import as_object, blueprint, seconds_for, version_of
from ratesvc.web.http.params import CODES, Day, ParameterError, Params, one_of
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
# The newest sighting of a moment counts, and the last moment of a day.
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


class Place(Params):
    """Parameters in the path of /api/why."""

    currency: Annotated[str, one_of(*CODES)] = Field(description="ISO 4217 code.")
    day: Day = Field(description="A day; if it has no rate, the last of the ten days before it that has one is used.")


@blueprint.get("/why/<currency>/<day>")
def why(**path: str) -> Response:
    """Explain one number.

    Returns the ticker line of a day, each operand as published, the formula and its rounding, and every sighting: its
    time, URL, and the SHA-256 of the document. Lists unconfirmed figures too.
    """
    place, version = Place.parse(MultiDict(path)), version_of(PastParams.parse())
    [line] = version.rows(_LINE, [place.day, place.currency])
    if line["observed_on"] is None:
        raise ParameterError(404, f"there is no rate of {place.currency} for that day or the ten days before it", "day")
    previous = line["previous_on"] and _quote(version, line, place.currency, "previous_units", "previous_on")
    body = {
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
    return cacheable(formats.dumped(body), "application/json", seconds_for(version))


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
        "rounding": "half to even, 2 decimals; trailing zeros are dropped",
    }


def _quote(version: Reader, line: dict[str, Any], currency: str, units: str, day: str) -> dict[str, Any]:
    """One operand with every sighting of its day; a peg has none."""
    answer = version.query(_SIGHTINGS, [line["source"], currency, line[day], line[day]])
    names = [column[0] for column in answer.description or ()]
    quote = as_object(["units_per_usd", "observed_on"], (line[units], line[day]))
    return {**quote, "sightings": [as_object(names, row) for row in answer.fetchall()]}


def _held(version: Reader, place: Place, since: date) -> list[dict[str, Any]]:
    """The unconfirmed figures from the day of the rate to the requested day."""
    answer = version.query(_HELD, [place.currency, since, place.day])
    names = [column[0] for column in answer.description or ()]
    return [as_object(names, row) for row in answer.fetchall()]
