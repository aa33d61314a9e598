CREATE OR REPLACE MACRO rate_on(of_currency, on_day, of_source := NULL, of_kind := NULL) AS
    struct_extract(quote_on(of_currency, on_day, of_source := of_source, of_kind := of_kind), 'units_per_usd');
COMMENT ON MACRO rate_on IS 'Units per US dollar in force on a day (the last on that day or up to ten days before): of the headline, or of one source (of_source) or one kind (of_kind: official or market); NULL if there is none';
