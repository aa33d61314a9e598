-- Publishing keeps these rows.
CREATE OR REPLACE VIEW unconfirmed_lines AS
SELECT
    base, quote, source, observed_on, rate,
    inverted(base, quote, rate, previous) AS inverted, as_printed(base, quote, rate, previous) AS as_printed
FROM unconfirmed_figures;
COMMENT ON VIEW unconfirmed_lines IS 'What tickers say of each figure of unconfirmed_figures, in both directions';
COMMENT ON COLUMN unconfirmed_lines.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN unconfirmed_lines.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN unconfirmed_lines.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed_lines.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed_lines.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN unconfirmed_lines.inverted IS 'What a ticker says of the pair the other way round';
COMMENT ON COLUMN unconfirmed_lines.as_printed IS 'What a ticker says of the pair as its source prints it';
