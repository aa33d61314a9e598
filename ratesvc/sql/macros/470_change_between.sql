-- Percent between two days; positive when the currency strengthened. Both rates are of one source: that of the later
-- day's headline, where none is named.
CREATE OR REPLACE MACRO change_between(of_currency, from_day, to_day, of_source := NULL, of_kind := NULL) AS
    change_of(
        rate_on(
            of_currency, from_day,
            of_source := coalesce(of_source, CASE WHEN of_kind IS NULL THEN source_on(of_currency, to_day) END),
            of_kind := of_kind
        ),
        rate_on(of_currency, to_day, of_source := of_source, of_kind := of_kind)
    );
COMMENT ON MACRO change_between IS 'The change of a currency against the dollar between two days in percent, positive if it strengthened. Both rates are from one source: of_source, that of of_kind, or that of the headline on the later day; NULL if a rate is missing';
