"""The operational log: every fetch for 90 days, and after that those that mattered.

A version is a copy of the store, so what stays here is copied at every publication.
"""

from datetime import UTC, datetime, timedelta

from ratesvc.store.database import Store

KEPT_FOR = timedelta(days=90)
"""How long every fetch is listed. The views look back 60 days at most."""


def roll_up(store: Store, now: datetime) -> int:
    """Count the fetches of old quiet snapshots by day and remove them; returns their number.

    A snapshot is not quiet if a fetch of it brought a document that no earlier one had, stored or set aside a figure,
    asked for past days, or was the last one or the last success of its source when a version was published: so every
    past version still answers as it did.
    """
    with store.transaction() as connection:
        connection.execute(_QUIET, {"before": (now - KEPT_FOR).astimezone(UTC).date()})
        [(removed,)] = connection.execute("SELECT count(*) FROM fetches SEMI JOIN quiet USING (snapshot_id)").fetchall()
        if removed:
            connection.execute(_COUNT)
            connection.execute("DELETE FROM fetches WHERE snapshot_id IN (FROM quiet)")
            connection.execute("DELETE FROM snapshots WHERE snapshot_id IN (FROM quiet)")
        connection.execute("DROP TABLE quiet")
    return int(removed)


_QUIET = """
CREATE TEMP TABLE quiet AS
SELECT snapshot_id
FROM fetches
WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots WHERE taken_at < $before)
GROUP BY snapshot_id
HAVING bool_and(asked_to IS NULL AND observations = 0 AND rejections = 0)
AND snapshot_id NOT IN (
    SELECT snapshot_id
    FROM fetches
    WHERE fetch_id IN (
        SELECT min(fetch_id) FROM fetches WHERE payload_sha256 IS NOT NULL GROUP BY payload_sha256
        UNION ALL SELECT fetch_id FROM observations
        UNION ALL SELECT confirmed_by FROM observations WHERE confirmed_by IS NOT NULL
        UNION ALL SELECT fetch_id FROM rejections
        UNION ALL SELECT fetch_id FROM decisions
    )
    UNION ALL
    SELECT unnest([last.snapshot_id, coalesce(success.snapshot_id, last.snapshot_id)])
    FROM (
        SELECT DISTINCT published_versions.snapshot_id, source
        FROM published_versions, sources
        WHERE published_versions.snapshot_id IS NOT NULL
    ) AS shown
    ASOF LEFT JOIN (FROM fetches WHERE asked_to IS NULL) AS last
        ON last.source = shown.source AND last.snapshot_id <= shown.snapshot_id
    ASOF LEFT JOIN (FROM fetches WHERE asked_to IS NULL AND outcome <> 'failed') AS success
        ON success.source = shown.source AND success.snapshot_id <= shown.snapshot_id
    WHERE last.snapshot_id IS NOT NULL
)
"""
_COUNT = """
INSERT INTO quiet_days
SELECT source, started_at::DATE, outcome, count(*)
FROM fetches SEMI JOIN quiet USING (snapshot_id)
GROUP BY ALL
ORDER BY ALL
"""
