-- The tables have unique aliases here, so that an argument may be a column of `rates` or of `headline`.
-- The cast is for the name of the field, which DuckDB loses where a macro stands alone and an argument is a column.
CREATE OR REPLACE MACRO pair_on(of_base, of_quote, on_day, of_source := NULL, of_kind := NULL) AS (
    SELECT max_by(
        {
            'source': its_rate.source, 'observed_on': its_rate.observed_on, 'rate': its_rate.rate,
            'inverted': its_rate.base <> of_base,
            'as_written': as_written(its_rate.rate, its_rate.base <> of_base)::DECIMAL(38, 16)
        },
        -- The preferred kind first, as in `headline_daily`.
        row(
            its_rate.source = source_of(its_pair.preferred_kind, its_pair.official_source, its_pair.market_source),
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN pairs AS its_pair
        ON its_pair.base = its_rate.base AND its_pair.quote = its_rate.quote
    WHERE (its_rate.base = of_base AND its_rate.quote = of_quote OR its_rate.base = of_quote AND its_rate.quote = of_base)
    AND its_rate.observed_on BETWEEN on_day::DATE - reach() AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_pair.peg_until < on_day::DATE) IS NOT TRUE
    AND is_selected(its_rate.source, its_pair.official_source, its_pair.market_source, of_source, of_kind)
);
COMMENT ON MACRO pair_on IS 'The rate of a pair in force on a day (the last on that day or up to ten days before), as its source prints it, with source, day, whether that is the other way round, and the rate in the direction that was asked for: of the headline, or of one source (of_source) or one kind (of_kind: official or market); NULL if there is none';
