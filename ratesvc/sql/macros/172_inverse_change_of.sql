-- The percentage of the pair the other way round, of 1 / latest_rate against 1 / previous_rate. Exact too, and not the
-- negative of `change_of`: from 100 to 125 is +25 %, and the other way round -20 %.
CREATE OR REPLACE MACRO inverse_change_of(previous_rate, latest_rate) AS change_of(latest_rate, previous_rate);
COMMENT ON MACRO inverse_change_of IS 'The percentage of the pair the other way round, from its rate then and now as its source prints it; positive when the quote gained, not rounded';
