-- A line breaks where there is no rate for longer than one is in force: a point without value follows a day later.
CREATE OR REPLACE MACRO line_points(moment, next_moment) AS CASE
    WHEN next_moment::DATE - moment::DATE > reach() THEN [moment::TIMESTAMP, moment + INTERVAL 1 DAY]
    ELSE [moment::TIMESTAMP]
END;
COMMENT ON MACRO line_points IS 'The moments at which a line has a point for a rate: its own and, where the next rate is too far away, a second one without value, at which the line breaks';
