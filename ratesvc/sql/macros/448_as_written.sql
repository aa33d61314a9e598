CREATE OR REPLACE MACRO as_written(of_pair) AS
    CASE WHEN of_pair['inverted'] THEN (1 / of_pair['rate']::DOUBLE)::DECIMAL(38, 16) ELSE of_pair['rate']::DECIMAL(38, 16) END;
COMMENT ON MACRO as_written IS 'The rate of `pair_on` in the direction that was asked for';
