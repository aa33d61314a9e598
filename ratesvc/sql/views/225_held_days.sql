-- A bank whose document has arrived is not late, even if its figure is held. Dates in the future do not count yet.
CREATE OR REPLACE VIEW held_days AS
SELECT source, base, quote, max(observed_at)::DATE AS held_on
FROM rejections CROSS JOIN clock
WHERE held AND doubt IS DISTINCT FROM 'date' AND observed_at <= now_utc + INTERVAL 2 DAYS
GROUP BY ALL;
COMMENT ON VIEW held_days IS 'The latest day for which each source printed a figure that was held, whether or not it was later confirmed';
COMMENT ON COLUMN held_days.source IS 'The name of the source';
COMMENT ON COLUMN held_days.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN held_days.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN held_days.held_on IS 'The day';
