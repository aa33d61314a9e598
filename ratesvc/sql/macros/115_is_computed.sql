CREATE OR REPLACE MACRO is_computed(base, quote, kind, money) AS
    coalesce(CASE kind WHEN 'market' THEN base ELSE quote END <> money, false);
COMMENT ON MACRO is_computed IS 'Whether a source computes a pair from two printed figures, from its kind and its `money`';
