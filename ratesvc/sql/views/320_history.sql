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
