-- The same for one currency and source, with the column names of charts.
CREATE OR REPLACE MACRO candles(of_currency, of_source, grain) AS TABLE
SELECT
    since, open AS open_units, high AS weakest_units, low AS strongest_units, close AS close_units, sightings
FROM ohlc(grain) WHERE currency = of_currency AND source = of_source
ORDER BY since;
COMMENT ON MACRO TABLE candles IS 'The first, weakest, strongest and last rate of each ''week'' or ''month'' of one currency and source';
