"""What Prometheus scrapes: how the data are, from the newest version, and what was asked of all workers.

The workers add up their counts in files of a folder that `ratesvc web` makes (PROMETHEUS_MULTIPROC_DIR). An alert
watches `ratesvc_snapshot_timestamp_seconds`, which moves with every snapshot: it is the heartbeat.
"""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count as counting
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ratesvc.publish.reader import Reader
from ratesvc.web.http.current_version import Current

blueprint = Blueprint("metrics", __name__)

REQUESTS = Counter("ratesvc_http_requests", "Requests by endpoint and status", ["endpoint", "status"])
SECONDS = Histogram(
    "ratesvc_http_request_seconds",
    "Time to answer; the ticker's answers from memory are not timed",
    ["endpoint"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5),
)

_FETCHES = "SELECT source, outcome, count(*) AS fetches FROM fetches GROUP BY ALL ORDER BY ALL"
_NEWEST = """
SELECT source, currency, epoch(now_utc) - epoch(observed_at) AS age
FROM latest, clock WHERE source <> 'peg' ORDER BY ALL
"""
_HELD = (
    "SELECT source, count(held.source) AS held FROM sources LEFT JOIN held USING (source) WHERE collected GROUP BY ALL"
)
_FRESHNESS = "SELECT source, state, coalesce(missed, 0) AS missed FROM freshness"
_SNAPSHOTS = "SELECT count(*) AS snapshots, epoch(max(finished_at)) AS last FROM snapshots"
STATES = ("fresh", "late", "stale", "dead", "unknown")


class Published(Collector):
    """The state of the data, asked of a version at each scrape."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Metric]:
        """Every metric of the data."""
        rows, published_at = self._reader.rows, self._reader.published.published_at
        [snapshots] = rows(_SNAPSHOTS)
        yield _counter("ratesvc_snapshots", "Snapshots taken", [], [((), snapshots["snapshots"])])
        if snapshots["last"] is not None:
            told = "When the newest snapshot ended: the heartbeat of the jobs"
            yield _gauge("ratesvc_snapshot_timestamp_seconds", told, [], [((), snapshots["last"])])
        told = "When the newest version was published"
        yield _gauge("ratesvc_published_timestamp_seconds", told, [], [((), published_at.timestamp())])
        age = (datetime.now(UTC) - published_at).total_seconds()
        yield _gauge("ratesvc_version_age_seconds", "Age of the newest version", [], [((), age)])
        fetches = [((row["source"], row["outcome"]), row["fetches"]) for row in rows(_FETCHES)]
        yield _counter("ratesvc_fetches", "Questions to sources by outcome", ["source", "outcome"], fetches)
        ages = [((row["source"], row["currency"]), row["age"]) for row in rows(_NEWEST)]
        told = "Age of the newest observation; negative where tomorrow's rate is out"
        yield _gauge("ratesvc_observation_age_seconds", told, ["source", "currency"], ages)
        freshness = rows(_FRESHNESS)
        missed = [((row["source"],), row["missed"]) for row in freshness]
        yield _gauge(
            "ratesvc_publications_missed",
            "New rates that are overdue, of those that became due while we asked",
            ["source"],
            missed,
        )
        states = [((row["source"], state), row["state"] == state) for row in freshness for state in STATES]
        yield _gauge("ratesvc_source_state", "1 for the state of a source, else 0", ["source", "state"], states)
        held = [((row["source"],), row["held"]) for row in rows(_HELD)]
        yield _gauge("ratesvc_observations_held", "Figures that wait to be confirmed", ["source"], held)


@blueprint.get("/metrics")
def metrics() -> Response:
    """All of it, in Prometheus' text format."""
    current: Current = current_app.extensions["current"]
    registry = CollectorRegistry()
    if current.reader:
        registry.register(Published(current.reader))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    answer = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


class Tally:
    """Counts from many threads without a lock; `news` says by how much it grew."""

    def __init__(self) -> None:
        self._counter = counting()
        self._told = 0
        self.add = self._counter.__next__  # Atomic in CPython, unlike `+= 1`.

    def news(self) -> int:
        """How often `add` was called since the last time. For one thread."""
        # Looking is a step too, which the next look leaves out.
        grown = next(self._counter) - self._told
        self._told += grown + 1
        return grown


def count(app: Flask) -> None:
    """Counts and times every request that reaches the app."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        endpoint = request.endpoint or "none"  # Never the path, which may be anything.
        request.environ["ratesvc.endpoint"] = endpoint  # For the cache, which counts what it answers.
        REQUESTS.labels(endpoint, str(answer.status_code)).inc()
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
        return answer


def _gauge(name: str, told: str, labels: list[str], samples: Sequence[tuple[tuple[str, ...], Any]]) -> Metric:
    return _filled(GaugeMetricFamily(name, told, labels=labels), samples)


def _counter(name: str, told: str, labels: list[str], samples: Sequence[tuple[tuple[str, ...], Any]]) -> Metric:
    return _filled(CounterMetricFamily(name, told, labels=labels), samples)


def _filled(family: Any, samples: Sequence[tuple[tuple[str, ...], Any]]) -> Metric:
    for labels, value in samples:
        family.add_metric(list(labels), float(value))
    metric: Metric = family
    return metric
