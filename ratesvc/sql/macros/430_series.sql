CREATE OR REPLACE MACRO series(of_base, of_quote, of_source) AS TABLE
SELECT point::DATE AS observed_on, rate, inverse_precise(rate) AS inverse_precise, inverse
FROM (
    SELECT
        point,
        CASE WHEN point = observed_on THEN its_rate.rate END AS rate,
        CASE WHEN point = observed_on THEN its_rate.inverse END AS inverse
    FROM (
        SELECT rates.*, unnest(line_points(observed_on, lead(observed_on) OVER (ORDER BY observed_on))) AS point
        FROM rates WHERE base = of_base AND quote = of_quote AND source = of_source
    ) AS its_rate
)
ORDER BY point;
COMMENT ON MACRO TABLE series IS 'The rates of one pair and source, for a line, with a row of NULLs in each gap of more than ten days';
