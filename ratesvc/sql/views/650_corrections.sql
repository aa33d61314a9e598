CREATE OR REPLACE VIEW corrections AS
FROM corrections_from(DATE '1900-01-01');
COMMENT ON VIEW corrections IS 'Corrections: a source published a new figure for the same time. The later one is used';
COMMENT ON COLUMN corrections.source IS 'The name of the source';
COMMENT ON COLUMN corrections.currency IS 'ISO 4217 code';
COMMENT ON COLUMN corrections.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN corrections.observed_at IS 'The time that the figure is for, UTC';
COMMENT ON COLUMN corrections.previous_units_per_usd IS 'Units per US dollar before the correction';
COMMENT ON COLUMN corrections.units_per_usd IS 'Units per US dollar after the correction';
COMMENT ON COLUMN corrections.change_shown IS 'The size of the correction in percent, two decimals';
COMMENT ON COLUMN corrections.seen_at IS 'When this service received the correction, UTC';
