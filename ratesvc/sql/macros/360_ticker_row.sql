-- The line mentions a newer unconfirmed figure, because the confirmed rate may be out of date.
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
COMMENT ON MACRO ticker_row IS 'A currency''s row of the ticker, from its units per dollar, the previous ones, and a newer unconfirmed figure if there is one';
