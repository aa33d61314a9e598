CREATE OR REPLACE VIEW history AS
SELECT
    currency, source, kind, point::DATE AS observed_on,
    CASE WHEN point = observed_on THEN units_per_usd END AS units_per_usd,
    CASE WHEN point = observed_on THEN usd_per_unit END AS usd_per_unit
FROM (
    SELECT
        headline_daily.*,
        unnest(line_points(observed_on, lead(observed_on) OVER (PARTITION BY currency ORDER BY observed_on))) AS point
    FROM headline_daily WHERE observed_on = day
) AS shown;
COMMENT ON VIEW history IS 'The days of headline_daily for which a rate was published, for charts. A row of NULLs marks each gap of more than ten days, so that the line breaks there';
COMMENT ON COLUMN history.currency IS 'ISO 4217 code';
COMMENT ON COLUMN history.source IS 'The source of the rate';
COMMENT ON COLUMN history.kind IS 'official or market';
COMMENT ON COLUMN history.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN history.units_per_usd IS 'Units per US dollar; NULL in a gap';
COMMENT ON COLUMN history.usd_per_unit IS 'US dollars per unit; NULL in a gap';
