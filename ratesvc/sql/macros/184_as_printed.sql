-- A pair as its source prints it, for a ticker: USD/KZT = 437.22.
CREATE OR REPLACE MACRO as_printed(base, quote, rate, previous_rate) AS {
    'base': base,
    'quote': quote,
    'inverted': false,
    'rate': rate_text(rate, usual_decimals(rate)),
    'change': trimmed(change_shown(previous_rate, rate)) || '%',
    'rate_precise': rate_precise(rate),
    'value': rate::DOUBLE,
    'printed': trimmed(rate),
    'change_pct': change_of(previous_rate, rate)
};
COMMENT ON MACRO as_printed IS 'What a ticker says of a pair as its source prints it, from its rate and the previous one';
