CREATE OR REPLACE VIEW history AS
SELECT
    pair, base, quote, source, kind, point::DATE AS observed_on,
    CASE WHEN point = observed_on THEN rate END AS rate,
    CASE WHEN point = observed_on THEN inverse END AS inverse
FROM (
    SELECT
        headline_daily.*,
        unnest(line_points(observed_on, lead(observed_on) OVER (PARTITION BY base, quote ORDER BY observed_on))) AS point
    FROM headline_daily WHERE observed_on = day
) AS shown;
COMMENT ON VIEW history IS 'The days of headline_daily for which a rate was published, for charts. A row of NULLs marks each gap of more than ten days, so that the line breaks there';
COMMENT ON COLUMN history.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN history.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN history.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN history.source IS 'The source of the rate';
COMMENT ON COLUMN history.kind IS 'official or market';
COMMENT ON COLUMN history.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN history.rate IS 'Units of the quote for one of the base; NULL in a gap';
COMMENT ON COLUMN history.inverse IS 'Units of the base for one of the quote; NULL in a gap';
