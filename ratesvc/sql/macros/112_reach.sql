CREATE OR REPLACE MACRO reach() AS 10;
COMMENT ON MACRO reach IS 'How many days a rate stays in force if no other follows, how far before the target day a reference rate may be, and how old a rate that a copy repeats';
