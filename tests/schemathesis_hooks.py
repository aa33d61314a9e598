"""What parameters must be together, which no schema can say: a range forwards, a century at most, nothing future.

Only values that a schema allows are touched, so what must be refused stays as it was.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import schemathesis

from ratesvc.web.api.parameters import LONGEST


@schemathesis.hook
def map_query(_: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    if not query:
        return query
    first, last = _day(query.get("from")), _day(query.get("to"))
    if first and last and first > last:
        first, last = last, first
    if first and (last or datetime.now(UTC).date()) - first > LONGEST:
        first = (last or datetime.now(UTC).date()) - timedelta(days=400)
    query.update({name: str(day) for name, day in (("from", first), ("to", last)) if day})
    if (moment := _moment(query.get("as_known_at"))) and moment > datetime.now(UTC):
        query["as_known_at"] = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    return query


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
