"""What there is to tell: news of the newest version and failures of maintenance, as lines with a link each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ratesvc.core import failures, settings
from ratesvc.publish.reader import Reader
from ratesvc.render import news

NEWS_DAYS = 30
"""How far back news are looked for: what could not be sent for so long is given up."""

_RANKS = ("failure", "peg", "unreachable", "unconfirmed", "drift", "move", "silence")
"""The most important first; all others follow."""
_IMPORTANCE = {kind: rank for rank, kind in enumerate(_RANKS)}

# Moves below the threshold are listed too: once passed over, they are not told when the threshold is lowered.
_NEWS = """
SELECT *, kind <> 'move' OR (source, base, quote, observed_on) IN (
    SELECT (source, base, quote, observed_on) FROM news($1, $2) WHERE kind = 'move'
) AS worth
FROM news($1, 0)
ORDER BY abs(try_cast(rtrim(change, '%') AS DOUBLE)) DESC NULLS LAST, told_at
"""
_UNREACHABLE = """
SELECT DISTINCT unreachable_since FROM freshness, clock WHERE unreachable_since < now_utc - INTERVAL 1 HOUR
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell.

    key: the same in every version. moved_on: the day of a move, for a history that is filled in later is no news.
    worth: whether it is told, or only passed over.
    """

    key: str
    kind: str
    title: str
    summary: str
    path: str
    moved_on: date | None = None
    worth: bool = True


def items(version: Reader, threshold: Decimal, today: date) -> list[Item]:
    """Return everything of the last days, the most important first. threshold: of moves, in percent."""
    found = [
        *(_of_failure(failure) for failure in failures.reported()),
        *(_of_outage(row) for row in version.rows(_UNREACHABLE)),
        *(
            _of_news(row, version.bank(row["source"], row["quote"]))
            for row in version.rows(_NEWS, [today - timedelta(days=NEWS_DAYS), threshold])
        ),
    ]
    return sorted(found, key=lambda item: _IMPORTANCE.get(item.kind, len(_IMPORTANCE)))


def message(told: Sequence[Item]) -> tuple[str, str]:
    """Return title and body of a message: the first item is the title, each item a paragraph with its link."""
    origin = settings.load().address
    others = len(told) - 1
    title = told[0].title + (f" (and {others} more)" if others else "")
    return title, "\n\n".join(f"{item.summary}\n{origin}{item.path}" for item in told)


def _of_news(row: dict[str, Any], bank: str) -> Item:
    kind = row["kind"]
    key = [kind, row["source"], news.subject(row)]
    if kind != "drift":  # One that lasts has a row for each publication.
        key.append(str(row["observed_on"]))
    if kind in ("unconfirmed", "alternating"):
        key.append(row["rate"])
    elif kind not in ("move", "drift"):  # A correction changes the time of a move.
        key += [row["rate"] or "-", row["told_at"].isoformat()]
    return Item(
        key="/".join(key),
        kind=kind,
        title=news.title(row, bank),
        summary=news.summary(row, bank),
        path=news.path(row),
        moved_on=row["observed_on"] if kind == "move" else None,
        worth=row["worth"],
    )


def _of_failure(failure: failures.Failure) -> Item:
    line = f"The {failure.work} failed at {failure.at:%Y-%m-%d %H:%M} UTC: {failure.sentence}"
    key = f"failure/{failure.work}/{failure.at.isoformat()}"
    return Item(key=key, kind="failure", title=line, summary=line, path="/sources")


def _of_outage(row: dict[str, Any]) -> Item:
    since = row["unreachable_since"]
    line = f"No source could be reached since {since:%Y-%m-%d %H:%M} UTC: the problem is probably on our side"
    return Item(key=f"unreachable/{since.isoformat()}", kind="unreachable", title=line, summary=line, path="/sources")
