CREATE OR REPLACE MACRO source_on(of_base, of_quote, on_day) AS pair_on(of_base, of_quote, on_day)['source'];
COMMENT ON MACRO source_on IS 'The source of the headline rate of a pair in force on a day; NULL if there is none';
