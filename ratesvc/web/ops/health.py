"""Liveness and readiness checks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from flask import Blueprint, Response, current_app, jsonify

from ratesvc.publish.reader import first_line
from ratesvc.web.http.current_version import Current
from ratesvc.web.ops.facts import Rows, facts, last_sign_of_life

TOO_OLD = timedelta(hours=1)
"""Every 15 minutes the jobs publish or find nothing new; without that for so long the service is not ready."""

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> tuple[Response, int]:
    """Return 200 while the web server responds, and with it the application behind the front."""
    problem = current_app.extensions.get("application_problem", lambda: None)()
    if problem:
        return _uncached(jsonify(ok=[], failing=[problem])), 503
    return _uncached(jsonify(ok=["web"])), 200


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Return 200 if a recent version can be read, else 503; list what is ok and what is failing.

    `sources` says how fresh each one is. A late bank is not a fault of this service, so it does not cause 503.
    """
    current: Current = current_app.extensions["current"]
    ok, failing, sources = [], [], {}
    if current.problem:
        failing.append(current.problem)
    if reader := current.reader:
        version = reader.published.version
        try:
            sources = _states(facts(reader).freshness)
            ok.append(f"version {version} opens")
        except duckdb.Error as damage:
            failing.append(f"version {version} cannot be read: {first_line(damage)}")
        age = datetime.now(UTC) - last_sign_of_life(reader.published)
        minutes = int(age.total_seconds() // 60)
        (failing if age > TOO_OLD else ok).append(f"checked {minutes} minutes ago")
    answer = _uncached(jsonify(ok=ok, failing=failing, sources=sources))
    return answer, 503 if failing else 200


def _states(freshness: Rows) -> dict[str, dict[str, Any]]:
    """Freshness of each source; times are UTC."""
    return {
        row["source"]: {
            "state": row["state"],
            "missed": row["missed"],
            "last_observed_on": row["last_observed_on"] and row["last_observed_on"].isoformat(),
            "overdue_since": row["overdue_since"] and f"{row['overdue_since'].isoformat()}Z",
            "expected_next_at": row["expected_next_at"] and f"{row['expected_next_at'].isoformat()}Z",
            "last_error": row["last_error"],
        }
        for row in freshness
    }


def _uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
