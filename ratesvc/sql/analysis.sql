-- What the dashboards ask, and analysts may: moves, ranges, lines, candles, gaps, punctuality. Like views.sql it
-- holds the arithmetic, so that a page only chooses and draws; every percentage is `change_of` or `change_shown`.

-- One currency -------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW moves AS
SELECT
    position, currencies.currency, colour, headline.source, periods.period, headline.observed_on,
    headline.units_per_usd, previous_on, previous_units_per_usd, change_pct, change_shown
FROM currencies
CROSS JOIN periods
LEFT JOIN headline USING (currency)
LEFT JOIN (
    FROM changes_from((SELECT min(observed_on) FROM headline)) SELECT * EXCLUDE (units_per_usd)
) AS change
    ON change.currency = currencies.currency AND change.source = headline.source
    AND change.observed_on = headline.observed_on AND change.period = periods.period
ORDER BY position, back NULLS LAST;
COMMENT ON VIEW moves IS 'How far each currency''s headline rate has moved in every period up to now; NULL where there is no rate to compare with';
COMMENT ON COLUMN moves.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN moves.currency IS 'ISO 4217 code';
COMMENT ON COLUMN moves.colour IS 'Of its line in every chart';
COMMENT ON COLUMN moves.source IS 'The source of both rates';
COMMENT ON COLUMN moves.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN moves.observed_on IS 'The day of the newest rate';
COMMENT ON COLUMN moves.units_per_usd IS 'Units per US dollar on that day';
COMMENT ON COLUMN moves.previous_on IS 'The day of the reference';
COMMENT ON COLUMN moves.previous_units_per_usd IS 'Units per US dollar on the day of the reference';
COMMENT ON COLUMN moves.change_pct IS 'The change in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN moves.change_shown IS 'The same with two decimals, half-even';

-- 52 weeks, not a year: that is what markets call it.
CREATE OR REPLACE VIEW year_range AS
SELECT
    headline.currency, headline.source, headline.observed_on, min(rates.observed_on) AS first_on, count(*) AS days,
    max(rates.units_per_usd) AS weakest_units, max_by(rates.observed_on, row(rates.units_per_usd, rates.observed_on)) AS weakest_on,
    min(rates.units_per_usd) AS strongest_units, max_by(rates.observed_on, row(-rates.units_per_usd, rates.observed_on)) AS strongest_on,
    usd_precise(weakest_units) AS weakest_rate, usd_precise(strongest_units) AS strongest_rate,
    CASE WHEN weakest_units > strongest_units THEN
        100 * (any_value(headline.usd_per_unit) - 1 / weakest_units::DOUBLE)
        / (1 / strongest_units::DOUBLE - 1 / weakest_units::DOUBLE)
    END AS place_pct
FROM headline
JOIN rates ON rates.source = headline.source AND rates.currency = headline.currency
AND rates.observed_on BETWEEN headline.observed_on - 364 AND headline.observed_on
AND NOT carried
GROUP BY ALL;
COMMENT ON VIEW year_range IS 'Between which rates each currency has moved in the 52 weeks up to its newest rate, and where it is in between';
COMMENT ON COLUMN year_range.currency IS 'ISO 4217 code';
COMMENT ON COLUMN year_range.source IS 'The headline''s source';
COMMENT ON COLUMN year_range.observed_on IS 'The day of the newest rate';
COMMENT ON COLUMN year_range.first_on IS 'The first day of the 52 weeks that has a rate';
COMMENT ON COLUMN year_range.days IS 'How many days of the 52 weeks have a rate';
COMMENT ON COLUMN year_range.weakest_units IS 'Units per US dollar when the currency was weakest';
COMMENT ON COLUMN year_range.weakest_on IS 'The day of that';
COMMENT ON COLUMN year_range.strongest_units IS 'Units per US dollar when the currency was strongest';
COMMENT ON COLUMN year_range.strongest_on IS 'The day of that';
COMMENT ON COLUMN year_range.weakest_rate IS 'US dollars per unit when the currency was weakest, six significant digits';
COMMENT ON COLUMN year_range.strongest_rate IS 'US dollars per unit when the currency was strongest, six significant digits';
COMMENT ON COLUMN year_range.place_pct IS '0 at the weakest, 100 at the strongest; NULL where nothing has moved';

-- The changes from one publication to the next of one source and currency. A window instead of ASOF, because it
-- needs only the rows of that one series; a test says that it agrees with `changes`.
CREATE OR REPLACE MACRO daily_changes(of_currency, of_source) AS TABLE
SELECT
    observed_on, units_per_usd, seen_at, sightings,
    CASE WHEN observed_on - before.observed_on <= 10 THEN before.observed_on END AS previous_on,
    CASE WHEN previous_on IS NOT NULL THEN change_of(before.units_per_usd, units_per_usd) END AS change_pct,
    CASE WHEN previous_on IS NOT NULL THEN change_shown(before.units_per_usd, units_per_usd) END AS change_shown
FROM (
    SELECT
        observed_on, units_per_usd, seen_at, sightings,
        lag({'observed_on': observed_on, 'units_per_usd': units_per_usd}) OVER (ORDER BY observed_on) AS before
    FROM rates WHERE currency = of_currency AND source = of_source AND NOT carried
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE daily_changes IS 'Each publication of one currency and source, and its change since the one before it';

-- How far below the strongest rate of the 52 weeks before it each rate is.
CREATE OR REPLACE MACRO drawdown(of_currency, of_source) AS TABLE
SELECT observed_on, units_per_usd, strongest_units, change_of(strongest_units, units_per_usd) AS drawdown_pct
FROM (
    SELECT
        observed_on, units_per_usd,
        min(units_per_usd) OVER (
            ORDER BY observed_on RANGE BETWEEN INTERVAL 364 DAYS PRECEDING AND CURRENT ROW
        ) AS strongest_units
    FROM rates WHERE currency = of_currency AND source = of_source
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE drawdown IS 'How far each rate of one currency and source is below the strongest of the 52 weeks up to it, in percent';

-- The first, highest, lowest and last rate of each day, week or month of every source and currency. Highest is most
-- units per dollar, when the currency was weakest. A peg has one rate a day, without a sighting.
CREATE OR REPLACE MACRO ohlc(grain) AS TABLE
SELECT
    source, currency, date_trunc(grain, observed_on)::DATE AS since, max(observed_on) AS observed_on,
    min_by(open, observed_on) AS open, max(high) AS high, min(low) AS low, max_by(close, observed_on) AS close,
    count(*) AS days, sum(sightings)::BIGINT AS sightings, bool_and(carried) AS carried
FROM (
    FROM daily SELECT source, currency, observed_on, open, high, low, close, sightings, coalesce(carried, false) AS carried
    UNION ALL
    FROM rates SELECT source, currency, observed_on, units_per_usd, units_per_usd, units_per_usd, units_per_usd, 0, false
    WHERE source = 'peg'
)
GROUP BY source, currency, since;
COMMENT ON MACRO TABLE ohlc IS 'The first, highest, lowest and last units per US dollar of each ''day'', ''week'' or ''month'' of every source and currency';

-- One currency and source of it, as charts call them.
CREATE OR REPLACE MACRO candles(of_currency, of_source, grain) AS TABLE
SELECT
    since, open AS open_units, high AS weakest_units, low AS strongest_units, close AS close_units, sightings
FROM ohlc(grain) WHERE currency = of_currency AND source = of_source
ORDER BY since;
COMMENT ON MACRO TABLE candles IS 'The first, weakest, strongest and last rate of each ''week'' or ''month'' of one currency and source';


-- Lines --------------------------------------------------------------------------------------------

-- The series of a currency, for a chart: its official and its market source side by side, never joined.
CREATE OR REPLACE MACRO drawn_sources(of_currency) AS TABLE
SELECT source, title, CASE WHEN source = official_source THEN 'official' ELSE 'market' END AS kind
FROM currencies JOIN sources ON source IN (official_source, market_source)
WHERE currency = of_currency;
COMMENT ON MACRO TABLE drawn_sources IS 'The official and the market source of a currency';

-- A point for each day; on a day that moved also its weakest and its strongest sighting, so that no extreme is lost.
-- Where more than ten days have no rate there is a point without value. `value` is exact, `rate` what is shown.
CREATE OR REPLACE MACRO line_by_day(of_currency, first_day, last_day) AS TABLE
WITH days AS (
    SELECT source, observed_on, open, high, low, close FROM ohlc('day')
    WHERE currency = of_currency AND since BETWEEN first_day AND last_day
),
points AS (
    SELECT source, observed_on, 3 AS place, close AS units_per_usd FROM days
    UNION ALL
    SELECT source, observed_on, CASE WHEN close >= open THEN 1 ELSE 2 END, low FROM days WHERE high > low
    UNION ALL
    SELECT source, observed_on, CASE WHEN close >= open THEN 2 ELSE 1 END, high FROM days WHERE high > low
    UNION ALL
    SELECT source, observed_on + 1, 4, NULL
    FROM (SELECT source, observed_on, lead(observed_on) OVER (PARTITION BY source ORDER BY observed_on) AS next_on FROM days)
    WHERE next_on - observed_on > 10
)
SELECT title AS series, kind, source, observed_on AS at, 1 / units_per_usd::DOUBLE AS value,
    usd_precise(units_per_usd)::DOUBLE AS rate, trimmed(units_per_usd) AS printed
FROM points JOIN drawn_sources(of_currency) USING (source)
ORDER BY kind DESC, source, observed_on, place;
COMMENT ON MACRO TABLE line_by_day IS 'The official and the market line of a currency between two days: a point for each day, and the extremes of a day that moved; a point without value where more than ten days have no rate';

-- The same with a point for each sighting, for a range of a few days of a source that is seen many times a day.
CREATE OR REPLACE MACRO line_by_sighting(of_currency, first_day, last_day) AS TABLE
WITH seen AS (
    SELECT source, observed_at, max_by(units_per_usd, fetch_id) AS units_per_usd FROM standing
    WHERE currency = of_currency AND observed_at >= first_day::TIMESTAMP AND observed_at < last_day::TIMESTAMP + INTERVAL 1 DAY
    GROUP BY ALL
    UNION ALL
    SELECT source, observed_at, units_per_usd FROM rates
    WHERE source = 'peg' AND currency = of_currency AND observed_on BETWEEN first_day AND last_day
),
points AS (
    FROM seen
    UNION ALL
    SELECT source, observed_at + INTERVAL 1 DAY, NULL
    FROM (SELECT source, observed_at, lead(observed_at) OVER (PARTITION BY source ORDER BY observed_at) AS next_at FROM seen)
    WHERE next_at - observed_at > INTERVAL 10 DAYS
)
SELECT title AS series, kind, source, observed_at AS at, 1 / units_per_usd::DOUBLE AS value,
    usd_precise(units_per_usd)::DOUBLE AS rate, trimmed(units_per_usd) AS printed
FROM points JOIN drawn_sources(of_currency) USING (source)
ORDER BY kind DESC, source, observed_at;
COMMENT ON MACRO TABLE line_by_sighting IS 'The same with a point for each sighting';

-- Where a range of a chart begins, from its last day: 1w, 1m, 3m, 6m, ytd, 1y, or all. A year to date begins on the
-- last day of the year before, with which `ytd` compares.
CREATE OR REPLACE MACRO range_start(span, last_day) AS CASE span
    WHEN '1w' THEN last_day - INTERVAL 7 DAYS
    WHEN '1m' THEN last_day - INTERVAL 1 MONTH
    WHEN '3m' THEN last_day - INTERVAL 3 MONTHS
    WHEN '6m' THEN last_day - INTERVAL 6 MONTHS
    WHEN 'ytd' THEN make_date(year(last_day) - 1, 12, 31)
    WHEN '1y' THEN last_day - INTERVAL 1 YEAR
    ELSE DATE '1900-01-01'
END::DATE;
COMMENT ON MACRO range_start IS 'The first day of a range that ends on a day: 1w, 1m, 3m, 6m, ytd, 1y or all';


-- Currencies side by side --------------------------------------------------------------------------

-- The rates of some currencies from the first day in a range on which all of them have one, each of one source: that of
-- its headline at the end of the range. `index` is 100 on that day and `gained_pct` is 0. Holes are rows without values,
-- as in `history`.
CREATE OR REPLACE MACRO side_by_side(of_currencies, first_day, last_day) AS TABLE
WITH shown AS (
    SELECT currency, max_by(source, day) AS source FROM in_force(first_day, last_day)
    WHERE list_contains(of_currencies, currency) GROUP BY currency
),
days AS (
    SELECT
        currency, observed_on, units_per_usd,
        lead(observed_on) OVER (PARTITION BY currency ORDER BY observed_on) AS next_on
    FROM rates JOIN shown USING (currency, source)
    WHERE observed_on BETWEEN first_day AND last_day
),
chosen AS (
    SELECT currency, observed_on, units_per_usd FROM days
    UNION ALL
    SELECT currency, observed_on + 1, NULL FROM days WHERE next_on - observed_on > 10
),
common AS (
    SELECT min(observed_on) AS start_on FROM (
        SELECT observed_on FROM chosen WHERE units_per_usd IS NOT NULL GROUP BY observed_on
        HAVING count(*) = (SELECT count(DISTINCT currency) FROM chosen)
    )
)
SELECT
    position, chosen.currency, colour, chosen.observed_on, start_on, chosen.units_per_usd,
    change_of(base.units_per_usd, chosen.units_per_usd) AS gained_pct,
    change_shown(base.units_per_usd, chosen.units_per_usd) AS gained_shown,
    100 + gained_pct AS index
FROM chosen
CROSS JOIN common
JOIN chosen AS base ON base.currency = chosen.currency AND base.observed_on = start_on
JOIN currencies ON currencies.currency = chosen.currency
WHERE chosen.observed_on >= start_on
ORDER BY position, chosen.observed_on;
COMMENT ON MACRO TABLE side_by_side IS 'The rates of a list of currencies between two days, each of the source of its headline at the end, and what each gained since the first day on which all have a rate';

-- How alike the daily changes of the headline rates of two currencies are: Pearson's correlation over the days on
-- which both have one, from a day on. NULL where one of them never changes, or there are fewer than ten days.
CREATE OR REPLACE MACRO correlations(of_currencies, first_day) AS TABLE
WITH daily_change AS (
    SELECT changes.currency, position, changes.observed_on, change_pct
    FROM changes_from(first_day) AS changes
    JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
        ON shown.source = changes.source AND shown.currency = changes.currency AND shown.day = changes.observed_on
    JOIN currencies ON currencies.currency = changes.currency
    WHERE period = 'previous' AND list_contains(of_currencies, changes.currency)
)
SELECT
    a.currency, b.currency AS other, count(*) AS days,
    CASE WHEN days >= 10 AND stddev(a.change_pct) > 0 AND stddev(b.change_pct) > 0
    THEN corr(a.change_pct, b.change_pct) END AS correlation
FROM daily_change AS a JOIN daily_change AS b USING (observed_on)
GROUP BY a.currency, b.currency, a.position, b.position
ORDER BY a.position, b.position;
COMMENT ON MACRO TABLE correlations IS 'How alike the daily changes of the currencies of a list are since a day: Pearson''s correlation, NULL for fewer than ten days in common';


-- Official against market --------------------------------------------------------------------------

CREATE OR REPLACE VIEW spread AS
SELECT
    position, market.currency, market.observed_on, official.observed_on AS official_on,
    official.source AS official_source, official.units_per_usd AS official_units,
    market.source AS market_source, market.units_per_usd AS market_units,
    change_of(official.units_per_usd, market.units_per_usd) AS gap_pct,
    change_shown(official.units_per_usd, market.units_per_usd) AS gap_shown
FROM (FROM rates JOIN currencies USING (currency) WHERE source = market_source) AS market
ASOF JOIN (FROM rates JOIN currencies USING (currency) SELECT rates.* WHERE source = official_source) AS official
    ON market.currency = official.currency AND market.observed_on >= official.observed_on
WHERE market.observed_on - official.observed_on <= 10
ORDER BY position, market.observed_on;
COMMENT ON VIEW spread IS 'For each day of the market source the gap between it and the official rate in force: the last on or up to ten days before that day';
COMMENT ON COLUMN spread.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN spread.currency IS 'ISO 4217 code';
COMMENT ON COLUMN spread.observed_on IS 'The day of the market rate';
COMMENT ON COLUMN spread.official_on IS 'The day of the official rate';
COMMENT ON COLUMN spread.official_source IS 'The official source; `peg` for an announced peg';
COMMENT ON COLUMN spread.official_units IS 'Units per US dollar, official';
COMMENT ON COLUMN spread.market_source IS 'The market source';
COMMENT ON COLUMN spread.market_units IS 'Units per US dollar, market';
COMMENT ON COLUMN spread.gap_pct IS 'By how many percent a unit is worth more on the market than officially; negative: less';
COMMENT ON COLUMN spread.gap_shown IS 'The same with two decimals, half-even';


-- Sources ------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW punctuality AS
WITH expected AS (
    SELECT source, expected_on, due_at, now_utc
    FROM calendar JOIN sources USING (source) CROSS JOIN clock
    WHERE collected AND publication AND due_at > now_utc - INTERVAL 60 DAYS AND due_at <= now_utc
),
first_seen AS (
    SELECT
        observations.source, observed_at::DATE AS expected_on,
        min(seen_at) FILTER (asked_to IS NULL AND reason <> 'archive') AS watched_at, min(seen_at) AS seen_at
    FROM observations JOIN fetches USING (fetch_id) JOIN snapshots USING (snapshot_id)
    WHERE observed_at >= (SELECT now_utc FROM clock) - INTERVAL 90 DAYS
    GROUP BY ALL
)
SELECT
    source, expected_on, due_at, seen_at,
    CASE
        WHEN watched_at <= due_at THEN 'on time'
        -- Nobody is late at a time at which we did not ask.
        WHEN NOT EXISTS (
            FROM fetches JOIN rounds USING (snapshot_id)
            WHERE fetches.source = expected.source AND reached IS DISTINCT FROM false AND asked_to IS NULL
            AND fetches.started_at BETWEEN due_at AND due_at + INTERVAL 6 HOURS
            AND fetches.finished_at < coalesce(watched_at, TIMESTAMP 'infinity')
        ) THEN CASE WHEN watched_at <= due_at + INTERVAL 1 HOUR THEN 'on time' ELSE 'not watched' END
        WHEN watched_at IS NOT NULL THEN 'late'
        WHEN seen_at IS NOT NULL THEN 'filled in'
        WHEN due_at > now_utc - INTERVAL 48 HOURS THEN 'overdue'
        ELSE 'missed'
    END AS outcome
FROM expected LEFT JOIN first_seen USING (source, expected_on)
ORDER BY source, expected_on;
COMMENT ON VIEW punctuality IS 'Whether each new rate that was due in the last 60 days was out when its source''s calendar expects it';
COMMENT ON COLUMN punctuality.source IS 'The name of the source';
COMMENT ON COLUMN punctuality.expected_on IS 'The day that the publication is for';
COMMENT ON COLUMN punctuality.due_at IS 'When it is normally out, UTC';
COMMENT ON COLUMN punctuality.seen_at IS 'When this service first saw it, UTC; NULL where it never did';
COMMENT ON COLUMN punctuality.outcome IS 'on time, late, overdue (by less than two days), missed (not received), filled in (later, as history), or not watched (this service did not ask, or reached nobody, in the hours after it was due)';

CREATE OR REPLACE VIEW outcomes AS
SELECT source, outcome, count(*) AS fetches, max(finished_at) AS last_at
FROM fetches, clock
WHERE asked_to IS NULL AND started_at > now_utc - INTERVAL 7 DAYS
GROUP BY ALL
ORDER BY ALL;
COMMENT ON VIEW outcomes IS 'What came of asking each source in the last seven days, questions for past days apart';
COMMENT ON COLUMN outcomes.source IS 'The name of the source';
COMMENT ON COLUMN outcomes.outcome IS 'new, unchanged or failed';
COMMENT ON COLUMN outcomes.fetches IS 'How often';
COMMENT ON COLUMN outcomes.last_at IS 'When last, UTC';

-- Where a source printed another figure for a moment than before. Whoever asks about now passes a recent day.
CREATE OR REPLACE MACRO corrections_from(first_day) AS TABLE
SELECT
    source, currency, observed_at::DATE AS observed_on, observed_at, before AS previous_units_per_usd, units_per_usd,
    change_shown(before, units_per_usd) AS change_shown, seen_at
FROM (
    SELECT *, lag(units_per_usd) OVER (PARTITION BY source, currency, observed_at ORDER BY fetch_id) AS before
    FROM standing
    SEMI JOIN (  -- Few moments have more than one sighting, and only they need a window.
        SELECT source, currency, observed_at FROM standing WHERE observed_at >= first_day::TIMESTAMP
        GROUP BY ALL HAVING count(*) > 1
    ) USING (source, currency, observed_at)
)
WHERE before IS NOT NULL
ORDER BY seen_at;
COMMENT ON MACRO TABLE corrections_from IS 'The rows of the view corrections for days from one on';
CREATE OR REPLACE VIEW corrections AS
FROM corrections_from(DATE '1900-01-01');
COMMENT ON VIEW corrections IS 'Where a source printed another figure for a moment than before: the later sighting counts';
COMMENT ON COLUMN corrections.source IS 'The name of the source';
COMMENT ON COLUMN corrections.currency IS 'ISO 4217 code';
COMMENT ON COLUMN corrections.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN corrections.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN corrections.previous_units_per_usd IS 'Units per US dollar as printed before';
COMMENT ON COLUMN corrections.units_per_usd IS 'Units per US dollar as printed then';
COMMENT ON COLUMN corrections.change_shown IS 'What the correction changed, in percent with two decimals';
COMMENT ON COLUMN corrections.seen_at IS 'When this service saw the correction, UTC';


-- Conversion ---------------------------------------------------------------------------------------

-- How many units of each quote currency of a list one unit of the base costs, each side by its rate in force on a day,
-- or without a day by its newest rate, however old. US dollars are one of the currencies: one per dollar. `printed_on`
-- is the older of the days on which a side was printed; a peg holds on every day, so it makes a pair neither older nor
-- newer.
CREATE OR REPLACE MACRO cross_on(of_base, of_quotes, on_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH side AS (
    SELECT currency, source, observed_on AS units_on, units_per_usd AS units
    FROM in_force(coalesce(on_day, DATE '0001-02-01'), coalesce(on_day, DATE '0001-02-01'), of_source := of_source, of_kind := of_kind)
    UNION ALL
    SELECT latest.currency, latest.source, latest.observed_on, latest.units_per_usd
    FROM latest JOIN headline USING (currency) JOIN currencies USING (currency)
    WHERE on_day IS NULL
    AND latest.source = coalesce(
        of_source, CASE of_kind WHEN 'official' THEN official_source WHEN 'market' THEN market_source END,
        headline.source
    )
    AND (
        of_kind IS NULL
        OR latest.source = CASE of_kind WHEN 'official' THEN official_source WHEN 'market' THEN market_source END
    )
    UNION ALL
    SELECT 'USD', NULL, NULL, 1::DECIMAL(18, 8)
)
SELECT
    base.source AS base_source, base.units_on AS base_on, base.units AS base_units,
    quote.currency AS quote, quote.source AS quote_source, quote.units_on AS quote_on, quote.units AS quote_units,
    least(
        CASE WHEN base.source <> 'peg' THEN base_on END, CASE WHEN quote.source <> 'peg' THEN quote_on END
    ) AS printed_on,
    coalesce(printed_on, quote_on, base_on) AS observed_on,
    quote_units::DOUBLE / base_units::DOUBLE AS rate
FROM side AS base, side AS quote
WHERE base.currency = of_base AND list_contains(of_quotes, quote.currency)
ORDER BY quote;
COMMENT ON MACRO TABLE cross_on IS 'How many units of each quote currency of a list one unit of the base costs, each by its rate in force on a day, or (NULL) its newest: of the headline, or by of_source or of_kind';

-- An amount in another currency at the rates in force on a day (NULL: the newest), with what it was computed from.
-- No row where a currency has no rate on or up to ten days before the day.
CREATE OR REPLACE MACRO conversion(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS TABLE
SELECT
    from_currency AS from_currency, base_source AS from_source, base_on AS from_on, base_units AS from_units,
    quote AS to_currency, quote_source AS to_source, quote_on AS to_on, quote_units AS to_units, rate,
    amount::DOUBLE * quote_units::DOUBLE / base_units::DOUBLE AS converted
FROM cross_on(from_currency, [to_currency], on_day::DATE, of_source := of_source, of_kind := of_kind);
COMMENT ON MACRO TABLE conversion IS 'An amount in another currency at the rates in force on a day (NULL: the newest), of the headline or by of_source or of_kind, with the two rates that it took; no row where a rate is missing';

-- How many units of a quote currency one unit of the base costs, for each day in a range for which the quote was
-- printed (for USD as quote: the base). The base's rate is the one in force on that day. US dollars are one of the
-- currencies.
CREATE OR REPLACE MACRO cross_rates(of_base, of_quotes, first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH known AS (
    FROM in_force(first_day, last_day, of_source := of_source, of_kind := of_kind)
    WHERE currency = of_base OR list_contains(of_quotes, currency)
),
wanted AS (
    SELECT currency AS quote, day, units_per_usd, source FROM known
    WHERE currency <> of_base AND observed_on = day
    UNION ALL
    SELECT 'USD', day, 1, source FROM known
    WHERE currency = of_base AND list_contains(of_quotes, 'USD') AND observed_on = day
),
base AS (
    SELECT day, units_per_usd, source, observed_on AS base_on FROM known WHERE currency = of_base
    UNION ALL
    SELECT DISTINCT day, 1, NULL, NULL::DATE FROM wanted WHERE of_base = 'USD'
)
SELECT
    wanted.quote, wanted.day AS observed_on, base.base_on, wanted.source AS quote_source, base.source AS base_source,
    wanted.units_per_usd AS quote_units, base.units_per_usd AS base_units,
    wanted.units_per_usd::DOUBLE / base.units_per_usd::DOUBLE AS rate
FROM wanted JOIN base USING (day)
-- A peg holds on every day, which tells nothing of the base on days for which it was not printed.
WHERE wanted.source <> 'peg' OR base.base_on IS NULL OR base.base_on = wanted.day
ORDER BY wanted.day, wanted.quote;
COMMENT ON MACRO TABLE cross_rates IS 'How many units of each quote currency of a list one unit of the base costs, day by day, of the headline of each day, or by of_source or of_kind';


-- News ---------------------------------------------------------------------------------------------

-- What is news since a day: moves of a headline rate of at least so many percent from one publication to the next,
-- figures that are not confirmed, corrections, events, and sources that have fallen silent. A moment for which two
-- figures alternate has one event in the place of its corrections.
CREATE OR REPLACE MACRO news(first_day, threshold) AS TABLE
SELECT
    'move' AS kind, step.source, step.currency, step.observed_on, rates.seen_at AS told_at,
    trimmed(step.change_shown) || '%' AS change, trimmed(step.units_per_usd) AS units_per_usd, NULL AS sentence
FROM changes_from(first_day) AS step
JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
    ON shown.source = step.source AND shown.currency = step.currency AND shown.day = step.observed_on
JOIN rates ON rates.source = step.source AND rates.currency = step.currency AND rates.observed_on = step.observed_on
WHERE period = 'previous' AND abs(step.change_pct) >= threshold
UNION ALL
SELECT
    'unconfirmed', held.source, held.currency, held.observed_on, held.seen_at, trimmed(change_shown) || '%',
    trimmed(held.units_per_usd), 'not confirmed yet: ' || reason
FROM held JOIN currencies USING (currency)
WHERE doubt <> 'alternating' AND held.observed_on >= first_day AND held.source IN (official_source, market_source)
UNION ALL
SELECT
    'correction', source, currency, observed_on, seen_at, trimmed(change_shown) || '%', trimmed(units_per_usd),
    'from ' || trimmed(previous_units_per_usd) || ' to ' || trimmed(units_per_usd) || ' per dollar'
FROM corrections_from(first_day) AS correction
WHERE NOT EXISTS (
    FROM rejections
    WHERE doubt = 'alternating' AND rejections.source = correction.source
    AND rejections.currency = correction.currency AND rejections.observed_at = correction.observed_at
)
UNION ALL
SELECT
    CASE event WHEN 'peg contradicted' THEN 'peg' ELSE event END, source, currency, observed_on, seen_at,
    trimmed(from_peg) || '%', trimmed(units_per_usd), sentence
FROM events WHERE observed_on >= first_day
UNION ALL
SELECT
    'silence', source, NULL, last_observed_on, stale_after(overdue_since), NULL, NULL,
    'we have received nothing newer than the rate for ' || last_observed_on
FROM freshness WHERE state IN ('stale', 'dead') AND last_observed_on >= first_day
ORDER BY told_at DESC;
COMMENT ON MACRO TABLE news IS 'Since a day: moves of at least so many percent, figures that are not confirmed, corrections, events, and sources that fell silent';
