-- Half of the time of a ticker was the planning of these texts; publishing keeps these rows.
CREATE OR REPLACE VIEW newest_lines AS
SELECT
    source, base, quote, newest_rates.observed_on, previous_on, previous_rate,
    inverted(base, quote, newest_rates.rate, previous_rate) AS inverted,
    as_printed(base, quote, newest_rates.rate, previous_rate) AS as_printed
FROM newest_rates
LEFT JOIN (FROM newest_changes WHERE period = 'previous') AS step USING (source, base, quote);
COMMENT ON VIEW newest_lines IS 'What tickers say of the latest rate of each source and pair, in both directions';
COMMENT ON COLUMN newest_lines.source IS 'The name of the source';
COMMENT ON COLUMN newest_lines.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN newest_lines.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN newest_lines.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN newest_lines.previous_on IS 'The day of the rate before it, at most ten days earlier; NULL if there is none';
COMMENT ON COLUMN newest_lines.previous_rate IS 'The rate before it';
COMMENT ON COLUMN newest_lines.inverted IS 'What a ticker says of the pair the other way round';
COMMENT ON COLUMN newest_lines.as_printed IS 'What a ticker says of the pair as its source prints it';
