-- The line that a ticker prints. While a figure is not confirmed it says so, because the old one is no longer the news.
CREATE OR REPLACE MACRO ticker_text(pair, rate, change, unconfirmed_rate, unconfirmed_change) AS
    pair || ' = ' || rate || ' ' || change
    || coalesce(' (not confirmed: ' || unconfirmed_rate || ' ' || coalesce(unconfirmed_change, '—') || ')', '');
COMMENT ON MACRO ticker_text IS 'The line of a pair as printed; while a newer figure is not confirmed it names that too';
