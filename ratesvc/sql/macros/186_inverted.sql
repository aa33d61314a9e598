-- The same pair the other way round, with the five decimals of the site: KZT/USD = 0.00229.
CREATE OR REPLACE MACRO inverted(base, quote, rate, previous_rate) AS {
    'base': quote,
    'quote': base,
    'inverted': true,
    'rate': inverse_text(rate, 5),
    'change': trimmed(inverse_change_shown(previous_rate, rate)) || '%',
    'rate_precise': inverse_precise(rate),
    'value': 1 / rate::DOUBLE,
    'printed': trimmed(rate),
    'change_pct': inverse_change_of(previous_rate, rate)
};
COMMENT ON MACRO inverted IS 'What a ticker says of a pair the other way round, from its rate and the previous one as its source prints them';
