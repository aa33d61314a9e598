"""Parse kept documents again, after a parser was fixed.

Documents are parsed and validated in order of arrival, as if for the first time, together with the
rates of the other sources. A rate that differs from the stored one becomes a new sighting; nothing is
overwritten, and the old parser's rate remains as an older sighting.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, SourceError
from ratesvc.core.observation import Observation
from ratesvc.core.quoting import LONGEST_MESSAGE, in_short
from ratesvc.core.reading import Reading
from ratesvc.sources import Source
from ratesvc.store import raw_documents
from ratesvc.store.database import Store
from ratesvc.store.write import record_judged
from ratesvc.validation.evidence import Prices
from ratesvc.validation.fetch_result import ARCHIVED, Answer, unreadable
from ratesvc.validation.known_rates import Held, KnownRates
from ratesvc.validation.rules import Rejection, Verdict, apply_rules
from ratesvc.validation.validate_fetch import WAITING, known_rates_of, stored_rate


@dataclass(slots=True)
class Outcome:
    """Result of parsing the documents of a source again.

    lost: number of documents that are not kept. strange: errors of unreadable documents.
    """

    documents: int = 0
    changed: int = 0
    lost: int = 0
    strange: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        words = f"{self.documents:,} documents read again, {self.changed:,} rates changed"
        if self.lost:
            words += f", {self.lost:,} documents are not kept"
        if self.strange:
            words += f", {len(self.strange):,} cannot be read, the last one because {self.strange[-1]}"
        return words


@dataclass(frozen=True, slots=True)
class _Document:
    fetch_id: int
    source: str
    url: str
    sha256: str
    etag: str | None
    last_modified: str | None
    finished_at: datetime
    asked_from: date | None
    asked_to: date | None

    @property
    def archived(self) -> bool:
        return self.url.startswith(ARCHIVED)


def reparse(store: Store, selection: Mapping[str, Source]) -> dict[str, Outcome]:
    """Parse the documents of the selected sources again, and store the differences as one snapshot."""
    outcomes = {name: Outcome() for name in selection}
    documents = [_Document(*row) for row in store.query(_DOCUMENTS, [list(selection)])]
    known_rates = known_rates_of(stored_rate(*row) for row in store.query(_OF_OTHERS, [list(selection)]))
    known_rates.rejected = frozenset(stored_rate(*row) for row in store.query(_REJECTED))
    kept: dict[tuple[str, str, str, datetime], tuple[Observation, int]] = {}
    aside: list[tuple[Rejection, int]] = []
    prices: dict[Observation, Prices] = {}
    for document in documents:
        reading = _read(document, selection[document.source], outcomes[document.source])
        if document.archived:  # It adds what is lacking, and corrects nothing.
            lacking = [each for each in reading.observations if (*each.series, each.observed_at) not in kept]
            reading = replace(reading, observations=lacking)
        if reading.observations:
            accepted, set_aside, superseded = _validate(document, reading, known_rates, prices)
            for each in superseded:
                kept.pop((*each.series, each.observed_at), None)
            kept |= {(*each.series, each.observed_at): (each, number) for each, number in accepted}
            aside += [(each, document.fetch_id) for each in set_aside]

    stored = {stored_rate(*row) for row in store.query(_ALL)}
    noted = set(store.query("SELECT source, base, quote, observed_at, rate FROM rejections"))
    changed: dict[int, list[Observation]] = defaultdict(list)
    doubted: dict[int, list[Rejection]] = defaultdict(list)
    for observation, number in kept.values():
        if observation not in stored:
            changed[number].append(observation)
    for rejection, number in aside:
        if rejection.observation not in stored and _noted_as(rejection) not in noted:
            doubted[number].append(rejection)
    judged = [
        _judged(document, changed[document.fetch_id], doubted[document.fetch_id])
        for document in documents
        if document.fetch_id in changed or document.fetch_id in doubted
    ]
    for fetch in record_judged(store, "reparse", judged) if judged else []:
        outcomes[fetch.source].changed += fetch.stored
    return outcomes


def _read(document: _Document, source: Source, outcome: Outcome) -> Reading:
    try:
        content = raw_documents.read(document.sha256)
        if content is None:
            outcome.lost += 1
            return Reading()
        outcome.documents += 1
        if document.archived:
            return snapshot.parse_archive(document.source, content)
        return source.parse(content).only(settings.load().bases)
    except (SourceError, ValueError, RatesvcError) as strange:
        outcome.strange.append(in_short(strange, LONGEST_MESSAGE))
        return Reading()


def _validate(
    document: _Document, reading: Reading, known_rates: KnownRates, prices: dict[Observation, Prices]
) -> tuple[list[tuple[Observation, int]], list[Rejection], Sequence[Observation]]:
    """Return the accepted figures of a document with their fetch IDs, those set aside, and those superseded.

    Adds rates and held figures to known_rates, and the prices of the document to prices.
    """
    days = [observation.observed_at.date() for observation in reading.observations]
    requested = (document.asked_from, document.asked_to) if document.asked_from and document.asked_to else None
    if document.archived:
        requested = (min(days), max(days))
    first, last = min(days) - WAITING, max(days) + WAITING
    known_rates.waiting = [held for held in known_rates.waiting if first <= held.observation.observed_at.date() <= last]
    verdict = apply_rules(
        reading,
        document.finished_at.replace(tzinfo=UTC),
        known_rates,
        requested=requested,
        document_of=document.source,
        earlier_prices=lambda before: prices.get(before, {}),
        trusted=document.archived,
    )
    accepted = [(held.observation, held.fetch_id) for held in verdict.confirmed]
    accepted += [(observation, document.fetch_id) for observation in verdict.kept]
    prices |= dict.fromkeys(verdict.kept, reading.prices)
    known = {held.observation for held in known_rates.waiting}
    known_rates.waiting = [held for held in known_rates.waiting if held not in verdict.confirmed]
    for rejection in verdict.set_aside:
        if rejection.doubt and rejection.observation and rejection.observation not in known:
            held = Held(rejection.observation, document.fetch_id, rejection.doubt, rejection.reason, rejection.step)
            known_rates.waiting.append(held)
    return accepted, [*verdict.set_aside, *unreadable(document.source, reading)], verdict.superseded


def _noted_as(rejection: Rejection) -> tuple[object, ...]:
    """Return its row in `rejections`, without the reason."""
    moment = rejection.observed_at
    return (
        rejection.source,
        rejection.base,
        rejection.quote,
        moment and moment.replace(tzinfo=None),
        rejection.digits,
    )


def _judged(document: _Document, kept: list[Observation], set_aside: list[Rejection]) -> tuple[Answer, Verdict]:
    now = snapshot.now()
    days = [observation.observed_at.date() for observation in kept]
    days += [rejection.observed_at.date() for rejection in set_aside if rejection.observed_at]
    answer = Answer(
        source=document.source,
        url=document.url,
        started_at=now,
        finished_at=now,
        document=raw_documents.read(document.sha256),
        etag=document.etag,
        last_modified=document.last_modified,
        asked_for=(min(days), max(days)) if days else None,
    )
    return answer, Verdict(kept=tuple(kept), set_aside=tuple(set_aside))


# A document that was fetched repeatedly without a change is parsed once.
_DOCUMENTS = """
SELECT fetch_id, source, url, payload_sha256, etag, last_modified, finished_at, asked_from, asked_to
FROM fetches
WHERE list_contains(?, source) AND payload_sha256 IS NOT NULL
QUALIFY payload_sha256 IS DISTINCT FROM lag(payload_sha256) OVER (PARTITION BY source, url ORDER BY fetch_id)
ORDER BY fetch_id
"""

_ALL = "SELECT source, base, quote, observed_at, max_by(rate, fetch_id) FROM observations GROUP BY ALL"

_REJECTED = """
SELECT source, base, quote, observed_at, rate
FROM decisions
GROUP BY ALL
HAVING max_by(decision, fetch_id) = 'rejected'
"""

_OF_OTHERS = """
SELECT observations.source, base, quote, observed_at, max_by(rate, fetch_id)
FROM observations JOIN fetches USING (fetch_id)
WHERE NOT list_contains(?, fetches.source)
GROUP BY ALL
"""
