-- An amount in another currency at the rates of a day; USD is one of the currencies.
CREATE OR REPLACE MACRO convert(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS
    amount::DOUBLE
    * CASE WHEN to_currency = 'USD' THEN 1
        ELSE rate_on(to_currency, on_day, of_source := of_source, of_kind := of_kind) END
    / CASE WHEN from_currency = 'USD' THEN 1
        ELSE rate_on(from_currency, on_day, of_source := of_source, of_kind := of_kind) END;
COMMENT ON MACRO convert IS 'An amount converted at the rates in force on a day, of the headline, of_source or of_kind; USD is one of the currencies';
