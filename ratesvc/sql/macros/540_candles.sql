-- The same for one pair and source, with the column names of charts.
CREATE OR REPLACE MACRO candles(of_base, of_quote, of_source, grain) AS TABLE
SELECT
    since, open, high AS weakest, low AS strongest, close, sightings
FROM ohlc(grain) WHERE base = of_base AND quote = of_quote AND source = of_source
ORDER BY since;
COMMENT ON MACRO TABLE candles IS 'The first, weakest, strongest and last rate of each ''week'' or ''month'' of one pair and source';
