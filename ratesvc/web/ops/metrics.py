"""Prometheus metrics: the state of the data in the newest version, and the requests of all workers.

The workers share their counts in files of a folder that `ratesvc web` creates (PROMETHEUS_MULTIPROC_DIR). Alert on
`ratesvc_snapshot_timestamp_seconds`: every snapshot updates it, so it is the heartbeat.
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

from ratesvc.core import failures
from ratesvc.publish.reader import Reader
from ratesvc.web.http.current_version import Current
from ratesvc.web.ops.facts import facts, last_sign_of_life

blueprint = Blueprint("metrics", __name__)

WARMING = "ratesvc.warming"
"""Marks what a worker asks itself (http/warming.py), in the WSGI environment."""
REQUESTS = Counter("ratesvc_http_requests", "Requests by endpoint and status", ["endpoint", "status"])
SECONDS = Histogram(
    "ratesvc_http_request_seconds",
    "Response time; responses from memory are not timed",
    ["endpoint"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5),
)

MAINTENANCE = ("backup", "scrub")
STATES = ("fresh", "late", "stale", "dead", "unknown")


class Published(Collector):
    """Metrics of the data of a version."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the data."""
        known, now = facts(self._reader), datetime.now(UTC)
        published = self._reader.published
        yield _counter("ratesvc_snapshots", "Snapshots taken", [], [((), published.checked_snapshot_id)])
        checked_at = last_sign_of_life(published)
        documentation = "When the newest snapshot was published, or found to change nothing: the heartbeat of the jobs"
        yield _gauge("ratesvc_snapshot_timestamp_seconds", documentation, [], [((), checked_at.timestamp())])
        documentation = "Publication time of the newest version"
        yield _gauge(
            "ratesvc_published_timestamp_seconds", documentation, [], [((), published.published_at.timestamp())]
        )
        age = (now - checked_at).total_seconds()
        documentation = "Time since the newest version was published or found to be unchanged"
        yield _gauge("ratesvc_version_age_seconds", documentation, [], [((), age)])
        fetches = [((row["source"], row["outcome"]), row["fetches"]) for row in known.fetches]
        yield _counter("ratesvc_fetches", "Fetches by source and outcome", ["source", "outcome"], fetches)
        ages = [
            ((row["source"], row["base"], row["quote"]), now.timestamp() - row["observed_at"]) for row in known.newest
        ]
        documentation = "Age of the newest observation; negative when tomorrow's rate has been published"
        yield _gauge("ratesvc_observation_age_seconds", documentation, ["source", "base", "quote"], ages)
        missed = [((row["source"],), row["missed"] or 0) for row in known.freshness]
        yield _gauge(
            "ratesvc_publications_missed",
            "Overdue publications, of those that became due while the source was being collected",
            ["source"],
            missed,
        )
        states = [((row["source"], state), row["state"] == state) for row in known.freshness for state in STATES]
        yield _gauge("ratesvc_source_state", "1 for the state of a source, else 0", ["source", "state"], states)
        held = [((row["source"],), row["held"]) for row in known.held]
        yield _gauge("ratesvc_observations_held", "Figures awaiting confirmation", ["source"], held)
        differences = [((row["base"], row["quote"], row["source"]), row["difference_pct"]) for row in known.differences]
        documentation = (
            "Latest rate of a source against the rate shown, in percent; positive: one of the base costs more there"
        )
        yield _gauge("ratesvc_source_difference_percent", documentation, ["base", "quote", "source"], differences)


class Maintenance(Collector):
    """Whether the last backup and the last scrub failed."""

    def collect(self) -> Iterator[Metric]:
        """Yield 0 or 1 for each kind of work."""
        failed = {failure.work for failure in failures.reported()}
        samples = [((work,), work in failed) for work in sorted({*MAINTENANCE, *failed})]
        yield _gauge("ratesvc_maintenance_failed", "1 after a failed run, until one succeeds", ["work"], samples)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Serve all metrics in the Prometheus text format."""
    current: Current = current_app.extensions["current"]
    registry = CollectorRegistry()
    registry.register(Maintenance())
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
    """Lock-free counter for many threads; `news` returns the increase."""

    def __init__(self) -> None:
        self._counter = counting()
        self._reported = 0
        self.add = self._counter.__next__  # Atomic in CPython, unlike `+= 1`.

    def news(self) -> int:
        """Return how often `add` was called since the last call. For a single reader thread."""
        # Reading increments the counter too, so the next call subtracts one.
        added = next(self._counter) - self._reported
        self._reported += added + 1
        return added


def count(app: Flask) -> None:
    """Count and time every request that reaches the app."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        endpoint = request.endpoint or "none"  # Never the path: its values are unbounded.
        request.environ["ratesvc.endpoint"] = endpoint  # The cache labels its own responses with it.
        if WARMING not in request.environ:
            REQUESTS.labels(endpoint, str(answer.status_code)).inc()
            SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
        return answer


def _gauge(name: str, documentation: str, labels: list[str], samples: Sequence[tuple[tuple[str, ...], Any]]) -> Metric:
    return _with_samples(GaugeMetricFamily(name, documentation, labels=labels), samples)


def _counter(
    name: str, documentation: str, labels: list[str], samples: Sequence[tuple[tuple[str, ...], Any]]
) -> Metric:
    return _with_samples(CounterMetricFamily(name, documentation, labels=labels), samples)


def _with_samples(family: Any, samples: Sequence[tuple[tuple[str, ...], Any]]) -> Metric:
    for labels, value in samples:
        family.add_metric(list(labels), float(value))
    metric: Metric = family
    return metric
