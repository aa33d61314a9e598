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


-- Figures -----------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW standing AS
FROM observations
WHERE NOT EXISTS (
    FROM decisions
    WHERE decision = 'superseded' AND decisions.source = observations.source
    AND decisions.currency = observations.currency AND decisions.observed_at = observations.observed_at
    AND decisions.fetch_id >= coalesce(observations.confirmed_by, observations.fetch_id)
);
COMMENT ON VIEW standing IS 'The observations that count: all but those whose date was wrong';
COMMENT ON COLUMN standing.source IS 'The name of the source';
COMMENT ON COLUMN standing.currency IS 'ISO 4217 code';
COMMENT ON COLUMN standing.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN standing.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN standing.seen_at IS 'When this service saw it, UTC';
COMMENT ON COLUMN standing.fetch_id IS 'The fetch that brought it';
COMMENT ON COLUMN standing.confirmed_by IS 'The fetch that confirmed a figure that had been held';

CREATE OR REPLACE VIEW waiting AS
FROM rejections
WHERE held
AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.currency = rejections.currency
    AND observations.observed_at = rejections.observed_at
    AND observations.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
    AND coalesce(observations.confirmed_by, observations.fetch_id) >= rejections.fetch_id
)
AND NOT EXISTS (
    FROM decisions
    WHERE decisions.source = rejections.source
    AND decisions.currency = rejections.currency AND decisions.observed_at = rejections.observed_at
    AND decisions.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
    AND (decision = 'rejected' OR decision = 'withdrawn' AND decisions.fetch_id >= rejections.fetch_id)
);
COMMENT ON VIEW waiting IS 'The rejections that may still be confirmed: neither in the series by now, nor rejected by a person, nor replaced by another figure of their source';
COMMENT ON COLUMN waiting.fetch_id IS 'The fetch that brought it first';
COMMENT ON COLUMN waiting.source IS 'The name of the source';
COMMENT ON COLUMN waiting.currency IS 'ISO 4217 code';
COMMENT ON COLUMN waiting.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN waiting.units_per_usd IS 'The digits as printed';
COMMENT ON COLUMN waiting.reason IS 'Why, in a sentence';
COMMENT ON COLUMN waiting.held IS 'true';
COMMENT ON COLUMN waiting.rejection_id IS 'Its number';
COMMENT ON COLUMN waiting.doubt IS 'The kind of doubt';
COMMENT ON COLUMN waiting.printed_step IS 'The change that its document printed with it';


-- Rates -------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW rates AS
SELECT
    source, currency, observed_on, observed_at, close AS units_per_usd,
    1 / close::DOUBLE AS usd_per_unit, seen_at, sightings, coalesce(carried, false) AS carried
FROM daily
UNION ALL
SELECT
    'peg', currency, day::DATE, day, peg_units_per_usd,
    1 / peg_units_per_usd::DOUBLE, NULL, 0, false
FROM
    currencies, clock,
    unnest(generate_series(peg_since::TIMESTAMP, least(now_utc, peg_until::TIMESTAMP), INTERVAL 1 DAY)) AS days(day)
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
COMMENT ON COLUMN rates.carried IS 'Whether it is a copy of the last rate, printed again for a day on which the source sets none';

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
    WHERE observed_on >= first_day AND NOT carried
)
SELECT
    wanted.source, wanted.currency, wanted.observed_on, wanted.period, wanted.units_per_usd,
    earlier.observed_on AS previous_on,
    earlier.units_per_usd AS previous_units_per_usd,
    change_of(earlier.units_per_usd, wanted.units_per_usd) AS change_pct,
    change_shown(earlier.units_per_usd, wanted.units_per_usd) AS change_shown
FROM wanted
ASOF JOIN (FROM rates WHERE observed_on >= first_day - 400 AND NOT carried) AS earlier  -- No period reaches further back.
    ON wanted.source = earlier.source
    AND wanted.currency = earlier.currency
    AND wanted.wanted_on >= earlier.observed_on
WHERE wanted.wanted_on - earlier.observed_on <= reach_days;
COMMENT ON MACRO TABLE changes_from IS 'The rows of the view changes from a day on: a recent day takes milliseconds, all of decades a second';

CREATE OR REPLACE VIEW changes AS
FROM changes_from(DATE '1900-01-01');
COMMENT ON VIEW changes IS 'For every publication and every period the change of US dollars per unit against the last publication of the same source on or before the wanted day; no row where that is too far back, and none for a copy';
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

-- A bank whose document is here is not silent, although its figure is held. A date in the future says nothing yet.
CREATE OR REPLACE VIEW held_days AS
SELECT source, currency, max(observed_at)::DATE AS held_on
FROM rejections CROSS JOIN clock
WHERE held AND doubt IS DISTINCT FROM 'date' AND observed_at <= now_utc + INTERVAL 2 DAYS
GROUP BY ALL;
COMMENT ON VIEW held_days IS 'The newest day for which each source has printed a figure that was held, whatever became of it';
COMMENT ON COLUMN held_days.source IS 'The name of the source';
COMMENT ON COLUMN held_days.currency IS 'ISO 4217 code';
COMMENT ON COLUMN held_days.held_on IS 'The day';

CREATE OR REPLACE VIEW latest AS
WITH newest AS (
    SELECT
        source, currency, max(rates.observed_on) AS heard_on,
        max_by(
            {
                'observed_on': rates.observed_on, 'observed_at': observed_at, 'units_per_usd': units_per_usd,
                'usd_per_unit': usd_per_unit, 'seen_at': seen_at, 'sightings': sightings
            },
            rates.observed_on
        ) FILTER (NOT carried) AS rate
    FROM rates GROUP BY source, currency
),
heard AS (
    SELECT source, currency, rate, greatest(heard_on, held_on) AS heard_on
    FROM newest LEFT JOIN held_days USING (source, currency)
),
following AS (
    SELECT heard.source, currency, min(due_at) AS expected_next_at
    FROM heard JOIN calendar ON calendar.source = heard.source AND expected_on > heard_on
    GROUP BY ALL
)
SELECT
    source, currency, rate.observed_on AS observed_on, rate.observed_at AS observed_at,
    rate.units_per_usd AS units_per_usd, rate.usd_per_unit AS usd_per_unit, rate.seen_at AS seen_at,
    rate.sightings AS sightings, heard_on, expected_next_at,
    -- A peg is in force until it is revoked.
    CASE WHEN source = 'peg' THEN 'fresh' ELSE state_of(expected_next_at, now_utc) END AS state,
    stale_after(expected_next_at) AS stale_after
FROM heard
LEFT JOIN following USING (source, currency)
CROSS JOIN clock;
COMMENT ON VIEW latest IS 'The newest publication of each source and currency, and how fresh it is';
COMMENT ON COLUMN latest.source IS 'The name of the source';
COMMENT ON COLUMN latest.currency IS 'ISO 4217 code';
COMMENT ON COLUMN latest.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN latest.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN latest.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN latest.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN latest.seen_at IS 'When this service saw it, UTC';
COMMENT ON COLUMN latest.sightings IS 'How many sightings the day has';
COMMENT ON COLUMN latest.heard_on IS 'The newest day that its source has printed it for, copies and held figures included';
COMMENT ON COLUMN latest.expected_next_at IS 'When the document after this one is normally out, be it a copy, UTC; in the past where it is overdue; NULL for a peg';
COMMENT ON COLUMN latest.state IS 'How old the rate is, whoever''s fault that is: fresh, late (a newer one should be here), stale (by two days) or dead (by ten)';
COMMENT ON COLUMN latest.stale_after IS 'When it becomes stale unless a newer one comes, UTC; NULL for a peg';

CREATE OR REPLACE VIEW headline AS
SELECT
    currency, source,
    CASE WHEN source = official_source THEN 'official' ELSE 'market' END AS kind,
    kind <> preferred_kind AS fallback,
    CASE
        WHEN source = 'peg' THEN
            'pegged at ' || trimmed(peg_units_per_usd) || ' per dollar since ' || peg_since || ', ' || peg_authority
        WHEN kind = preferred_kind THEN 'the ' || kind || ' rate'
        ELSE kind || ' rate: ' || coalesce(title, 'the ' || preferred_kind || ' source')
        || CASE
            WHEN title IS NULL OR NOT collected THEN ' is not collected here'
            WHEN preferred_on IS NULL THEN ' has not answered yet'
            ELSE ': we have received nothing newer than ' || preferred_on
        END
    END AS reason,
    observed_on, observed_at, units_per_usd, usd_per_unit, seen_at, state, stale_after
FROM (
    SELECT
        latest.*, currencies.* EXCLUDE (currency), now_utc,
        CASE preferred_kind WHEN 'official' THEN official_source ELSE market_source END AS preferred_source,
        max(CASE source WHEN preferred_source THEN observed_on END) OVER (PARTITION BY currency) AS preferred_on
    FROM latest JOIN currencies USING (currency) CROSS JOIN clock
) AS known
LEFT JOIN (FROM sources SELECT source AS preferred_source, title, collected) USING (preferred_source)
WHERE source IN (official_source, market_source) AND NOT (source = 'peg' AND coalesce(peg_until < now_utc::DATE, false))
-- As in `headline_daily`: the preferred kind while its rate is within reach of today, else the other one; where
-- neither is, the newest.
QUALIFY row_number() OVER (
    PARTITION BY currency
    ORDER BY heard_on < now_utc::DATE - 10, CASE WHEN heard_on < now_utc::DATE - 10 THEN observed_at END DESC,
    kind <> preferred_kind
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

-- For each currency and day the last rate of the ten days up to it: of the preferred kind, or of the other one where
-- that has none. It depends on what is known for that day and before it, never on who has published since.
CREATE OR REPLACE MACRO in_force(first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH spoken AS (
    SELECT
        rates.*,
        CASE source WHEN official_source THEN 'official' WHEN market_source THEN 'market' ELSE 'other' END AS kind,
        kind <> preferred_kind AS fallback,
        coalesce(of_source, of_kind) IS NULL AND fallback AS second_choice,
        -- Until the next one comes, for ten days at most; an announced rate no longer than it is in force.
        least(
            lead(observed_on) OVER (PARTITION BY currency, second_choice ORDER BY observed_on) - 1, observed_on + 10,
            last_day::DATE, CASE source WHEN 'peg' THEN peg_until END
        ) AS until_on
    FROM rates JOIN currencies USING (currency)
    WHERE observed_on BETWEEN first_day::DATE - 10 AND last_day::DATE
    AND CASE
        WHEN of_source IS NOT NULL THEN source = of_source AND (of_kind IS NULL OR kind = of_kind)
        WHEN of_kind IS NOT NULL THEN kind = of_kind
        ELSE kind <> 'other'
    END
),
days AS (
    SELECT
        unnest(generate_series(greatest(observed_on, first_day::DATE), until_on, INTERVAL 1 DAY))::DATE AS day,
        currency, source, kind, fallback, observed_on, units_per_usd, usd_per_unit, seen_at, second_choice
    FROM spoken
)
SELECT * EXCLUDE (second_choice)
FROM days
QUALIFY NOT second_choice OR count(*) OVER (PARTITION BY currency, day) = 1
ORDER BY currency, day;
COMMENT ON MACRO TABLE in_force IS 'The rates in force from one day to another: of the headline, as in headline_daily, or by of_source or of_kind of one source, or of official or market';

CREATE OR REPLACE VIEW headline_daily AS
FROM in_force(
    DATE '1900-01-01', (SELECT greatest(max(observed_on), any_value(now_utc)::DATE) FROM clock LEFT JOIN daily ON true)
);
COMMENT ON VIEW headline_daily IS 'For each currency and day the headline rate in force: of the preferred source, or of the other one where that had no rate on the day or the ten days before. What it says of a past day does not depend on who publishes today';
COMMENT ON COLUMN headline_daily.day IS 'The day';
COMMENT ON COLUMN headline_daily.currency IS 'ISO 4217 code';
COMMENT ON COLUMN headline_daily.source IS 'The source of the rate in force on that day';
COMMENT ON COLUMN headline_daily.kind IS 'official or market';
COMMENT ON COLUMN headline_daily.fallback IS 'Whether it stands in for the preferred kind, which had no rate within reach';
COMMENT ON COLUMN headline_daily.observed_on IS 'The day that the rate was printed for: the day itself, or up to ten days before';
COMMENT ON COLUMN headline_daily.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN headline_daily.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN headline_daily.seen_at IS 'When this service saw the rate, UTC; NULL for a peg';

CREATE OR REPLACE VIEW history AS
WITH days AS (
    FROM headline_daily
    SELECT
        currency, source, kind, observed_on, units_per_usd, usd_per_unit,
        lead(observed_on) OVER (PARTITION BY currency ORDER BY observed_on) AS next_on
    WHERE observed_on = day
)
SELECT currency, source, kind, observed_on, units_per_usd, usd_per_unit FROM days
UNION ALL
SELECT currency, source, kind, observed_on + 1, NULL, NULL FROM days WHERE next_on - observed_on > 10;
COMMENT ON VIEW history IS 'The days of headline_daily for which a rate was printed, for charts: after a day that is followed by more than ten days without a rate comes a row without values, so that the line breaks there';
COMMENT ON COLUMN history.currency IS 'ISO 4217 code';
COMMENT ON COLUMN history.source IS 'The source of the rate';
COMMENT ON COLUMN history.kind IS 'official or market';
COMMENT ON COLUMN history.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN history.units_per_usd IS 'Units per US dollar; NULL in a hole';
COMMENT ON COLUMN history.usd_per_unit IS 'US dollars per unit; NULL in a hole';

CREATE OR REPLACE VIEW held AS
WITH figures AS (
    SELECT
        min(rejection_id) AS rejection_id, waiting.source, waiting.currency, waiting.observed_at,
        waiting.units_per_usd::DECIMAL(18, 8) AS units_per_usd,
        max_by(coalesce(doubt, 'jump'), fetch_id) AS doubt, max_by(reason, fetch_id) AS reason,
        min(finished_at) AS seen_at, min(fetch_id) AS fetch_id
    FROM waiting JOIN fetches USING (fetch_id)
    GROUP BY ALL
)
SELECT
    rejection_id, figures.source, figures.currency, figures.observed_at::DATE AS observed_on, figures.observed_at,
    figures.units_per_usd, doubt, reason,
    CASE doubt
        WHEN 'jump' THEN 'another source, or the next publication at this level'
        WHEN 'first' THEN 'another source, or the next publication at this level'
        WHEN 'step' THEN 'the next publication, if its printed step leads back to this figure'
        WHEN 'peg' THEN 'another central bank'
        WHEN 'date' THEN 'a person'
        WHEN 'alternating' THEN 'a person, or the next publication, if its printed step leads back to this figure'
        ELSE 'another source'
    END AS confirmed_by,
    before.observed_on AS previous_on, before.units_per_usd AS previous_units_per_usd,
    change_of(before.units_per_usd, figures.units_per_usd) AS change_pct,
    change_shown(before.units_per_usd, figures.units_per_usd) AS change_shown,
    figures.seen_at, fetch_id
FROM figures
LEFT JOIN (
    FROM daily SELECT source, currency, max(seen_at) AS heard_at GROUP BY ALL
) AS known ON known.source = figures.source AND known.currency = figures.currency
-- A date that was still to come when the figure was seen tells nothing: it may be wrong itself.
LEFT JOIN (
    FROM daily
    JOIN waiting ON waiting.source = daily.source AND waiting.currency = daily.currency
    JOIN fetches USING (fetch_id)
    SELECT DISTINCT waiting.source, waiting.currency, waiting.observed_at AS passed_at
    WHERE daily.observed_at > waiting.observed_at
    AND (daily.seen_at > finished_at OR daily.observed_at <= finished_at + INTERVAL 2 DAYS)
) AS passed
    ON passed.source = figures.source AND passed.currency = figures.currency
    AND passed_at = figures.observed_at
ASOF LEFT JOIN (FROM rates WHERE NOT carried) AS before
    ON before.source = figures.source AND before.currency = figures.currency
    AND figures.observed_at - INTERVAL 1 DAY >= before.observed_at
-- A bank that has gone on to a later day has moved on. Where the date is what is wrong, one that has printed
-- anything since has.
WHERE CASE doubt
    WHEN 'date' THEN coalesce(heard_at <= figures.seen_at, true)
    ELSE passed_at IS NULL
END
ORDER BY figures.source, figures.currency, figures.observed_at;
COMMENT ON VIEW held IS 'Figures that wait to be confirmed; one that its source has since moved on from is found in rejections only';
COMMENT ON COLUMN held.rejection_id IS 'Its number, for `ratesvc held accept` and `reject`';
COMMENT ON COLUMN held.source IS 'The name of the source';
COMMENT ON COLUMN held.currency IS 'ISO 4217 code';
COMMENT ON COLUMN held.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN held.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN held.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN held.doubt IS 'The kind of doubt: jump, neighbours, step, slip, first, peg, date or alternating';
COMMENT ON COLUMN held.reason IS 'Why it is held';
COMMENT ON COLUMN held.confirmed_by IS 'What would confirm it';
COMMENT ON COLUMN held.previous_on IS 'The day of the last publication before it';
COMMENT ON COLUMN held.previous_units_per_usd IS 'Units per US dollar of that';
COMMENT ON COLUMN held.change_pct IS 'The change from that to the figure in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN held.change_shown IS 'The same with two decimals, half-even';
COMMENT ON COLUMN held.seen_at IS 'When it was first seen, UTC';
COMMENT ON COLUMN held.fetch_id IS 'The fetch that brought it first';

-- What the row of a currency must say beside its confirmed rate: the newest figure of its official source that is not
-- confirmed, else of its market source; of a pegged currency of any source, and also what contradicts the peg.
CREATE OR REPLACE VIEW unconfirmed AS
WITH figures AS (
    SELECT
        held.source, held.currency, held.observed_on, held.units_per_usd, previous_units_per_usd, held.reason,
        (doubt <> 'alternating' OR held.source = official_source) AND (held.source IN (official_source, market_source) OR official_source = 'peg')
        AND (doubt = 'date' OR held.observed_on >= now_utc::DATE - 30) AS shown
    FROM held JOIN currencies USING (currency) CROSS JOIN clock
    UNION ALL
    -- Two central banks agree, and the announced rate has not been ended.
    SELECT
        latest.source, currency, observed_on, units_per_usd, peg_units_per_usd,
        trimmed(units_per_usd) || ' contradicts the announced ' || trimmed(peg_units_per_usd),
        official_source = 'peg' AND sources.kind = 'official' AND source <> 'peg' AND peg_until IS NULL
        AND abs(change_shown(peg_units_per_usd, units_per_usd)) > 1 AND state NOT IN ('stale', 'dead')
    FROM latest JOIN currencies USING (currency) JOIN sources USING (source)
)
SELECT
    currency, source, observed_on, units_per_usd,
    coalesce(peg_units_per_usd, previous_units_per_usd) AS previous_units,
    change_of(previous_units, units_per_usd) AS change_pct,
    change_shown(previous_units, units_per_usd) AS change_shown,
    reason,
    coalesce(title, source) || ' printed ' || trimmed(units_per_usd) || ' per dollar for ' || observed_on
    || coalesce(' (' || trimmed(change_shown) || '%)', '') || '; not confirmed yet: ' || reason AS sentence
FROM figures JOIN currencies USING (currency) LEFT JOIN sources USING (source)
WHERE shown
QUALIFY row_number() OVER (
    PARTITION BY currency ORDER BY source = official_source DESC, observed_on DESC, source
) = 1;
COMMENT ON VIEW unconfirmed IS 'For each currency the newest figure that its bank, else its market source, has printed and that is not confirmed; no row where there is none, or for longer than 30 days';
COMMENT ON COLUMN unconfirmed.currency IS 'ISO 4217 code';
COMMENT ON COLUMN unconfirmed.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN unconfirmed.previous_units IS 'Units per US dollar of the last publication before it, or of the peg';
COMMENT ON COLUMN unconfirmed.change_pct IS 'The change from that in percent, not rounded';
COMMENT ON COLUMN unconfirmed.change_shown IS 'The same with two decimals, half-even';
COMMENT ON COLUMN unconfirmed.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed.sentence IS 'All of it in a sentence';

-- How far the rate of a source is from every other source that is on time: the smallest of these gaps, once all of them
-- are beyond five percent to the same side, further than any of the five currencies moved within a week in 2023 to 2026.
CREATE OR REPLACE VIEW drift AS
WITH gaps AS (
    SELECT
        here.currency, here.source, here.observed_on, here.units_per_usd, here.seen_at, other.source AS other,
        change_shown(other.units_per_usd, here.units_per_usd) AS gap
    FROM latest AS here JOIN latest AS other ON here.currency = other.currency AND here.source <> other.source
    WHERE here.state IN ('fresh', 'late') AND other.state IN ('fresh', 'late') AND here.source <> 'peg'
    AND abs(other.observed_on - here.observed_on) <= 4
)
SELECT
    currency, source, observed_on, units_per_usd, min_by(gap, abs(gap)) AS gap_shown,
    string_agg(other, ', ' ORDER BY other) AS others,
    trimmed(abs(min_by(gap, abs(gap)))) || '% ' || CASE WHEN min(gap) < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the rate of ' || string_agg(other, ', ' ORDER BY other) AS sentence,
    seen_at
FROM gaps
GROUP BY currency, source, observed_on, units_per_usd, seen_at
HAVING bool_and(gap > 5) OR bool_and(gap < -5);
COMMENT ON VIEW drift IS 'Rates that have moved away from all other sources by more than five percent';
COMMENT ON COLUMN drift.currency IS 'ISO 4217 code';
COMMENT ON COLUMN drift.source IS 'The source of the rate';
COMMENT ON COLUMN drift.observed_on IS 'The day that it is for';
COMMENT ON COLUMN drift.units_per_usd IS 'Units per US dollar';
COMMENT ON COLUMN drift.gap_shown IS 'By how many percent a unit is worth more by it than by the nearest other source; negative: less';
COMMENT ON COLUMN drift.others IS 'The other sources';
COMMENT ON COLUMN drift.sentence IS 'It in words';
COMMENT ON COLUMN drift.seen_at IS 'When this service saw the rate, UTC';

-- The line that a ticker prints. While a figure is not confirmed it says so, because the old one is no longer the news.
CREATE OR REPLACE MACRO ticker_text(pair, rate, change, unconfirmed_rate, unconfirmed_change) AS
    pair || ' = ' || rate || ' ' || change
    || coalesce(' (not confirmed: ' || unconfirmed_rate || ' ' || coalesce(unconfirmed_change, '—') || ')', '');
COMMENT ON MACRO ticker_text IS 'The line of a pair as printed; while a newer figure is not confirmed it names that too';

CREATE OR REPLACE VIEW ticker AS
WITH shown AS MATERIALIZED (FROM headline),
newest AS (
    FROM unconfirmed
    SELECT
        currency, true AS unconfirmed, source AS unconfirmed_source, observed_on AS unconfirmed_on,
        trimmed(units_per_usd) AS unconfirmed_units_per_usd, usd_text(units_per_usd, 5) AS unconfirmed_rate,
        usd_precise(units_per_usd) AS unconfirmed_rate_precise, 1 / units_per_usd::DOUBLE AS unconfirmed_usd_per_unit,
        trimmed(change_shown) || '%' AS unconfirmed_change, change_pct AS unconfirmed_change_pct,
        reason AS unconfirmed_reason, sentence AS unconfirmed_sentence
)
SELECT
    position,
    currencies.currency || '/USD' AS pair,
    coalesce(usd_text(units_per_usd, 5), '—') AS rate,
    coalesce(trimmed(change_shown) || '%', '—') AS change,
    ticker_text(pair, rate, change, unconfirmed_rate, unconfirmed_change) AS text,
    usd_precise(units_per_usd) AS rate_precise,
    usd_per_unit,
    trimmed(units_per_usd) AS units_per_usd,
    change_pct, shown.observed_on, previous_on, shown.source, kind,
    coalesce(shown.source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback,
    coalesce(state IN ('stale', 'dead'), true) AS stale,
    nullif(concat_ws(
        '; ',
        CASE
            WHEN shown.observed_on IS NULL THEN 'no rate yet'
            WHEN shown.source = 'peg' THEN reason
            ELSE nullif(concat_ws(
                '; ',
                CASE WHEN state IN ('stale', 'dead') THEN 'we have received nothing newer than ' || shown.observed_on END,
                CASE WHEN previous_on IS NULL THEN 'no rate in the 10 days before to compare with' END,
                CASE WHEN fallback THEN reason END,
                drift_sentence
            ), '')
        END,
        unconfirmed_sentence
    ), '') AS note,
    stale_after,
    coalesce(newest.unconfirmed, false) AS unconfirmed,
    unconfirmed_source, unconfirmed_on, unconfirmed_units_per_usd, unconfirmed_rate, unconfirmed_change,
    unconfirmed_change_pct, unconfirmed_reason, unconfirmed_rate_precise, unconfirmed_usd_per_unit,
    unconfirmed_on > now_utc::DATE AS unconfirmed_ahead, coalesce(shown.observed_on > now_utc::DATE, false) AS ahead
FROM currencies
CROSS JOIN clock
LEFT JOIN shown USING (currency)
-- What the market prints beside a confirmed official rate is no news.
LEFT JOIN newest
    ON newest.currency = currencies.currency
    AND (unconfirmed_source IN (official_source, shown.source) OR official_source = 'peg')
LEFT JOIN (FROM drift SELECT source, currency, sentence AS drift_sentence) AS drift
    ON drift.currency = currencies.currency AND drift.source = shown.source
LEFT JOIN (
    FROM changes_from((SELECT min(observed_on) FROM shown))
    SELECT * EXCLUDE (units_per_usd)
    WHERE period = 'previous'
) AS step
    ON step.source = shown.source AND step.currency = currencies.currency AND step.observed_on = shown.observed_on
ORDER BY position;
COMMENT ON VIEW ticker IS 'The rows that a ticker shows, in its order';
COMMENT ON COLUMN ticker.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN ticker.pair IS 'Base and quote, e.g. KGS/USD: US dollars for one som';
COMMENT ON COLUMN ticker.rate IS 'US dollars per unit with five decimals, as printed';
COMMENT ON COLUMN ticker.change IS 'Change since the previous publication as printed: at most two decimals, no plus sign; — where unknown';
COMMENT ON COLUMN ticker.text IS 'The line as printed';
COMMENT ON COLUMN ticker.rate_precise IS 'US dollars per unit with six significant digits, no exponent';
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
COMMENT ON COLUMN ticker.unconfirmed IS 'Whether its bank, or the source that is shown, has printed a figure that is not confirmed yet';
COMMENT ON COLUMN ticker.unconfirmed_source IS 'The source of that figure';
COMMENT ON COLUMN ticker.unconfirmed_on IS 'The day that it is for';
COMMENT ON COLUMN ticker.unconfirmed_units_per_usd IS 'Its printed digits: units per US dollar';
COMMENT ON COLUMN ticker.unconfirmed_rate IS 'US dollars per unit by it, with five decimals';
COMMENT ON COLUMN ticker.unconfirmed_change IS 'Its change since the last publication before it as printed: at most two decimals, no plus sign';
COMMENT ON COLUMN ticker.unconfirmed_change_pct IS 'The same in percent, not rounded';
COMMENT ON COLUMN ticker.unconfirmed_reason IS 'Why it is not confirmed';
COMMENT ON COLUMN ticker.unconfirmed_rate_precise IS 'US dollars per unit by it, with six significant digits, no exponent';
COMMENT ON COLUMN ticker.unconfirmed_usd_per_unit IS 'US dollars per unit by it';
COMMENT ON COLUMN ticker.unconfirmed_ahead IS 'Whether its day is later than today, UTC';
COMMENT ON COLUMN ticker.ahead IS 'Whether its day is later than today, UTC: a bank prints the rate of the next day';

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
    SELECT source, max(observed_on) AS last_observed_on
    FROM (
        SELECT source, observed_on FROM rates
        UNION ALL
        SELECT source, held_on FROM held_days
    )
    GROUP BY source
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

-- What happened beside the moves. A central bank that contradicts a peg is news, a market that wobbles around it is
-- not; there is one row for each time that it begins, and a figure that is held is told too, as not confirmed.
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
    AND observed_on <= coalesce(peg_until, DATE '9999-12-31')
),
contradictions AS (
    FROM judged
    QUALIFY contradicts AND NOT coalesce(
        lag(contradicts) OVER (PARTITION BY source, currency, confirmed ORDER BY observed_on), false
    )
)
SELECT
    observed_on, source, currency, 'peg contradicted' AS event, units_per_usd, from_peg, confirmed,
    title || ': ' || trimmed(units_per_usd) || ' ' || currency || ' per dollar, '
    || trimmed(abs(from_peg)) || ' % ' || CASE WHEN from_peg < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the peg of ' || trimmed(peg_units_per_usd)
    || CASE WHEN confirmed THEN '' ELSE '; held until another central bank agrees' END AS sentence,
    seen_at
FROM contradictions
UNION ALL
SELECT
    observed_at::DATE, source, currency, decision, units_per_usd, NULL, decision NOT IN ('rejected', 'withdrawn'),
    coalesce(title, source) || ': ' || trimmed(units_per_usd) || ' ' || currency || ' per dollar for '
    || observed_at::DATE || CASE decision
        WHEN 'superseded' THEN ' was superseded: the bank went on with earlier days, so its date was wrong'
        WHEN 'withdrawn' THEN ' was not confirmed: the source has printed another figure for that moment'
        ELSE ' was ' || decision || ' by ' || decided_by || ': ' || reason
    END,
    decided_at
FROM decisions LEFT JOIN sources USING (source)
UNION ALL
SELECT
    observed_at::DATE, source, currency, 'alternating', rejections.units_per_usd::DECIMAL(18, 8), NULL, false,
    coalesce(title, source) || ', ' || currency || ': ' || reason, finished_at
FROM rejections JOIN fetches USING (fetch_id, source) LEFT JOIN sources USING (source)
WHERE doubt = 'alternating'
UNION ALL
SELECT
    drift.observed_on, source, currency, 'drift', drift.units_per_usd, NULL, true,
    coalesce(title, source) || ': ' || trimmed(drift.units_per_usd) || ' ' || currency || ' per dollar is '
    || sentence, seen_at
FROM drift JOIN (FROM headline SELECT source, currency) USING (source, currency) LEFT JOIN sources USING (source)
ORDER BY observed_on, source;
COMMENT ON VIEW events IS 'What happened beside the moves: a central bank began to contradict a peg by more than one percent; a person accepted or rejected a figure; a future date turned out to be wrong; two figures for one date alternate; a rate is far from all other sources';
COMMENT ON COLUMN events.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN events.source IS 'The source of the figure';
COMMENT ON COLUMN events.currency IS 'ISO 4217 code';
COMMENT ON COLUMN events.event IS 'What happened: peg contradicted, accepted, rejected, superseded, withdrawn, alternating or drift';
COMMENT ON COLUMN events.units_per_usd IS 'Units per US dollar as the source has it';
COMMENT ON COLUMN events.from_peg IS 'How far that is from the peg, in percent; negative when the currency is weaker; NULL where there is none';
COMMENT ON COLUMN events.confirmed IS 'false: the figure is not in the series';
COMMENT ON COLUMN events.sentence IS 'The event in words';
COMMENT ON COLUMN events.seen_at IS 'When this service saw it, UTC';


-- Then --------------------------------------------------------------------------------------------

-- The rates as the snapshots up to one had them: what came later, corrections too, is not in it. NULL: all.
CREATE OR REPLACE MACRO rates_by(last_snapshot) AS TABLE
SELECT source, currency, observed_on, units_per_usd, carried FROM rates WHERE last_snapshot IS NULL OR source = 'peg'
UNION ALL
SELECT
    sighted.source, sighted.currency, sighted.observed_at::DATE AS observed_on,
    max_by(sighted.units_per_usd, sighted.observed_at) AS units_per_usd,
    coalesce(any_value(carried), false) AS carried
FROM (
    SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id) AS units_per_usd
    FROM observations
    -- A figure that was held is stored with the fetch that brought it, but counts since it was confirmed.
    WHERE last_snapshot IS NOT NULL
    AND coalesce(confirmed_by, fetch_id) <= (SELECT max(fetch_id) FROM fetches WHERE snapshot_id <= last_snapshot)
    AND NOT EXISTS (
        FROM decisions
        WHERE decision = 'superseded' AND decisions.source = observations.source
        AND decisions.currency = observations.currency AND decisions.observed_at = observations.observed_at
        AND decisions.fetch_id >= coalesce(observations.confirmed_by, observations.fetch_id)
        AND decisions.fetch_id <= (SELECT max(fetch_id) FROM fetches WHERE snapshot_id <= last_snapshot)
    )
    GROUP BY ALL
) AS sighted
LEFT JOIN (FROM daily SELECT source, currency, observed_on, carried) AS its_day
    ON its_day.source = sighted.source AND its_day.currency = sighted.currency
    AND its_day.observed_on = sighted.observed_at::DATE
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
    WHERE source IN (official_source, market_source) AND observed_on >= on_day::DATE - 10 AND NOT carried
    QUALIFY row_number() OVER (PARTITION BY currency ORDER BY fallback, observed_on DESC) = 1
),
before AS (
    SELECT
        currency, max(known.observed_on) AS previous_on,
        max_by(known.units_per_usd, known.observed_on) AS previous_units
    FROM shown JOIN known USING (source, currency)
    -- As far as the period `previous` of `changes` reaches.
    WHERE known.observed_on BETWEEN shown.observed_on - 10 AND shown.observed_on - 1 AND NOT known.carried
    GROUP BY currency
)
SELECT
    position,
    currencies.currency || '/USD' AS pair,
    coalesce(usd_text(shown.units_per_usd, 5), '—') AS rate,
    coalesce(trimmed(change_shown(previous_units, shown.units_per_usd)) || '%', '—') AS change,
    ticker_text(pair, rate, change, NULL, NULL) AS text,
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

-- Units per dollar in force on a day: of the headline, or of one source or kind. The tables have names of their own
-- here, so that an argument may be a column of `rates` or of `headline`. The last rate on or up to ten days before the
-- day, the preferred kind first, as in `headline_daily`.
CREATE OR REPLACE MACRO rate_on(of_currency, on_day, of_source := NULL, of_kind := NULL) AS (
    SELECT max_by(
        its_rate.units_per_usd,
        row(
            its_rate.source = CASE its_currency.preferred_kind
                WHEN 'official' THEN its_currency.official_source ELSE its_currency.market_source
            END,
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN currencies AS its_currency ON its_currency.currency = its_rate.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.observed_on BETWEEN on_day::DATE - 10 AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_currency.peg_until < on_day::DATE) IS NOT TRUE
    AND CASE
        WHEN of_source IS NOT NULL THEN its_rate.source = of_source
        WHEN of_kind = 'official' THEN its_rate.source = its_currency.official_source
        WHEN of_kind = 'market' THEN its_rate.source = its_currency.market_source
        ELSE its_rate.source IN (its_currency.official_source, its_currency.market_source)
    END
);
COMMENT ON MACRO rate_on IS 'Units per US dollar in force on a day: the last on or up to ten days before it, of the headline source of that day or, by of_source or of_kind, of one source or of official or market; NULL where there is none';

CREATE OR REPLACE MACRO source_on(of_currency, on_day) AS (
    SELECT max_by(
        its_rate.source,
        row(
            its_rate.source = CASE its_currency.preferred_kind
                WHEN 'official' THEN its_currency.official_source ELSE its_currency.market_source
            END,
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN currencies AS its_currency ON its_currency.currency = its_rate.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.source IN (its_currency.official_source, its_currency.market_source)
    AND its_rate.observed_on BETWEEN on_day::DATE - 10 AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_currency.peg_until < on_day::DATE) IS NOT TRUE
);
COMMENT ON MACRO source_on IS 'The source of the headline rate of a currency in force on a day; NULL where there is none';

-- Percent between two days; positive when the currency strengthened. Both rates are of one source: that of the later
-- day's headline, where none is named.
CREATE OR REPLACE MACRO change_between(of_currency, from_day, to_day, of_source := NULL, of_kind := NULL) AS
    change_of(
        rate_on(
            of_currency, from_day,
            of_source := coalesce(of_source, CASE WHEN of_kind IS NULL THEN source_on(of_currency, to_day) END),
            of_kind := of_kind
        ),
        rate_on(of_currency, to_day, of_source := of_source, of_kind := of_kind)
    );
COMMENT ON MACRO change_between IS 'By how many percent a currency gained against the dollar between two days, by one source: of_source, that of of_kind, or that of the headline on the later day; NULL where a rate is missing';

-- An amount in another currency at the rates of a day; USD is one of the currencies.
CREATE OR REPLACE MACRO convert(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS
    amount::DOUBLE
    * CASE WHEN to_currency = 'USD' THEN 1
        ELSE rate_on(to_currency, on_day, of_source := of_source, of_kind := of_kind) END
    / CASE WHEN from_currency = 'USD' THEN 1
        ELSE rate_on(from_currency, on_day, of_source := of_source, of_kind := of_kind) END;
COMMENT ON MACRO convert IS 'An amount in another currency at the rates in force on a day, of the headline or of of_source or of_kind; USD is one of the currencies';
