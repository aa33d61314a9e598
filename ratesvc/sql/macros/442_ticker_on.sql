CREATE OR REPLACE MACRO ticker_on(on_day) AS TABLE
FROM all_pairs_on(on_day) SELECT * EXCLUDE (in_ticker) WHERE in_ticker ORDER BY position;
COMMENT ON MACRO TABLE ticker_on IS 'The rows of the ticker for a past day';
