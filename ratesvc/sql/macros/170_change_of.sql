-- THE PERCENTAGE: by how much a unit of the currency gained against the dollar, from units per dollar
-- then and now. Positive when it strengthened.
CREATE OR REPLACE MACRO change_of(previous_units, latest_units) AS
    (100 * (exact(previous_units) - exact(latest_units)))::DOUBLE / exact(latest_units)::DOUBLE;
COMMENT ON MACRO change_of IS 'The percentage: by how much a unit of the currency gained against the dollar, from units per dollar then and now; positive when it strengthened, not rounded';
