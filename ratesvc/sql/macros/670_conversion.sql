-- An amount converted at the rates in force on a day (NULL: the latest), with the rates used. No row if a currency has
-- no rate on the day or up to ten days before.
CREATE OR REPLACE MACRO conversion(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS TABLE
SELECT
    from_currency AS from_currency, base_source AS from_source, base_on AS from_on, base_units AS from_units,
    quote AS to_currency, quote_source AS to_source, quote_on AS to_on, quote_units AS to_units, rate,
    amount::DOUBLE * quote_units::DOUBLE / base_units::DOUBLE AS converted
FROM cross_on(from_currency, [to_currency], on_day::DATE, of_source := of_source, of_kind := of_kind);
COMMENT ON MACRO TABLE conversion IS 'An amount converted at the rates in force on a day (NULL: the latest), of the headline, of_source or of_kind, with the two rates used; no row if a rate is missing';
