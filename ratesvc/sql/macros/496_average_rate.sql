-- All rates of an average are of one source: of the preferred one, or of the other if that lacks days of the month.
CREATE OR REPLACE MACRO average_rate(of_base, of_quote, of_month, method, of_source := NULL, of_kind := NULL) AS CASE
    WHEN method IS NULL OR method NOT IN ('publication', 'calendar')
        THEN error('average_rate: the method is ''publication'' or ''calendar'', not ' || coalesce('''' || method || '''', 'NULL'))
    WHEN of_base = of_quote THEN 1::DECIMAL(38, 13)
    ELSE (
        SELECT max_by(
            CASE
                WHEN method = 'publication' AND its_average.base = of_base THEN its_average.publication_average
                WHEN method = 'publication' THEN its_average.inverse_publication_average
                WHEN its_average.base = of_base THEN its_average.calendar_average
                ELSE its_average.inverse_calendar_average
            END,
            its_average.kind = its_pair.preferred_kind
        )
        FROM month_averages AS its_average JOIN pairs AS its_pair
            ON its_pair.base = its_average.base AND its_pair.quote = its_average.quote
        CROSS JOIN clock
        WHERE (
            its_average.base = of_base AND its_average.quote = of_quote
            OR its_average.base = of_quote AND its_average.quote = of_base
        )
        AND its_average.month = date_trunc('month', of_month::DATE)
        AND its_average.days > least(last_day(its_average.month), now_utc::DATE) - its_average.month
        AND is_selected(its_average.source, its_pair.official_source, its_pair.market_source, of_source, of_kind)
    )
END;
COMMENT ON MACRO average_rate IS 'The average rate of a pair in the month that contains a day: method ''publication'' is the mean of the rates published for days of the month, without copies; ''calendar'' the mean over its calendar days of the rate in force, so that a weekend counts with Friday''s rate. Of the preferred source, of of_source or of of_kind; a month that is not over has the days so far. NULL if a day of the month has no rate in force: `month_averages` has the average of the others and their number. The other way round it is the mean of the inverse rates, not the inverse of the mean. NULL too for two currencies that no source prices in one another; any other method is an error';
