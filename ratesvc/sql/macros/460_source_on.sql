CREATE OR REPLACE MACRO source_on(of_currency, on_day) AS struct_extract(quote_on(of_currency, on_day), 'source');
COMMENT ON MACRO source_on IS 'The source of the headline rate of a currency in force on a day; NULL if there is none';
