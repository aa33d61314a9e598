-- What everyone reads: the ticker, the dashboards, the API and analysts. What is behind a view may
-- change without its readers noticing. The one definition of a percentage is here.

-- What time it is, in one place.
CREATE OR REPLACE VIEW clock AS
SELECT make_timestamp(epoch_us(now())) AS now_utc;
COMMENT ON VIEW clock IS 'What time it is';
COMMENT ON COLUMN clock.now_utc IS 'The present moment, UTC';


-- Numbers -----------------------------------------------------------------------------------------

-- A rate as an integer: DECIMAL divided by anything is DOUBLE in DuckDB, whereas integers stay exact. Its digits
-- without the point are that integer; a product of decimals would take three times as long.
CREATE OR REPLACE MACRO exact(units) AS replace(units::DECIMAL(18, 8)::VARCHAR, '.', '')::BIGINT::HUGEINT;
COMMENT ON MACRO exact IS 'A rate as an integer number of hundred-millionths of a unit, so that arithmetic with it stays exact';

-- Rounds numerator / denominator to a whole number, ties to the even one.
CREATE OR REPLACE MACRO half_even(numerator, denominator) AS
    sign(numerator)::HUGEINT * (
        abs(numerator) // denominator
        + CASE
            WHEN 2 * (abs(numerator) % denominator) > denominator THEN 1
            WHEN 2 * (abs(numerator) % denominator) = denominator THEN (abs(numerator) // denominator) % 2
            ELSE 0
        END
    );
COMMENT ON MACRO half_even IS 'numerator / denominator rounded to a whole number, ties to the even one; both are whole numbers';

-- Dollars for one unit, with so many decimals and no exponent.
CREATE OR REPLACE MACRO usd_text(units, decimals) AS
    (half_even((10 ** (decimals + 8))::HUGEINT, exact(units)) // (10 ** decimals)::HUGEINT)::VARCHAR || '.'
    || lpad(
        (half_even((10 ** (decimals + 8))::HUGEINT, exact(units)) % (10 ** decimals)::HUGEINT)::VARCHAR,
        decimals, '0'
    );
COMMENT ON MACRO usd_text IS 'US dollars for one unit, from units per dollar, as text with so many decimals: half to even, no exponent';

-- The same with six significant digits. 1 / 87.45 has them in seven decimals; a quotient that is or rounds up to a power
-- of ten, as of 10 or 10.000001, would have seven digits there, so it gets a decimal less. Six digits end at 999999.5,
-- which half to even makes 1000000. The digits of `exact` count from the eighth decimal.
CREATE OR REPLACE MACRO usd_precise(units) AS
    usd_text(
        units,
        length(exact(units)::VARCHAR)::INTEGER - 3
        - (1999999 * exact(units) <= 2 * (10 ** (length(exact(units)::VARCHAR) + 5))::HUGEINT)::INTEGER
    );
COMMENT ON MACRO usd_precise IS 'US dollars for one unit, from units per dollar, as text with six significant digits, no exponent';

-- 87.45000000 as 87.45, and 0.00 as 0.
CREATE OR REPLACE MACRO trimmed(number) AS rtrim(rtrim(number::VARCHAR, '0'), '.');
COMMENT ON MACRO trimmed IS 'A number as text without the zeros at its end: 87.45 for 87.45000000';

-- THE PERCENTAGE: by how much a unit of the currency gained against the dollar, from units per dollar
-- then and now. Positive when it strengthened.
CREATE OR REPLACE MACRO change_of(previous_units, latest_units) AS
    (100 * (exact(previous_units) - exact(latest_units)))::DOUBLE / exact(latest_units)::DOUBLE;
COMMENT ON MACRO change_of IS 'The percentage: by how much a unit of the currency gained against the dollar, from units per dollar then and now; positive when it strengthened, not rounded';

-- The same, rounded for display: two decimals, half-even, from integers so that a tie is a tie.
CREATE OR REPLACE MACRO change_shown(previous_units, latest_units) AS
    (
        half_even((exact(previous_units) - exact(latest_units)) * 10000, exact(latest_units))::DECIMAL(16, 0)
        * 0.01
    )::DECIMAL(18, 2);
COMMENT ON MACRO change_shown IS 'change_of with two decimals, half to even, exact: what is displayed';


-- Rates -------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW rates AS
SELECT
    source, currency, observed_on, observed_at, close AS units_per_usd,
    1 / close::DOUBLE AS usd_per_unit, seen_at, sightings
FROM daily
UNION ALL
SELECT
    'peg', currency, day::DATE, day, peg_units_per_usd,
    1 / peg_units_per_usd::DOUBLE, NULL, 0
FROM currencies, clock, unnest(generate_series(peg_since::TIMESTAMP, now_utc, INTERVAL 1 DAY)) AS days(day)
WHERE peg_units_per_usd IS NOT NULL;
COMMENT ON VIEW rates IS 'One row per source, currency and day: the newest sighting. The source `peg` is an announced rate that holds on every day, without a sighting';
COMMENT ON COLUMN rates.source IS 'The name of the source';
COMMENT ON COLUMN rates.currency IS 'ISO 4217 code';
COMMENT ON COLUMN rates.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN rates.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN rates.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN rates.usd_per_unit IS 'US dollars per unit, the direction of the ticker';
COMMENT ON COLUMN rates.seen_at IS 'When this service saw it, UTC; NULL for a peg';
COMMENT ON COLUMN rates.sightings IS 'How many sightings the day has; 0 for a peg';

-- A new period of change is a new row here. `reach_days`: how far before the wanted day the reference may be.
CREATE OR REPLACE VIEW periods AS
FROM (
    VALUES
    ('previous', INTERVAL 1 DAY, 9),
    ('week', INTERVAL 7 DAYS, 10),
    ('month', INTERVAL 1 MONTH, 10),
    ('quarter', INTERVAL 3 MONTHS, 10),
    ('year', INTERVAL 1 YEAR, 10),
    ('ytd', NULL, 10)
) AS period(period, back, reach_days);
COMMENT ON VIEW periods IS 'The periods of `changes`: how far back each looks for its reference';
COMMENT ON COLUMN periods.period IS 'Its name';
COMMENT ON COLUMN periods.back IS 'The wanted day is so far back; NULL: the last day of the previous year';
COMMENT ON COLUMN periods.reach_days IS 'How many days before the wanted day the reference may be';

-- The changes of the rates from a day on. Whoever asks about now passes a recent day: over decades of days
-- the whole takes a second, the last days a few milliseconds.
CREATE OR REPLACE MACRO changes_from(first_day) AS TABLE
WITH wanted AS (
    SELECT
        rates.source, currency, observed_on, period, units_per_usd, reach_days,
        coalesce(observed_on - back, make_date(year(observed_on) - 1, 12, 31))::DATE AS wanted_on
    FROM rates, periods
    WHERE observed_on >= first_day
)
SELECT
    wanted.source, wanted.currency, wanted.observed_on, wanted.period, wanted.units_per_usd,
    earlier.observed_on AS previous_on,
    earlier.units_per_usd AS previous_units_per_usd,
    change_of(earlier.units_per_usd, wanted.units_per_usd) AS change_pct,
    change_shown(earlier.units_per_usd, wanted.units_per_usd) AS change_shown
FROM wanted
ASOF JOIN (FROM rates WHERE observed_on >= first_day - 400) AS earlier  -- No period reaches further back.
    ON wanted.source = earlier.source
    AND wanted.currency = earlier.currency
    AND wanted.wanted_on >= earlier.observed_on
WHERE wanted.wanted_on - earlier.observed_on <= reach_days;
COMMENT ON MACRO TABLE changes_from IS 'The rows of the view changes from a day on: a recent day takes milliseconds, all of decades a second';

CREATE OR REPLACE VIEW changes AS
FROM changes_from(DATE '1900-01-01');
COMMENT ON VIEW changes IS 'For every row of `rates` and every period the change of US dollars per unit against the last rate of the same source on or before the wanted day; no row where that is too far back';
COMMENT ON COLUMN changes.source IS 'The name of the source, of both rates';
COMMENT ON COLUMN changes.currency IS 'ISO 4217 code';
COMMENT ON COLUMN changes.observed_on IS 'The day of the rate';
COMMENT ON COLUMN changes.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN changes.units_per_usd IS 'Units per US dollar on that day';
COMMENT ON COLUMN changes.previous_on IS 'The day of the reference';
COMMENT ON COLUMN changes.previous_units_per_usd IS 'Units per US dollar on the day of the reference';
COMMENT ON COLUMN changes.change_pct IS 'The change in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN changes.change_shown IS 'The same with two decimals, half-even, exact: what is displayed';


-- Now ---------------------------------------------------------------------------------------------

-- A document is late once it should be out, stale two days and dead ten days after that.
CREATE OR REPLACE MACRO stale_after(due_at) AS due_at + INTERVAL 48 HOURS;
COMMENT ON MACRO stale_after IS 'When a rate becomes stale whose successor is normally out at a time: two days after it';
CREATE OR REPLACE MACRO state_of(due_at, moment) AS CASE
    WHEN due_at IS NULL THEN 'dead'
    WHEN moment <= due_at THEN 'fresh'
    WHEN moment <= stale_after(due_at) THEN 'late'
    WHEN moment <= due_at + INTERVAL 240 HOURS THEN 'stale'
    ELSE 'dead'
END;
COMMENT ON MACRO state_of IS 'fresh, late, stale or dead at a moment, from the time at which the next document is normally out';

CREATE OR REPLACE VIEW latest AS
WITH newest AS (
    SELECT source, currency, max(observed_on) AS observed_on FROM rates GROUP BY ALL
),
following AS (
    SELECT newest.source, currency, min(due_at) AS expected_next_at
    FROM newest JOIN calendar ON calendar.source = newest.source AND expected_on > observed_on
    GROUP BY ALL
)
SELECT
    rates.*, expected_next_at,
    -- A peg is in force until it is revoked.
    CASE WHEN source = 'peg' THEN 'fresh' ELSE state_of(expected_next_at, now_utc) END AS state,
    stale_after(expected_next_at) AS stale_after
FROM newest
JOIN rates USING (source, currency, observed_on)
LEFT JOIN following USING (source, currency)
CROSS JOIN clock;
COMMENT ON VIEW latest IS 'The newest row of `rates` of each source and currency, and how fresh it is';
COMMENT ON COLUMN latest.source IS 'The name of the source';
COMMENT ON COLUMN latest.currency IS 'ISO 4217 code';
COMMENT ON COLUMN latest.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN latest.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN latest.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN latest.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN latest.seen_at IS 'When this service saw it, UTC';
COMMENT ON COLUMN latest.sightings IS 'How many sightings the day has';
COMMENT ON COLUMN latest.expected_next_at IS 'When the document after this one is normally out, be it a copy, UTC; in the past where it is overdue; NULL for a peg';
COMMENT ON COLUMN latest.state IS 'How old the rate is, whoever''s fault that is: fresh, late (a newer one should be here), stale (by two days) or dead (by ten)';
COMMENT ON COLUMN latest.stale_after IS 'When it becomes stale unless a newer one comes, UTC; NULL for a peg';

CREATE OR REPLACE VIEW headline AS
WITH preferred AS (
    SELECT
        currency,
        coalesce(title, 'the ' || preferred_kind || ' source')
        || CASE
            WHEN preferred_source IS NULL OR NOT collected THEN ' is not collected here'
            WHEN observed_on IS NULL THEN ' has not answered yet'
            ELSE ': we have received nothing newer than ' || observed_on
        END AS why_not
    FROM (
        SELECT *, CASE preferred_kind WHEN 'official' THEN official_source ELSE market_source END AS preferred_source
        FROM currencies
    )
    LEFT JOIN sources ON sources.source = preferred_source
    LEFT JOIN latest USING (source, currency)
)
SELECT
    currency, source,
    CASE WHEN source = official_source THEN 'official' ELSE 'market' END AS kind,
    kind <> preferred_kind AS fallback,
    CASE
        WHEN source = 'peg' THEN
            'pegged at ' || trimmed(peg_units_per_usd) || ' per dollar since ' || peg_since || ', ' || peg_authority
        WHEN kind = preferred_kind THEN 'the ' || kind || ' rate'
        ELSE kind || ' rate: ' || why_not
    END AS reason,
    observed_on, observed_at, units_per_usd, usd_per_unit, seen_at, state, stale_after
FROM latest
JOIN currencies USING (currency)
JOIN preferred USING (currency)
WHERE source IN (official_source, market_source)
-- The preferred kind while it is alive, else the other one; where none is alive, the one that spoke last.
QUALIFY row_number() OVER (
    PARTITION BY currency
    ORDER BY state = 'dead', CASE WHEN state = 'dead' THEN observed_at END DESC, kind <> preferred_kind
) = 1;
COMMENT ON VIEW headline IS 'The one source per currency that is shown, which kind it is, and why';
COMMENT ON COLUMN headline.currency IS 'ISO 4217 code';
COMMENT ON COLUMN headline.source IS 'The source that is shown';
COMMENT ON COLUMN headline.kind IS 'official or market';
COMMENT ON COLUMN headline.fallback IS 'Whether it stands in for the preferred kind';
COMMENT ON COLUMN headline.reason IS 'Why this source';
COMMENT ON COLUMN headline.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN headline.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN headline.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN headline.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN headline.seen_at IS 'When this service saw it, UTC';
COMMENT ON COLUMN headline.state IS 'fresh, late, stale or dead';
COMMENT ON COLUMN headline.stale_after IS 'When it becomes stale unless a newer one comes, UTC; NULL for a peg';

CREATE OR REPLACE VIEW history AS
WITH days AS (
    FROM rates JOIN headline USING (source, currency)
    SELECT
        currency, source, rates.observed_on, rates.units_per_usd, rates.usd_per_unit,
        lead(rates.observed_on) OVER (PARTITION BY currency ORDER BY rates.observed_on) AS next_on
)
SELECT currency, source, observed_on, units_per_usd, usd_per_unit FROM days
UNION ALL
SELECT currency, source, observed_on + 1, NULL, NULL FROM days WHERE next_on - observed_on > 10;
COMMENT ON VIEW history IS 'The rates of each currency''s headline source, for charts: after a day that is followed by more than ten days without a rate comes a row without values, so that the line breaks there';
COMMENT ON COLUMN history.currency IS 'ISO 4217 code';
COMMENT ON COLUMN history.source IS 'The source of the whole series';
COMMENT ON COLUMN history.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN history.units_per_usd IS 'Units per US dollar; NULL in a hole';
COMMENT ON COLUMN history.usd_per_unit IS 'US dollars per unit; NULL in a hole';

CREATE OR REPLACE VIEW ticker AS
SELECT
    position,
    currency || '/USD' AS pair,
    coalesce(usd_text(units_per_usd, 5), '—') AS rate,
    coalesce(trimmed(change_shown) || '%', '—') AS change,
    pair || ' = ' || rate || ' ' || change AS text,
    usd_precise(units_per_usd) AS rate_precise,
    usd_per_unit,
    trimmed(units_per_usd) AS units_per_usd,
    change_pct, observed_on, previous_on, source, kind,
    coalesce(source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback,
    coalesce(state IN ('stale', 'dead'), true) AS stale,
    CASE
        WHEN observed_on IS NULL THEN 'no rate yet'
        WHEN source = 'peg' THEN reason
        ELSE nullif(concat_ws(
            '; ',
            CASE WHEN state IN ('stale', 'dead') THEN 'nothing newer since ' || observed_on END,
            CASE WHEN previous_on IS NULL THEN 'no rate in the 10 days before to compare with' END,
            CASE WHEN fallback THEN reason END
        ), '')
    END AS note,
    stale_after
FROM currencies
LEFT JOIN headline USING (currency)
LEFT JOIN (
    FROM changes_from((SELECT min(observed_on) FROM headline))
    SELECT * EXCLUDE (units_per_usd)
    WHERE period = 'previous'
) USING (source, currency, observed_on)
ORDER BY position;
COMMENT ON VIEW ticker IS 'The rows that a ticker shows, in its order';
COMMENT ON COLUMN ticker.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN ticker.pair IS 'Base and quote, e.g. KGS/USD: US dollars for one som';
COMMENT ON COLUMN ticker.rate IS 'US dollars per unit with five decimals, as printed';
COMMENT ON COLUMN ticker.change IS 'Change since the previous publication as printed: at most two decimals, no plus sign; — where unknown';
COMMENT ON COLUMN ticker.text IS 'The line as printed';
COMMENT ON COLUMN ticker.rate_precise IS 'US dollars per unit with at least six significant digits, no exponent';
COMMENT ON COLUMN ticker.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN ticker.units_per_usd IS 'The printed digits, trailing zeros cut: units per US dollar';
COMMENT ON COLUMN ticker.change_pct IS 'The change in percent, not rounded';
COMMENT ON COLUMN ticker.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN ticker.previous_on IS 'The day that the change compares with';
COMMENT ON COLUMN ticker.source IS 'The source of both rates';
COMMENT ON COLUMN ticker.kind IS 'official or market';
COMMENT ON COLUMN ticker.pegged IS 'Whether the rate is an announced peg';
COMMENT ON COLUMN ticker.fallback IS 'Whether the source stands in for the preferred one, which is silent';
COMMENT ON COLUMN ticker.stale IS 'Whether a newer publication is overdue by more than two days';
COMMENT ON COLUMN ticker.note IS 'What a reader must know about this row, or NULL';
COMMENT ON COLUMN ticker.stale_after IS 'When the row becomes stale unless a newer one comes, UTC; NULL for a peg';

-- Where none of several sources answered anything, not even an error, nobody was reached: that is most likely our own
-- network, and says nothing about the sources.
CREATE OR REPLACE VIEW rounds AS
SELECT
    snapshot_id, min(started_at) AS taken_at, max(finished_at) AS finished_at,
    CASE
        WHEN bool_or(outcome <> 'failed' OR http_status IS NOT NULL) THEN true
        WHEN count(*) > 1 THEN false
    END AS reached
FROM fetches
WHERE asked_to IS NULL AND NOT starts_with(url, 'archive:')  -- The history that comes with the program.
GROUP BY snapshot_id;
COMMENT ON VIEW rounds IS 'Each time that the sources were asked for their newest documents';
COMMENT ON COLUMN rounds.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN rounds.taken_at IS 'When the first source was asked, UTC';
COMMENT ON COLUMN rounds.finished_at IS 'When the last answer was in, UTC';
COMMENT ON COLUMN rounds.reached IS 'false: none of several sources could be reached, so the problem is probably on our side; NULL: a single one was asked and not reached, which says nothing about whose problem it is';

-- What a source is called depends on what it had at the last time that it was asked: while nobody has asked since a
-- document became due, it is not known to be late. Up to an hour of that is the pace of the jobs.
CREATE OR REPLACE MACRO source_state(due_at, asked_at, now_utc) AS CASE
    WHEN asked_at > due_at THEN state_of(due_at, asked_at)
    WHEN now_utc <= due_at + INTERVAL 1 HOUR THEN 'fresh'
    ELSE 'unknown'
END;
COMMENT ON MACRO source_state IS 'fresh, late, stale or dead as of the last time that the source was asked; unknown where that was before its next document became due';

CREATE OR REPLACE VIEW freshness AS
WITH newest AS (
    FROM rates SELECT source, max(observed_on) AS last_observed_on GROUP BY source
),
every_round AS MATERIALIZED (FROM rounds),
asked AS (
    SELECT source, min(started_at) AS first_at, max(started_at) AS last_at
    FROM fetches JOIN every_round USING (snapshot_id)
    WHERE reached IS DISTINCT FROM false AND asked_to IS NULL
    GROUP BY source
),
following AS (
    SELECT
        source,
        min(due_at) AS first_due_at,
        min(expected_on) AS first_due_on,
        min(due_at) FILTER (publication AND due_at > now_utc) AS expected_next_at,
        min(expected_on) FILTER (publication AND due_at > now_utc) AS expected_next_on,
        count(*) FILTER (publication AND due_at >= first_at AND due_at < last_at) AS missed
    FROM calendar
    LEFT JOIN newest USING (source)
    LEFT JOIN asked USING (source)
    CROSS JOIN clock
    WHERE expected_on > coalesce(last_observed_on, DATE '1900-01-01')
    GROUP BY source
)
SELECT
    source,
    CASE
        WHEN last_observed_on IS NULL THEN 'unknown'
        ELSE source_state(first_due_at, last_at, now_utc)
    END AS state,
    last_observed_on, expected_next_on, expected_next_at,
    CASE WHEN state IN ('late', 'stale', 'dead') THEN first_due_on END AS overdue_on,
    CASE WHEN state IN ('late', 'stale', 'dead') THEN first_due_at END AS overdue_since,
    CASE WHEN last_observed_on IS NOT NULL THEN missed END AS missed,
    last_asked_at, last_outcome, last_success_at, last_way, last_error,
    (
        SELECT min(taken_at) FROM every_round
        WHERE NOT reached
        AND snapshot_id > coalesce((SELECT max(snapshot_id) FROM every_round WHERE reached), 0)
    ) AS unreachable_since,
    coalesce(history_failures, 0) AS history_failures, history_error
FROM sources
CROSS JOIN clock
LEFT JOIN newest USING (source)
LEFT JOIN asked USING (source)
LEFT JOIN following USING (source)
LEFT JOIN (
    SELECT
        source,
        max(started_at) AS last_asked_at,
        max_by(outcome, fetch_id) AS last_outcome,
        max(finished_at) FILTER (outcome <> 'failed') AS last_success_at,
        -- "npm" of npm:package, the host of https://host/path
        max_by(regexp_extract(url, '^(https?://)?([^/:]+)', 2), fetch_id) FILTER (outcome <> 'failed') AS last_way,
        max_by({'error': error}, fetch_id).error AS last_error
    FROM fetches
    WHERE asked_to IS NULL
    GROUP BY source
) USING (source)
LEFT JOIN (
    SELECT source, count(DISTINCT asked_to) AS history_failures, max_by(error, fetch_id) AS history_error
    FROM fetches AS failed
    WHERE outcome = 'failed' AND asked_to IS NOT NULL
    AND NOT EXISTS (
        FROM fetches AS later
        WHERE later.source = failed.source AND later.fetch_id > failed.fetch_id AND later.outcome <> 'failed'
        AND failed.asked_to BETWEEN later.asked_from AND later.asked_to
    )
    GROUP BY source
) USING (source)
WHERE collected
ORDER BY source;
COMMENT ON VIEW freshness IS 'How each source that is asked keeps its rhythm, and how it answered last';
COMMENT ON COLUMN freshness.source IS 'The name of the source';
COMMENT ON COLUMN freshness.state IS 'fresh; late (we asked and did not receive the document that was due), stale (overdue by two days) or dead (by ten); unknown: nothing was ever received, or it was not asked since its next document became due. How old a shown rate is, latest.state says';
COMMENT ON COLUMN freshness.last_observed_on IS 'The newest day for which we have received a document';
COMMENT ON COLUMN freshness.expected_next_on IS 'The day that the next publication still to come is for, by its calendar';
COMMENT ON COLUMN freshness.expected_next_at IS 'When that is normally out, UTC; never in the past';
COMMENT ON COLUMN freshness.overdue_on IS 'The day that the first overdue document is for, be it a copy; NULL where none is known to be overdue';
COMMENT ON COLUMN freshness.overdue_since IS 'When that was due, UTC';
COMMENT ON COLUMN freshness.missed IS 'How many new rates are overdue, copies apart, of those that became due between the first and the last time that we asked; NULL where nothing was ever received';
COMMENT ON COLUMN freshness.last_asked_at IS 'When it was last asked, UTC';
COMMENT ON COLUMN freshness.last_outcome IS 'What came of that: new, unchanged or failed';
COMMENT ON COLUMN freshness.last_success_at IS 'When it last answered with a document that could be read, UTC';
COMMENT ON COLUMN freshness.last_way IS 'Which way answered then: a host, npm, or archive';
COMMENT ON COLUMN freshness.last_error IS 'What went wrong when it was last asked, or was set aside; also before another way answered';
COMMENT ON COLUMN freshness.unreachable_since IS 'Since when none of the sources could be reached, UTC, so that the problem is probably on our side; the same for all; NULL where one could be at the last time';
COMMENT ON COLUMN freshness.history_failures IS 'How many questions for past days failed and were not answered since; `ratesvc backfill` asks them again';
COMMENT ON COLUMN freshness.history_error IS 'What went wrong with the last of those';

CREATE OR REPLACE VIEW held AS
SELECT
    rejections.source, rejections.currency, rejections.observed_at::DATE AS observed_on, rejections.observed_at,
    rejections.units_per_usd::DECIMAL(18, 8) AS units_per_usd,
    max_by(reason, rejections.fetch_id) AS reason,
    min(finished_at) AS seen_at,
    min(rejections.fetch_id) AS fetch_id
FROM rejections
JOIN fetches USING (fetch_id)
LEFT JOIN (FROM daily SELECT source, currency, max(observed_at) AS newest_at GROUP BY ALL) AS known
    ON known.source = rejections.source AND known.currency = rejections.currency
WHERE held AND coalesce(newest_at <= rejections.observed_at, true)
AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.currency = rejections.currency
    AND observations.observed_at = rejections.observed_at
    AND observations.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
)
GROUP BY ALL
ORDER BY source, currency, rejections.observed_at;
COMMENT ON VIEW held IS 'Figures that wait to be confirmed by a second publication or source; one that its source has since moved on from is found in rejections only';
COMMENT ON COLUMN held.source IS 'The name of the source';
COMMENT ON COLUMN held.currency IS 'ISO 4217 code';
COMMENT ON COLUMN held.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN held.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN held.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN held.reason IS 'Why it is held';
COMMENT ON COLUMN held.seen_at IS 'When it was first seen, UTC';
COMMENT ON COLUMN held.fetch_id IS 'The fetch that brought it first';

-- A central bank that contradicts a peg is news; a market that wobbles around it is not. One row for each time
-- that it begins; a figure that is held is told too, as not confirmed.
CREATE OR REPLACE VIEW events AS
WITH said AS (
    SELECT source, currency, observed_on, units_per_usd, seen_at, true AS confirmed FROM rates
    UNION ALL
    SELECT source, currency, observed_on, units_per_usd, seen_at, false FROM held
),
judged AS (
    SELECT
        said.*, title, peg_units_per_usd,
        change_shown(peg_units_per_usd, units_per_usd) AS from_peg,
        abs(from_peg) > 1 AS contradicts
    FROM said
    JOIN currencies USING (currency)
    JOIN sources USING (source)
    WHERE sources.kind = 'official' AND source <> 'peg' AND observed_on >= peg_since
)
SELECT
    observed_on, source, currency, 'peg contradicted' AS event, units_per_usd, from_peg, confirmed,
    title || ': ' || trimmed(units_per_usd) || ' ' || currency || ' per dollar, '
    || trimmed(abs(from_peg)) || ' % ' || CASE WHEN from_peg < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the peg of ' || trimmed(peg_units_per_usd)
    || CASE WHEN confirmed THEN '' ELSE '; held until another central bank agrees' END AS sentence,
    seen_at
FROM judged
QUALIFY contradicts AND NOT coalesce(
    lag(contradicts) OVER (PARTITION BY source, currency, confirmed ORDER BY observed_on), false
)
ORDER BY observed_on, source;
COMMENT ON VIEW events IS 'When a central bank began to contradict a peg by more than one percent';
COMMENT ON COLUMN events.observed_on IS 'The day that the contradicting rate is for';
COMMENT ON COLUMN events.source IS 'The source that contradicts';
COMMENT ON COLUMN events.currency IS 'ISO 4217 code of the pegged currency';
COMMENT ON COLUMN events.event IS 'What happened: peg contradicted';
COMMENT ON COLUMN events.units_per_usd IS 'Units per US dollar as the source has it';
COMMENT ON COLUMN events.from_peg IS 'How far that is from the peg, in percent; negative when the currency is weaker';
COMMENT ON COLUMN events.confirmed IS 'false: the figure is held until another central bank agrees';
COMMENT ON COLUMN events.sentence IS 'The event in words';
COMMENT ON COLUMN events.seen_at IS 'When this service saw it, UTC';


-- Then --------------------------------------------------------------------------------------------

-- The rates as the snapshots up to one had them: what came later, corrections too, is not in it. NULL: all.
CREATE OR REPLACE MACRO rates_by(last_snapshot) AS TABLE
SELECT source, currency, observed_on, units_per_usd FROM rates WHERE last_snapshot IS NULL OR source = 'peg'
UNION ALL
SELECT
    source, currency, observed_at::DATE AS observed_on, max_by(units_per_usd, observed_at) AS units_per_usd
FROM (
    SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id) AS units_per_usd
    FROM observations
    -- A figure that was held is stored with the fetch that brought it, but counts since it was confirmed.
    WHERE last_snapshot IS NOT NULL
    AND coalesce(confirmed_by, fetch_id) <= (SELECT max(fetch_id) FROM fetches WHERE snapshot_id <= last_snapshot)
    GROUP BY ALL
)
GROUP BY ALL;
COMMENT ON MACRO TABLE rates_by IS 'The rates as the snapshots up to one had them: what came later, corrections too, is not in it; NULL: all';

-- One source's rates of a currency, for a line that breaks where more than ten days have no rate: there is a row
-- without values. By the snapshots up to one; NULL: by all.
CREATE OR REPLACE MACRO series_by(of_currency, of_source, last_snapshot) AS TABLE
WITH days AS (
    SELECT observed_on, units_per_usd, lead(observed_on) OVER (ORDER BY observed_on) AS next_on
    FROM rates_by(last_snapshot) WHERE currency = of_currency AND source = of_source
)
SELECT
    observed_on, trimmed(units_per_usd) AS units_per_usd, usd_precise(units_per_usd) AS rate_precise,
    1 / units_per_usd::DOUBLE AS usd_per_unit
FROM days
UNION ALL
SELECT observed_on + 1, NULL, NULL, NULL FROM days WHERE next_on - observed_on > 10
ORDER BY observed_on;
COMMENT ON MACRO TABLE series_by IS 'The rates of one currency and source as the snapshots up to one had them (NULL: all), with a row without values in each hole of more than ten days';

-- The rows of the ticker for a day of the past: of each currency's preferred source the last rate of the ten days
-- up to it, or of the other source where that has none. By the snapshots up to one; NULL: by all. A version of the
-- past preferred what it did then, official or market; NULL: as now.
CREATE OR REPLACE MACRO ticker_on(on_day, last_snapshot, preferred) AS TABLE
WITH known AS (
    FROM rates_by(last_snapshot) WHERE observed_on BETWEEN on_day::DATE - 20 AND on_day::DATE
),
shown AS (
    SELECT
        known.*, CASE WHEN source = official_source THEN 'official' ELSE 'market' END AS kind,
        kind <> CASE
            WHEN peg_units_per_usd IS NULL THEN coalesce(preferred, preferred_kind) ELSE preferred_kind
        END AS fallback  -- A peg comes first whatever is preferred.
    FROM known JOIN currencies USING (currency)
    WHERE source IN (official_source, market_source) AND observed_on >= on_day::DATE - 10
    QUALIFY row_number() OVER (PARTITION BY currency ORDER BY fallback, observed_on DESC) = 1
),
before AS (
    SELECT
        currency, max(known.observed_on) AS previous_on,
        max_by(known.units_per_usd, known.observed_on) AS previous_units
    FROM shown JOIN known USING (source, currency)
    -- As far as the period `previous` of `changes` reaches.
    WHERE known.observed_on BETWEEN shown.observed_on - 10 AND shown.observed_on - 1
    GROUP BY currency
)
SELECT
    position,
    currencies.currency || '/USD' AS pair,
    coalesce(usd_text(shown.units_per_usd, 5), '—') AS rate,
    coalesce(trimmed(change_shown(previous_units, shown.units_per_usd)) || '%', '—') AS change,
    pair || ' = ' || rate || ' ' || change AS text,
    usd_precise(shown.units_per_usd) AS rate_precise,
    1 / shown.units_per_usd::DOUBLE AS usd_per_unit,
    trimmed(shown.units_per_usd) AS units_per_usd,
    change_of(previous_units, shown.units_per_usd) AS change_pct,
    shown.observed_on, previous_on, shown.source, kind,
    coalesce(shown.source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback,
    false AS stale
FROM currencies
LEFT JOIN shown USING (currency)
LEFT JOIN before USING (currency)
ORDER BY position;
COMMENT ON MACRO TABLE ticker_on IS 'The rows of the ticker for a day of the past, from the snapshots up to one (NULL: all), with official or market rates first (NULL: as the service is set)';


-- For analysts (after USE; a view can be read without) --------------------------------------------

-- Units per dollar of the currency's headline source, the last on or up to ten days before a day. The tables
-- have names of their own here, so that an argument may be a column of `rates` or of `headline`.
CREATE OR REPLACE MACRO rate_on(of_currency, on_day) AS (
    SELECT max_by(its_rate.units_per_usd, its_rate.observed_on)
    FROM rates AS its_rate
    JOIN headline AS its_headline
        ON its_rate.source = its_headline.source AND its_rate.currency = its_headline.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.observed_on BETWEEN on_day::DATE - 10 AND on_day::DATE
);
COMMENT ON MACRO rate_on IS 'Units per US dollar of a currency''s headline source, the last on or up to ten days before a day; NULL where there is none';

-- Percent between two days; positive when the currency strengthened.
CREATE OR REPLACE MACRO change_between(of_currency, from_day, to_day) AS
    change_of(rate_on(of_currency, from_day), rate_on(of_currency, to_day));
COMMENT ON MACRO change_between IS 'By how many percent a currency gained against the dollar between two days, by its headline source; NULL where a rate is missing';

-- An amount in another currency at the rates of a day; USD is one of the currencies.
CREATE OR REPLACE MACRO convert(amount, from_currency, to_currency, on_day) AS
    amount::DOUBLE
    * CASE WHEN to_currency = 'USD' THEN 1 ELSE rate_on(to_currency, on_day) END
    / CASE WHEN from_currency = 'USD' THEN 1 ELSE rate_on(from_currency, on_day) END;
COMMENT ON MACRO convert IS 'An amount in another currency at the headline rates of a day; USD is one of the currencies';
