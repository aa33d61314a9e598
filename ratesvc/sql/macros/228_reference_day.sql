CREATE OR REPLACE MACRO reference_day(observed_on, back) AS
    coalesce(observed_on - back, make_date(year(observed_on) - 1, 12, 31))::DATE;
COMMENT ON MACRO reference_day IS 'The day that a rate is compared with, a period back; without a period the end of the year before';
