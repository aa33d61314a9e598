-- An amount converted at the rates in force on a day (NULL: the latest), with the rates used. No row if a pair has no rate
-- on the day or up to ten days before. A currency converted to itself stays what it is.
CREATE OR REPLACE MACRO conversion(amount, from_currency, to_currency, on_day, of_source := NULL, of_kind := NULL) AS TABLE
SELECT
    from_currency AS base, base_source, base_on, base_rate, quote, quote_source, quote_on, quote_rate, rate,
    amount::DOUBLE * quote_rate::DOUBLE / base_rate::DOUBLE AS converted, computed
FROM (
    FROM cross_on(from_currency, [to_currency], on_day::DATE, of_source := of_source, of_kind := of_kind)
    SELECT base_source, base_on, base_rate, quote, quote_source, quote_on, quote_rate, rate, computed
    UNION ALL
    SELECT NULL, NULL, 1, currency, NULL, NULL, 1, 1, false
    FROM currencies WHERE currency = from_currency AND currency = to_currency
);
COMMENT ON MACRO TABLE conversion IS 'An amount converted at the rates in force on a day (NULL: the latest), of the headline, of_source or of_kind, with the rates used; no row if a rate is missing';
