-- The figure to show beside a pair's confirmed rate: the latest unconfirmed one of its official source, else of its
-- market source.
CREATE OR REPLACE VIEW unconfirmed AS
SELECT unconfirmed_figures.* EXCLUDE (shown_until, is_official)
FROM unconfirmed_figures CROSS JOIN clock
WHERE now_utc <= coalesce(shown_until, now_utc)
QUALIFY row_number() OVER (PARTITION BY base, quote ORDER BY is_official DESC, observed_on DESC, source) = 1;
COMMENT ON VIEW unconfirmed IS 'The latest unconfirmed figure of each pair, from its bank or else from its market source; no row if there is none, or after 30 days';
COMMENT ON COLUMN unconfirmed.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN unconfirmed.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN unconfirmed.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN unconfirmed.previous IS 'The rate in the previous publication, or of the peg';
COMMENT ON COLUMN unconfirmed.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN unconfirmed.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed.inverse_change_pct IS 'The same of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN unconfirmed.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed.sentence IS 'The figure and the reason, as a sentence; {change} stands for its change';
