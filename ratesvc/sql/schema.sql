-- What is stored. All tables but `daily` are append-only, in order of arrival; times are UTC.
-- There are no keys and no indexes: uniqueness is the business of the insert (store/write.py), keys would
-- make the file seven times as large, and DuckLake has none.

CREATE TABLE IF NOT EXISTS snapshots (
    snapshot_id BIGINT,
    taken_at TIMESTAMP,
    finished_at TIMESTAMP,
    reason VARCHAR
);
COMMENT ON TABLE snapshots IS 'One row per round of questions to the sources: also the heartbeat of the jobs';
COMMENT ON COLUMN snapshots.snapshot_id IS 'Counts up from 1';
COMMENT ON COLUMN snapshots.taken_at IS 'When the first source was asked, UTC';
COMMENT ON COLUMN snapshots.finished_at IS 'When the last answer was in, UTC';
COMMENT ON COLUMN snapshots.reason IS 'schedule, manual, backfill, reparse, or archive (the history that comes with the program)';

CREATE TABLE IF NOT EXISTS fetches (
    fetch_id BIGINT,
    snapshot_id BIGINT,
    source VARCHAR,
    url VARCHAR,
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    outcome VARCHAR,
    http_status INTEGER,
    bytes BIGINT,
    payload_sha256 VARCHAR,
    observations INTEGER,
    rejections INTEGER,
    error VARCHAR
);
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS asked_from DATE;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS asked_to DATE;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS etag VARCHAR;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS last_modified VARCHAR;
COMMENT ON TABLE fetches IS 'One row per source and snapshot: who answered, with what, and what came of it';
COMMENT ON COLUMN fetches.fetch_id IS 'Counts up from 1';
COMMENT ON COLUMN fetches.snapshot_id IS 'The snapshot that it belongs to';
COMMENT ON COLUMN fetches.source IS 'The name of the source';
COMMENT ON COLUMN fetches.url IS 'The way that answered; where none did, the last one that was asked';
COMMENT ON COLUMN fetches.started_at IS 'When the source was asked, UTC';
COMMENT ON COLUMN fetches.finished_at IS 'When the answer was read, UTC';
COMMENT ON COLUMN fetches.outcome IS 'new (something was stored), unchanged (nothing differed), or failed';
COMMENT ON COLUMN fetches.http_status IS 'The HTTP status; NULL where no HTTP server answered';
COMMENT ON COLUMN fetches.bytes IS 'Size of the document';
COMMENT ON COLUMN fetches.payload_sha256 IS 'SHA-256 of the document, whose bytes are kept in raw/<sha256> of the data folder';
COMMENT ON COLUMN fetches.observations IS 'How many observations it brought that were stored';
COMMENT ON COLUMN fetches.rejections IS 'How many of its figures were set aside';
COMMENT ON COLUMN fetches.error IS 'What went wrong, or was set aside; also for ways that failed before another one answered';
COMMENT ON COLUMN fetches.asked_from IS 'The first day that was asked for; NULL for the newest document';
COMMENT ON COLUMN fetches.asked_to IS 'The last day that was asked for; NULL for the newest document';
COMMENT ON COLUMN fetches.etag IS 'The header ETag of the answer, to ask only for what has changed';
COMMENT ON COLUMN fetches.last_modified IS 'The header Last-Modified of the answer, for the same';

CREATE TABLE IF NOT EXISTS observations (
    source VARCHAR,
    currency VARCHAR,
    observed_at TIMESTAMP,
    units_per_usd DECIMAL(18, 8),
    seen_at TIMESTAMP,
    fetch_id BIGINT
);
ALTER TABLE observations ADD COLUMN IF NOT EXISTS confirmed_by BIGINT;
COMMENT ON TABLE observations IS 'Every sighting of a rate that differed from the last one for the same source, currency and time: a second row is a correction';
COMMENT ON COLUMN observations.source IS 'The name of the source';
COMMENT ON COLUMN observations.currency IS 'ISO 4217 code';
COMMENT ON COLUMN observations.observed_at IS 'What the document says the rate is for, UTC; midnight where it prints a day';
COMMENT ON COLUMN observations.units_per_usd IS 'The printed digits: units of the currency per US dollar';
COMMENT ON COLUMN observations.seen_at IS 'When this service saw it, UTC; for a figure that was held, when it was confirmed';
COMMENT ON COLUMN observations.fetch_id IS 'The fetch that brought it';
COMMENT ON COLUMN observations.confirmed_by IS 'The fetch that confirmed a figure that had been held; NULL for one that entered at once';

CREATE TABLE IF NOT EXISTS rejections (
    fetch_id BIGINT,
    source VARCHAR,
    currency VARCHAR,
    observed_at TIMESTAMP,
    units_per_usd VARCHAR,
    reason VARCHAR
);
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS held BOOLEAN;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS rejection_id BIGINT;
UPDATE rejections SET rejection_id = rowid + 1 WHERE rejection_id IS NULL;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS doubt VARCHAR;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS printed_step VARCHAR;
COMMENT ON TABLE rejections IS 'Figures that were set aside; the same one for the same reason is noted once';
COMMENT ON COLUMN rejections.fetch_id IS 'The fetch that brought it first';
COMMENT ON COLUMN rejections.source IS 'The name of the source';
COMMENT ON COLUMN rejections.currency IS 'ISO 4217 code';
COMMENT ON COLUMN rejections.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN rejections.units_per_usd IS 'The digits as printed, as text because they may be any; NULL where there were none';
COMMENT ON COLUMN rejections.reason IS 'Why, in a sentence';
COMMENT ON COLUMN rejections.held IS 'Whether it enters by itself once it is confirmed';
COMMENT ON COLUMN rejections.rejection_id IS 'Counts up from 1; `ratesvc held accept` takes it';
COMMENT ON COLUMN rejections.doubt IS 'Why it is held: jump, neighbours (the document''s other currencies contradict it), step (its printed step does), slip, first, peg, date or alternating; NULL for a fault';
COMMENT ON COLUMN rejections.printed_step IS 'The change that its document printed with it, in units per US dollar; NULL where it printed none';

CREATE TABLE IF NOT EXISTS decisions (
    fetch_id BIGINT,
    decided_at TIMESTAMP,
    source VARCHAR,
    currency VARCHAR,
    observed_at TIMESTAMP,
    units_per_usd DECIMAL(18, 8),
    decision VARCHAR,
    decided_by VARCHAR,
    reason VARCHAR
);
COMMENT ON TABLE decisions IS 'What was decided about single figures: by a person about held ones, and by the service about rates whose date was wrong and held figures that their source took back';
COMMENT ON COLUMN decisions.fetch_id IS 'The fetch with which it took effect';
COMMENT ON COLUMN decisions.decided_at IS 'When, UTC';
COMMENT ON COLUMN decisions.source IS 'The name of the source';
COMMENT ON COLUMN decisions.currency IS 'ISO 4217 code';
COMMENT ON COLUMN decisions.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN decisions.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN decisions.decision IS 'accepted, rejected, superseded (a future rate that its own bank passed with earlier days; it no longer counts), or withdrawn (a held figure in whose place its source printed another one)';
COMMENT ON COLUMN decisions.decided_by IS 'The name that a person gave; NULL for the service itself';
COMMENT ON COLUMN decisions.reason IS 'Why, in a sentence';

CREATE TABLE IF NOT EXISTS daily (
    source VARCHAR,
    currency VARCHAR,
    observed_on DATE,
    open DECIMAL(18, 8),
    high DECIMAL(18, 8),
    low DECIMAL(18, 8),
    close DECIMAL(18, 8),
    observed_at TIMESTAMP,
    seen_at TIMESTAMP,
    sightings BIGINT
);
ALTER TABLE daily ADD COLUMN IF NOT EXISTS carried BOOLEAN;
COMMENT ON TABLE daily IS 'One row per source, currency and day, maintained from observations (`ratesvc rebuild` makes it from scratch). Of each moment of a day only the newest sighting counts';
COMMENT ON COLUMN daily.source IS 'The name of the source';
COMMENT ON COLUMN daily.currency IS 'ISO 4217 code';
COMMENT ON COLUMN daily.observed_on IS 'The day of observed_at in UTC';
COMMENT ON COLUMN daily.open IS 'Units per US dollar at the first moment of the day';
COMMENT ON COLUMN daily.high IS 'Most units per US dollar of the day';
COMMENT ON COLUMN daily.low IS 'Fewest units per US dollar of the day';
COMMENT ON COLUMN daily.close IS 'Units per US dollar at the last moment of the day';
COMMENT ON COLUMN daily.observed_at IS 'The last moment of the day, UTC';
COMMENT ON COLUMN daily.seen_at IS 'When the close was seen, UTC';
COMMENT ON COLUMN daily.sightings IS 'Rows of observations for the day, corrected ones too';
COMMENT ON COLUMN daily.carried IS 'Whether it is a copy: on a day on which its source sets no rate, the last one printed again';

CREATE TABLE IF NOT EXISTS publications (
    version VARCHAR,
    published_at TIMESTAMP,
    snapshot_id BIGINT,
    ticker VARCHAR
);
COMMENT ON TABLE publications IS 'What the ticker said, for ever. A version''s own row is in the versions after it';
COMMENT ON COLUMN publications.version IS 'The name of the version: its time of publication in UTC, to the millisecond, unless the clock was set back';
COMMENT ON COLUMN publications.published_at IS 'When it was published, UTC';
COMMENT ON COLUMN publications.snapshot_id IS 'The newest snapshot in it';
COMMENT ON COLUMN publications.ticker IS 'The bytes of its ticker.json';

CREATE TABLE IF NOT EXISTS currencies (
    position INTEGER,
    currency VARCHAR,
    name VARCHAR,
    official_source VARCHAR,
    market_source VARCHAR,
    preferred_kind VARCHAR,
    peg_units_per_usd DECIMAL(18, 8),
    peg_since DATE,
    peg_authority VARCHAR,
    colour VARCHAR
);
ALTER TABLE currencies ADD COLUMN IF NOT EXISTS peg_until DATE;
COMMENT ON TABLE currencies IS 'What is known of each currency beforehand; written from currencies.py whenever the store is opened';
COMMENT ON COLUMN currencies.position IS 'Its place in the ticker, from 1';
COMMENT ON COLUMN currencies.currency IS 'ISO 4217 code';
COMMENT ON COLUMN currencies.name IS 'English name';
COMMENT ON COLUMN currencies.official_source IS 'The source of its official rate; NULL where none is collected';
COMMENT ON COLUMN currencies.market_source IS 'The source of its market rate; NULL where none is collected';
COMMENT ON COLUMN currencies.preferred_kind IS 'official or market: which of the two is shown while both are alive (RATESVC_HEADLINE)';
COMMENT ON COLUMN currencies.peg_units_per_usd IS 'The rate at which it is pegged; NULL where it is not';
COMMENT ON COLUMN currencies.peg_since IS 'The first day of the peg';
COMMENT ON COLUMN currencies.peg_until IS 'The last day of a peg that has ended; NULL while it is in force';
COMMENT ON COLUMN currencies.peg_authority IS 'Who announced the peg';
COMMENT ON COLUMN currencies.colour IS 'The colour of its line in every chart';

CREATE TABLE IF NOT EXISTS sources (
    source VARCHAR,
    kind VARCHAR,
    title VARCHAR,
    site VARCHAR,
    terms VARCHAR,
    collected BOOLEAN
);
ALTER TABLE sources DROP COLUMN IF EXISTS due_hours;
COMMENT ON TABLE sources IS 'What is known of each source beforehand; written from sources/ whenever the store is opened';
COMMENT ON COLUMN sources.source IS 'Its name';
COMMENT ON COLUMN sources.kind IS 'official or market';
COMMENT ON COLUMN sources.title IS 'Who publishes';
COMMENT ON COLUMN sources.site IS 'The page of the publisher';
COMMENT ON COLUMN sources.terms IS 'What may be done with its figures';
COMMENT ON COLUMN sources.collected IS 'Whether this installation asks it';

CREATE TABLE IF NOT EXISTS calendar (
    source VARCHAR,
    expected_on DATE,
    due_at TIMESTAMP
);
ALTER TABLE calendar ADD COLUMN IF NOT EXISTS publication BOOLEAN;
COMMENT ON TABLE calendar IS 'The days for which each source is expected to print a document, from 2026 on, to 400 days ahead; written from sources/, and from what the source''s own rows say of its rhythm, whenever the store is opened, and daily';
COMMENT ON COLUMN calendar.source IS 'The name of the source';
COMMENT ON COLUMN calendar.expected_on IS 'A day for which a document is expected';
COMMENT ON COLUMN calendar.due_at IS 'By when it is normally out, UTC';
COMMENT ON COLUMN calendar.publication IS 'Whether a new rate is expected; false: only a copy of the last one, printed on a day of rest under its own date, which shows that the source is alive';
