-- What the store held when a version was published, beside the newest version, which is attached as `newest`. Tables
-- are append-only, so an earlier moment is a matter of leaving out what came later; only `daily` is summed up again,
-- where something later touched it. The views and macros are made on top of these. Facts about currencies,
-- sources and calendars are today's. What follows a dollar sign is put in by as_of.py.

CREATE VIEW schema_version AS FROM newest.schema_version;
CREATE VIEW snapshots AS FROM newest.snapshots WHERE snapshot_id <= $last_snapshot;
CREATE VIEW fetches AS FROM newest.fetches WHERE fetch_id <= $last_fetch;
CREATE VIEW observations AS FROM newest.observations WHERE coalesce(confirmed_by, fetch_id) <= $last_fetch;
CREATE VIEW rejections AS FROM newest.rejections WHERE fetch_id <= $last_fetch;
CREATE VIEW decisions AS FROM newest.decisions WHERE fetch_id <= $last_fetch;
CREATE VIEW publications AS FROM newest.publications WHERE version < '$version';
CREATE VIEW currencies AS
-- Only where there is a choice: a peg comes first whatever is preferred.
FROM newest.currencies
SELECT * REPLACE (
    CASE WHEN peg_units_per_usd IS NULL THEN coalesce($preferred, preferred_kind) ELSE preferred_kind END AS preferred_kind
);
CREATE VIEW sources AS FROM newest.sources;
CREATE VIEW calendar AS FROM newest.calendar;

CREATE TABLE daily AS FROM newest.daily;
-- Which days of each source something later touched.
CREATE TEMP TABLE touched AS
SELECT source, min(observed_at)::DATE AS first_on, max(observed_at)::DATE AS last_on
FROM (
    FROM newest.observations SELECT source, observed_at WHERE coalesce(confirmed_by, fetch_id) > $last_fetch
    UNION ALL
    FROM newest.decisions SELECT source, observed_at WHERE decision = 'superseded' AND fetch_id > $last_fetch
)
GROUP BY source;
