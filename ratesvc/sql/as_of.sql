-- The contents of the store when a version was published, from the newest version, which is attached as `newest`.
-- Tables are append-only, so later rows are left out; only `daily` is recomputed, for days that later rows affect.
-- The views and macros are created on top of these. Facts about currencies, sources and calendars are today's.
-- as_of.py fills in the names that begin with a dollar sign.

CREATE VIEW schema_version AS FROM newest.schema_version;
CREATE VIEW snapshots AS FROM newest.snapshots WHERE snapshot_id <= $last_snapshot;
CREATE VIEW fetches AS FROM newest.fetches WHERE fetch_id <= $last_fetch;
CREATE VIEW observations AS FROM newest.observations WHERE coalesce(confirmed_by, fetch_id) <= $last_fetch;
CREATE VIEW rejections AS FROM newest.rejections WHERE fetch_id <= $last_fetch;
CREATE VIEW decisions AS FROM newest.decisions WHERE fetch_id <= $last_fetch;
CREATE VIEW published_versions AS FROM newest.published_versions WHERE version < '$version';
CREATE VIEW ticker_rows AS FROM newest.ticker_rows;
CREATE VIEW quiet_days AS FROM newest.quiet_days;
CREATE VIEW currencies AS FROM newest.currencies;
CREATE VIEW pairs AS
-- A pegged pair has no choice of kind: the peg always comes first.
FROM newest.pairs
SELECT * REPLACE (
    CASE WHEN peg_rate IS NULL THEN coalesce($preferred, preferred_kind) ELSE preferred_kind END AS preferred_kind
);
CREATE VIEW sources AS FROM newest.sources;
CREATE VIEW calendar AS FROM newest.calendar;

CREATE TABLE daily AS FROM newest.daily;
-- The days of each source that later rows affect.
CREATE TEMP TABLE touched AS
SELECT source, min(observed_at)::DATE AS first_on, max(observed_at)::DATE AS last_on
FROM (
    FROM newest.observations SELECT source, observed_at WHERE coalesce(confirmed_by, fetch_id) > $last_fetch
    UNION ALL
    FROM newest.decisions SELECT source, observed_at WHERE decision = 'superseded' AND fetch_id > $last_fetch
)
GROUP BY source;
