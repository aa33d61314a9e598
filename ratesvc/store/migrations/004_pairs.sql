-- A rate has a base and a quote; before, it was in units of a currency per US dollar. Cross rates need more decimals.
-- Views and macros are recreated after this; macros that were renamed or removed are dropped here.
CREATE TABLE new_observations (
    source VARCHAR NOT NULL, base VARCHAR NOT NULL, quote VARCHAR NOT NULL, observed_at TIMESTAMP NOT NULL,
    rate DECIMAL(22, 13) NOT NULL, seen_at TIMESTAMP NOT NULL, fetch_id BIGINT NOT NULL, confirmed_by BIGINT
);
INSERT INTO new_observations
SELECT source, 'USD', currency, observed_at, units_per_usd, seen_at, fetch_id, confirmed_by FROM observations;
DROP TABLE observations;
ALTER TABLE new_observations RENAME TO observations;
CREATE TABLE new_rejections (
    fetch_id BIGINT NOT NULL, source VARCHAR NOT NULL, base VARCHAR NOT NULL, quote VARCHAR NOT NULL,
    observed_at TIMESTAMP, rate VARCHAR, reason VARCHAR NOT NULL, held BOOLEAN NOT NULL, rejection_id BIGINT NOT NULL,
    doubt VARCHAR, printed_step VARCHAR
);
INSERT INTO new_rejections
SELECT
    fetch_id, source, 'USD', currency, observed_at, units_per_usd, reason, held, rejection_id, doubt, printed_step
FROM rejections;
DROP TABLE rejections;
ALTER TABLE new_rejections RENAME TO rejections;
CREATE TABLE new_daily (
    source VARCHAR NOT NULL, base VARCHAR NOT NULL, quote VARCHAR NOT NULL, observed_on DATE NOT NULL,
    open DECIMAL(22, 13) NOT NULL, high DECIMAL(22, 13) NOT NULL, low DECIMAL(22, 13) NOT NULL,
    close DECIMAL(22, 13) NOT NULL, observed_at TIMESTAMP NOT NULL, seen_at TIMESTAMP NOT NULL,
    sightings BIGINT NOT NULL, carried BOOLEAN NOT NULL
);
INSERT INTO new_daily
SELECT
    source, 'USD', currency, observed_on, open, high, low, close, observed_at, seen_at, sightings, carried
FROM daily;
DROP TABLE daily;
ALTER TABLE new_daily RENAME TO daily;
-- Early stores have no decisions.
CREATE TABLE IF NOT EXISTS decisions (
    fetch_id BIGINT NOT NULL, decided_at TIMESTAMP NOT NULL, source VARCHAR NOT NULL, currency VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL, units_per_usd DECIMAL(18, 8) NOT NULL, decision VARCHAR NOT NULL,
    decided_by VARCHAR, reason VARCHAR NOT NULL
);
CREATE TABLE new_decisions (
    fetch_id BIGINT NOT NULL, decided_at TIMESTAMP NOT NULL, source VARCHAR NOT NULL, base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL, observed_at TIMESTAMP NOT NULL, rate DECIMAL(22, 13) NOT NULL, decision VARCHAR NOT NULL,
    decided_by VARCHAR, reason VARCHAR NOT NULL
);
INSERT INTO new_decisions
SELECT
    fetch_id, decided_at, source, 'USD', currency, observed_at, units_per_usd, decision, decided_by, reason
FROM decisions;
DROP TABLE decisions;
ALTER TABLE new_decisions RENAME TO decisions;
DROP MACRO IF EXISTS usd_text;
DROP MACRO IF EXISTS usd_precise;
DROP MACRO IF EXISTS exact;
