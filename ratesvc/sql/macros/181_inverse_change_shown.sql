CREATE OR REPLACE MACRO inverse_change_shown(previous_rate, latest_rate) AS change_shown(latest_rate, previous_rate);
COMMENT ON MACRO inverse_change_shown IS 'The displayed change of the pair the other way round: inverse_change_of with two decimals, rounded half to even, exact';
