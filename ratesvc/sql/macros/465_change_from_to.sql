CREATE OR REPLACE MACRO change_from_to(earlier, later) AS CASE
    WHEN later['inverted'] THEN inverse_change_of(earlier['rate'], later['rate'])
    ELSE change_of(earlier['rate'], later['rate'])
END;
COMMENT ON MACRO change_from_to IS 'The percentage between two rates of `pair_on`, of the pair in the direction that was asked for';
