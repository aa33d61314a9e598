-- A rate is in force until the next one of its source, at most `reach` days; a copy renews it. Inverses have 22 decimals
-- before they are added up.
CREATE OR REPLACE VIEW month_averages AS
WITH spoken AS (
    SELECT
        source, rates.pair, base, quote, observed_on, rate, carried,
        kind_of(source, official_source, market_source) AS kind,
        least(
            lead(observed_on) OVER (PARTITION BY source, base, quote ORDER BY observed_on) - 1, observed_on + reach(),
            now_utc::DATE, CASE source WHEN 'peg' THEN peg_until END
        ) AS until_on
    FROM rates LEFT JOIN pairs USING (base, quote) CROSS JOIN clock
    WHERE observed_on <= now_utc::DATE
),
parts AS (
    SELECT
        *, unnest(generate_series(date_trunc('month', observed_on), until_on, INTERVAL 1 MONTH))::DATE AS month,
        observed_on >= month AND NOT carried AS published,
        least(until_on, last_day(month)) - greatest(observed_on, month) + 1 AS in_force,
        exact(rate) AS units, half_even(power_of_ten(35), units) AS inverse_units
    FROM spoken
)
SELECT
    month, pair, base, quote, source, kind,
    count(*) FILTER (published) AS publications,
    exact_mean(sum(units) FILTER (published), publications) AS publication_average,
    exact_mean(sum(inverse_units) FILTER (published), publications * power_of_ten(9)) AS inverse_publication_average,
    sum(in_force)::BIGINT AS days,
    exact_mean(sum(units * in_force), days) AS calendar_average,
    exact_mean(sum(inverse_units * in_force), days * power_of_ten(9)) AS inverse_calendar_average
FROM parts
GROUP BY month, pair, base, quote, source, kind;
COMMENT ON VIEW month_averages IS 'The average rate of each month, source and pair: of the rates published for its days, and of the rates in force on its calendar days. A month that is not over has the days so far';
COMMENT ON COLUMN month_averages.month IS 'The first day of the month';
COMMENT ON COLUMN month_averages.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN month_averages.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN month_averages.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN month_averages.source IS 'The source of all rates in the average';
COMMENT ON COLUMN month_averages.kind IS 'The kind of the source for this pair: official, market or other';
COMMENT ON COLUMN month_averages.publications IS 'Number of rates published for days of the month, without copies';
COMMENT ON COLUMN month_averages.publication_average IS 'The arithmetic mean of these rates, thirteen decimals; NULL if there are none';
COMMENT ON COLUMN month_averages.inverse_publication_average IS 'The arithmetic mean of 1 / rate over the same rates, for the pair the other way round; not 1 / publication_average';
COMMENT ON COLUMN month_averages.days IS 'Number of calendar days of the month with a rate in force: that of the day, or the last one of up to ten days before';
COMMENT ON COLUMN month_averages.calendar_average IS 'The arithmetic mean of the rates in force on these days, thirteen decimals: a weekend counts with the last rate before it';
COMMENT ON COLUMN month_averages.inverse_calendar_average IS 'The arithmetic mean of 1 / rate over these days, for the pair the other way round; not 1 / calendar_average';
