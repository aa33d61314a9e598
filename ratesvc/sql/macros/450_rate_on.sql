-- A pair that no source prints is crossed through the dollar: each side at its own last rate.
CREATE OR REPLACE MACRO rate_on(of_base, of_quote, on_day, of_source := NULL, of_kind := NULL) AS
    CASE WHEN of_base = of_quote THEN 1::DECIMAL(38, 16) ELSE coalesce(
        pair_on(of_base, of_quote, on_day, of_source := of_source, of_kind := of_kind)['as_written'],
        CASE WHEN NOT EXISTS (
            FROM pairs AS known_pair
            WHERE known_pair.base = of_base AND known_pair.quote = of_quote OR known_pair.base = of_quote AND known_pair.quote = of_base
        ) THEN quotient(
            pair_on('USD', of_quote, on_day, of_source := of_source, of_kind := of_kind)['rate'],
            pair_on('USD', of_base, on_day, of_source := of_source, of_kind := of_kind)['rate']
        ) END
    ) END;
COMMENT ON MACRO rate_on IS 'Units of a quote currency for one of the base in force on a day (the last rate on that day or up to ten days before): of the headline, or of one source (of_source) or one kind (of_kind: official or market); NULL if there is none';
