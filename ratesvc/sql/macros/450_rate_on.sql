CREATE OR REPLACE MACRO rate_on(of_currency, on_day, of_source := NULL, of_kind := NULL) AS
    struct_extract(quote_on(of_currency, on_day, of_source := of_source, of_kind := of_kind), 'units_per_usd');
COMMENT ON MACRO rate_on IS 'Units per US dollar in force on a day: the last on or up to ten days before it, of the headline source of that day or, by of_source or of_kind, of one source or of official or market; NULL where there is none';
