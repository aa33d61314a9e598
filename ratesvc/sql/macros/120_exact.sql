-- A rate as an integer: in DuckDB, DECIMAL division gives DOUBLE, whereas integers stay exact. A DOUBLE has 53 bits, so
-- it holds a rate of up to 10 million with eight decimals exactly, and is ten times as fast as a wide DECIMAL.
CREATE OR REPLACE MACRO exact(units) AS round(units::DOUBLE * 100000000)::BIGINT::HUGEINT;
COMMENT ON MACRO exact IS 'A rate as an integer number of hundred-millionths of a unit, for exact arithmetic; for rates below 10 million';
