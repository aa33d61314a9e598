-- What the store held when a version was published, beside the newest version, which is attached as `newest`. Tables
-- are append-only, so an earlier moment is a matter of leaving out what came later; only `daily` is made anew, where
-- something later touched it. The views of views.sql and analysis.sql are made on top of these. Facts about currencies,
-- sources and calendars are today's. What follows a dollar sign is put in by past.py.

CREATE VIEW snapshots AS FROM newest.snapshots WHERE snapshot_id <= $last_snapshot;
CREATE VIEW fetches AS FROM newest.fetches WHERE fetch_id <= $last_fetch;
-- A figure that was held is stored with the fetch that brought it, but was seen when it was confirmed.
CREATE VIEW observations AS
FROM newest.observations WHERE fetch_id <= $last_fetch AND seen_at <= TIMESTAMP '$last_seen';
CREATE VIEW rejections AS FROM newest.rejections WHERE fetch_id <= $last_fetch;
CREATE VIEW publications AS FROM newest.publications WHERE published_at < TIMESTAMP '$published_at';
CREATE VIEW currencies AS
FROM newest.currencies SELECT * REPLACE (coalesce($preferred, preferred_kind) AS preferred_kind);
CREATE VIEW sources AS FROM newest.sources;
CREATE VIEW calendar AS FROM newest.calendar;

CREATE TEMP TABLE touched AS
SELECT DISTINCT source, currency, observed_at::DATE AS observed_on
FROM newest.observations WHERE NOT (fetch_id <= $last_fetch AND seen_at <= TIMESTAMP '$last_seen');
CREATE TABLE daily AS FROM newest.daily ANTI JOIN touched USING (source, currency, observed_on);
