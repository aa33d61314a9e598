-- A rate as an integer: DECIMAL divided by anything is DOUBLE in DuckDB, whereas integers stay exact. Its digits
-- without the point are that integer; a product of decimals would take three times as long.
CREATE OR REPLACE MACRO exact(units) AS replace(units::DECIMAL(18, 8)::VARCHAR, '.', '')::BIGINT::HUGEINT;
COMMENT ON MACRO exact IS 'A rate as an integer number of hundred-millionths of a unit, so that arithmetic with it stays exact';
