-- A rate as an integer: in DuckDB, DECIMAL division gives DOUBLE, whereas integers stay exact.
CREATE OR REPLACE MACRO exact(rate) AS (rate::DECIMAL(38, 13) * 10000000000000)::HUGEINT;
COMMENT ON MACRO exact IS 'A rate as an integer number of its last decimals, the thirteenth, for exact arithmetic';
