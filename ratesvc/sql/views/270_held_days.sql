-- A bank whose document is here is not silent, although its figure is held. A date in the future says nothing yet.
CREATE OR REPLACE VIEW held_days AS
SELECT source, currency, max(observed_at)::DATE AS held_on
FROM rejections CROSS JOIN clock
WHERE held AND doubt IS DISTINCT FROM 'date' AND observed_at <= now_utc + INTERVAL 2 DAYS
GROUP BY ALL;
COMMENT ON VIEW held_days IS 'The newest day for which each source has printed a figure that was held, whatever became of it';
COMMENT ON COLUMN held_days.source IS 'The name of the source';
COMMENT ON COLUMN held_days.currency IS 'ISO 4217 code';
COMMENT ON COLUMN held_days.held_on IS 'The day';
