CREATE OR REPLACE VIEW corrections AS
FROM corrections_from(DATE '1900-01-01');
COMMENT ON VIEW corrections IS 'Corrections: a source published a new figure for the same time. The later one is used';
COMMENT ON COLUMN corrections.source IS 'The name of the source';
COMMENT ON COLUMN corrections.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN corrections.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN corrections.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN corrections.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN corrections.observed_at IS 'The time that the figure is for, UTC';
COMMENT ON COLUMN corrections.previous_rate IS 'The rate before the correction';
COMMENT ON COLUMN corrections.rate IS 'The rate after the correction';
COMMENT ON COLUMN corrections.change_shown IS 'The size of the correction in percent, two decimals; positive when one of the base costs more';
COMMENT ON COLUMN corrections.inverse_change_shown IS 'The same of the pair the other way round';
COMMENT ON COLUMN corrections.seen_at IS 'When this service received the correction, UTC';
