"""Provenance of one number: the published quotes, their documents, the arithmetic, and every sighting."""

from datetime import date
from typing import Any

from flask import Response
from pydantic import Field
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import as_printed
from ratesvc.publish.reader import Reader
from ratesvc.render import formats
from ratesvc.web.api.params import PastParams
from ratesvc.web.api.rows import as_object, blueprint, seconds_for, version_of
from ratesvc.web.http.params import Base, Code, Day, ParameterError, Params, Way
from ratesvc.web.http.responses import cacheable

_LINE = """
SELECT line.*, printed::DECIMAL(38, 13) AS latest, previous_printed::DECIMAL(38, 13) AS previous, title, site,
    CASE WHEN pegged THEN 'pegged since ' || peg_since || ', ' || peg_authority END AS peg
FROM all_pairs_on(?) AS line
JOIN pairs ON pairs.pair = CASE WHEN inverted THEN line.quote || '/' || line.base ELSE line.pair END
LEFT JOIN sources ON sources.source = line.source
WHERE line.pair = ?
"""
# The newest sighting of a moment counts, and the last moment of a day.
_SIGHTINGS = """
SELECT
    sighting.rate, sighting.observed_at, sighting.seen_at, url, payload_sha256, http_status, reason,
    sighting.observed_at = max(sighting.observed_at) OVER ()
    AND sighting.fetch_id = max(sighting.fetch_id) OVER (PARTITION BY sighting.observed_at) AS counts
FROM observations AS sighting JOIN fetches USING (fetch_id) JOIN snapshots USING (snapshot_id)
WHERE sighting.source = ? AND base = ? AND quote = ?
AND sighting.observed_at >= ?::DATE::TIMESTAMP AND sighting.observed_at < ?::DATE::TIMESTAMP + INTERVAL 1 DAY
ORDER BY sighting.observed_at, sighting.fetch_id
"""
_HELD = """
SELECT source, observed_on, rate, change_shown, reason, confirmed_by, seen_at
FROM held WHERE base = ? AND quote = ? AND observed_on BETWEEN ? AND ?
ORDER BY observed_on, source, rate
"""


class Place(Params):
    """Parameters in the path of /api/why."""

    currency: Code = Field(description="ISO 4217 code.")
    day: Day = Field(description="A day; if it has no rate, the last of the ten days before it that has one is used.")


class WhyParams(PastParams):
    """Parameters of /api/why."""

    base: Base = Field("USD", description="The currency in which it is priced.")
    direction: Way = Field("unit", description="`unit`: the rate of KZT/USD; `local`: of USD/KZT, as people quote it.")


@blueprint.get("/why/<currency>/<day>")
def why(**path: str) -> Response:
    """Explain one number.

    Returns the ticker line of a day, each operand as published, the formula and its rounding, and every sighting: its
    time, URL, and the SHA-256 of the document. Lists unconfirmed figures too.
    """
    place, params = Place.parse(MultiDict(path)), WhyParams.parse()
    version, pair = version_of(params), f"{place.currency}/{params.base}"
    if params.direction == "local":
        pair = as_printed(pair)
    [line] = version.rows(_LINE, [place.day, pair])
    if line["observed_on"] is None:
        raise ParameterError(404, f"there is no rate of {pair} for that day or the ten days before it", "day")
    printed = as_printed(pair).split("/")
    places = len(line["rate"].partition(".")[2])
    previous = line["previous_on"] and _quote(version, line, printed, "previous", "previous_on")
    body = {
        "version": version.published.version,
        "published_at": version.published.published_at,
        "text": line["text"],
        "rate": {
            "shown": line["rate"],
            "precise": line["rate_precise"],
            "value": formats.exact(line["value"]),
            "formula": f"1 / {line['printed']}" if line["inverted"] else line["printed"],
            "rounding": f"half to even: shown to {places} decimals, precise to 6 significant digits",
        },
        "change": _change(line),
        "source": {name: line[name] for name in ("source", "title", "site", "kind", "pegged", "fallback", "peg")},
        "quote": _quote(version, line, printed, "latest", "observed_on"),
        "previous_quote": previous,
        "held": _held(version, printed, line["observed_on"], place.day),
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
    before, now = line["previous_printed"], line["printed"]
    return {
        "shown": line["change"],
        "percent": formats.exact(line["change_pct"]),
        "formula": f"100 * ({before} - {now}) / {now}" if line["inverted"] else f"100 * ({now} - {before}) / {before}",
        "rounding": "half to even, 2 decimals; trailing zeros are dropped",
    }


def _quote(version: Reader, line: dict[str, Any], pair: list[str], rate: str, day: str) -> dict[str, Any]:
    """One operand with every sighting of its day; a peg has none."""
    answer = version.query(_SIGHTINGS, [line["source"], *pair, line[day], line[day]])
    names = [column[0] for column in answer.description or ()]
    quote = as_object(["rate", "observed_on"], (line[rate], line[day]))
    return {**quote, "sightings": [as_object(names, row) for row in answer.fetchall()]}


def _held(version: Reader, pair: list[str], since: date, until: date) -> list[dict[str, Any]]:
    """The unconfirmed figures from the day of the rate to the requested day."""
    answer = version.query(_HELD, [*pair, since, until])
    names = [column[0] for column in answer.description or ()]
    return [as_object(names, row) for row in answer.fetchall()]
