CREATE OR REPLACE MACRO convert(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS
    amount::DOUBLE
    * rate_on(from_currency, to_currency, on_day, of_source := of_source, of_kind := of_kind)::DOUBLE;
COMMENT ON MACRO convert IS 'An amount converted at the rate in force on a day, of the headline, of_source or of_kind; NULL if there is none';
