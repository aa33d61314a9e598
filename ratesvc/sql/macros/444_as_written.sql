CREATE OR REPLACE MACRO as_written(rate, inverted) AS
    CASE WHEN inverted THEN quotient(1, rate) ELSE rate::DECIMAL(38, 16) END;
COMMENT ON MACRO as_written IS 'A rate as its source prints it or, if inverted, that of the pair the other way round: sixteen decimals';
