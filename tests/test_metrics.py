"""What Prometheus reads, by its own parser."""

import re
import threading
import time
import urllib.request
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from ratesvc.core import failures
from ratesvc.publish.reader import Reader, newest
from ratesvc.web.ops.metrics import Tally

from .serving import free_port, get, serving

RULES = Path(__file__).parents[1] / "deploy" / "prometheus" / "ratesvc.rules.yml"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""Values by name and labels."""


def scraped(address: str) -> Samples:
    """Every sample of a server."""
    return parsed(get(f"{address}/metrics"))


def samples(client: FlaskClient) -> Samples:
    """Every sample of the application in this process."""
    return parsed(client.get("/metrics").text)


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(metrics: Samples, name: str, **labels: str) -> float:
    return metrics[name, frozenset(labels.items())]


def test_the_data_are_told_as_the_views_have_them(busy: str, busy_year: Path) -> None:
    metrics, views = scraped(busy), Reader(newest(busy_year / "published"))
    [(snapshots,)] = views.query("SELECT count(*) FROM snapshots").fetchall()
    assert of(metrics, "ratesvc_snapshots_total") == snapshots
    assert abs(time.time() - of(metrics, "ratesvc_snapshot_timestamp_seconds")) < 3600
    for source, outcome, fetches in views.query(
        "SELECT source, outcome, count(*) FROM fetches GROUP BY ALL"
    ).fetchall():
        assert of(metrics, "ratesvc_fetches_total", source=source, outcome=outcome) == fetches
    assert of(metrics, "ratesvc_observations_held", source="nbkr") == 1
    for source, state, missed in views.query("SELECT source, state, coalesce(missed, 0) FROM freshness").fetchall():
        assert of(metrics, "ratesvc_source_state", source=source, state=state) == 1
        assert of(metrics, "ratesvc_publications_missed", source=source) == missed
    [(age,)] = views.query(
        "SELECT epoch(now_utc) - epoch(observed_at) FROM latest, clock WHERE source = 'nbk' AND pair = 'USD/KZT'"
    ).fetchall()
    assert abs(of(metrics, "ratesvc_observation_age_seconds", source="nbk", base="USD", quote="KZT") - age) < 60


def test_sources_are_compared_with_the_rate_shown(client: FlaskClient, views: Reader) -> None:
    told = samples(client)
    compared = "ratesvc_source_difference_percent"
    assert {labels for name, labels in told if name == compared} >= {
        frozenset({("base", "USD"), ("quote", currency), ("source", "currency_api")})
        for currency in ("KGS", "KZT", "TJS", "TMT")
    }
    for currency, gap_pct in views.query(
        "SELECT quote, arg_max(gap_pct, observed_on) FROM spread WHERE official_source = 'peg' GROUP BY ALL"
    ).fetchall():
        assert of(told, compared, base="USD", quote=currency, source="currency_api") == pytest.approx(gap_pct)


def test_failed_maintenance_shows_until_it_succeeds(client: FlaskClient) -> None:
    def failed() -> dict[str, float]:
        told = samples(client)
        return {work: of(told, "ratesvc_maintenance_failed", work=work) for work in ("backup", "scrub")}

    assert failed() == {"backup": 0, "scrub": 0}
    failures.report("backup", "the disk is full")
    assert failed() == {"backup": 1, "scrub": 0}
    failures.clear("backup")
    assert failed() == {"backup": 0, "scrub": 0}


def test_the_alert_rules_name_metrics_that_exist(client: FlaskClient) -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    names = {name for rule in rules for name in re.findall(r"ratesvc_\w+", rule["expr"])}
    assert len(rules) > 5
    assert names <= {name for name, _ in samples(client)} | {"ratesvc_http_requests_total"}
    assert all(re.fullmatch(r"\d+[mh]", rule.get("for", "1m")) for rule in rules)
    assert all(rule["annotations"]["summary"].strip() for rule in rules)


@pytest.mark.process
def test_all_workers_are_counted_together(busy_year: Path) -> None:
    with serving(free_port(), RATESVC_DATA=str(busy_year), RATESVC_WORKERS="2") as address:
        for _ in range(40):
            get(f"{address}/v1/currencies")
            get(f"{address}/ticker.txt?pairs=KZT")
        try:
            get(f"{address}/ticker.json")
            urllib.request.urlopen(f"{address}/nowhere")  # noqa: S310 - our own server
        except OSError:
            pass
        told = ("ratesvc_http_requests_total", frozenset({("endpoint", "memory:/ticker.json"), ("status", "200")}))
        deadline = time.monotonic() + 10
        while told not in (metrics := scraped(address)) and time.monotonic() < deadline:
            time.sleep(0.1)  # nginx tells once a second what it has answered.
    requests = {
        endpoint: of(metrics, "ratesvc_http_requests_total", endpoint=endpoint, status="200")
        for endpoint in ("frankfurter.v1_currencies", "memory:frankfurter.v1_currencies", "ticker.rows",
                         "memory:ticker.rows", "memory:/ticker.json")
    }  # fmt: skip
    assert requests["frankfurter.v1_currencies"] + requests["memory:frankfurter.v1_currencies"] == 40
    assert requests["ticker.rows"] + requests["memory:ticker.rows"] == 40
    assert requests["memory:/ticker.json"] == 1
    assert 1 <= requests["frankfurter.v1_currencies"] <= 2  # Once for each worker.
    assert of(metrics, "ratesvc_http_requests_total", endpoint="none", status="404") == 1
    seconds = of(metrics, "ratesvc_http_request_seconds_count", endpoint="frankfurter.v1_currencies")
    assert seconds == requests["frankfurter.v1_currencies"]


def test_no_count_is_lost_between_threads() -> None:
    tally, total = Tally(), 0
    threads = [threading.Thread(target=lambda: [tally.add() for _ in range(20_000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        total += tally.news()
    assert total + tally.news() == 160_000
