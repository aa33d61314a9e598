CREATE OR REPLACE VIEW corrections AS
FROM corrections_from(DATE '1900-01-01');
COMMENT ON VIEW corrections IS 'Where a source printed another figure for a moment than before: the later sighting counts';
COMMENT ON COLUMN corrections.source IS 'The name of the source';
COMMENT ON COLUMN corrections.currency IS 'ISO 4217 code';
COMMENT ON COLUMN corrections.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN corrections.observed_at IS 'The moment that it is for, UTC';
COMMENT ON COLUMN corrections.previous_units_per_usd IS 'Units per US dollar as printed before';
COMMENT ON COLUMN corrections.units_per_usd IS 'Units per US dollar as printed then';
COMMENT ON COLUMN corrections.change_shown IS 'What the correction changed, in percent with two decimals';
COMMENT ON COLUMN corrections.seen_at IS 'When this service saw the correction, UTC';
