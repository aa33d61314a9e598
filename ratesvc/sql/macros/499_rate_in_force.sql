CREATE OR REPLACE MACRO rate_in_force(of_base, of_quote, on_day, of_source := NULL, of_kind := NULL) AS TABLE
FROM rates_in_force(of_base, of_quote, on_day, on_day, of_source := of_source, of_kind := of_kind);
COMMENT ON MACRO TABLE rate_in_force IS 'The row of `rates_in_force` for one day: the rate in force, or why there is none';
