-- THE PERCENTAGE: by how much a pair moved, from its rate then and now. Positive when one unit of the base costs more.
-- The difference is exact, so that a change of nothing is nothing.
CREATE OR REPLACE MACRO change_of(previous_rate, latest_rate) AS
    (100 * (exact(latest_rate) - exact(previous_rate)))::DOUBLE / exact(previous_rate)::DOUBLE;
COMMENT ON MACRO change_of IS 'The percentage: by how much a pair moved, from its rate then and now; positive when the base gained, not rounded';
