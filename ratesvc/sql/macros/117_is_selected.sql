CREATE OR REPLACE MACRO is_selected(source, official_source, market_source, of_source, of_kind) AS CASE
    WHEN of_kind IS NOT NULL THEN
        source = source_of(of_kind, official_source, market_source) AND source = coalesce(of_source, source)
    WHEN of_source IS NOT NULL THEN source = of_source
    ELSE source IN (official_source, market_source)
END;
COMMENT ON MACRO is_selected IS 'Whether a source is of_source and of the kind of_kind for its pair; where neither is given, whether it is one of those that the headline is chosen from';
