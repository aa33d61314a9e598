-- While a newer figure is not confirmed the line says so, because the old one is no longer the news.
CREATE OR REPLACE MACRO ticker_row(code, units, previous_units, unconfirmed_rate, unconfirmed_change) AS {
    'pair': code || '/USD',
    'rate': coalesce(usd_text(units, 5), '—'),
    'change': coalesce(trimmed(change_shown(previous_units, units)) || '%', '—'),
    'text':
        code || '/USD = ' || coalesce(usd_text(units, 5), '—') || ' '
        || coalesce(trimmed(change_shown(previous_units, units)) || '%', '—')
        || coalesce(' (not confirmed: ' || unconfirmed_rate || ' ' || coalesce(unconfirmed_change, '—') || ')', ''),
    'rate_precise': usd_precise(units),
    'usd_per_unit': 1 / units::DOUBLE,
    'units_per_usd': trimmed(units),
    'change_pct': change_of(previous_units, units)
};
COMMENT ON MACRO ticker_row IS 'What the ticker says of a currency, from its units per dollar and those before, and the newer figure that is not confirmed, if there is one';
