-- A line breaks where the gap is longer than a rate stays in force: a point without a value follows a day later.
CREATE OR REPLACE MACRO line_points(moment, next_moment) AS CASE
    WHEN next_moment::DATE - moment::DATE > reach() THEN [moment::TIMESTAMP, moment + INTERVAL 1 DAY]
    ELSE [moment::TIMESTAMP]
END;
COMMENT ON MACRO line_points IS 'The times of a rate''s points on a line: its own and, if the next rate is too far away, a second one without a value, which breaks the line';
