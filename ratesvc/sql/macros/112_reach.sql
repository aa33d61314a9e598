CREATE OR REPLACE MACRO reach() AS 10;
COMMENT ON MACRO reach IS 'For how many days a rate is in force when no other follows, and how far back one may be that another is compared with';
