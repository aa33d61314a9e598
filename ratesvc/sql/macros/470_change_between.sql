-- Percent between two days. Both rates are of one source: that of the later day's headline, where none is named.
CREATE OR REPLACE MACRO change_between(of_base, of_quote, from_day, to_day, of_source := NULL, of_kind := NULL) AS
    change_from_to(
        pair_on(
            of_base, of_quote, from_day,
            of_source := coalesce(of_source, CASE WHEN of_kind IS NULL THEN source_on(of_base, of_quote, to_day) END),
            of_kind := of_kind
        ),
        pair_on(of_base, of_quote, to_day, of_source := of_source, of_kind := of_kind)
    );
COMMENT ON MACRO change_between IS 'The change of a pair between two days in percent, positive if one of the base costs more. Both rates are from one source: of_source, that of of_kind, or that of the headline on the later day; NULL if a rate is missing, and for two currencies that no source prices in one another';
