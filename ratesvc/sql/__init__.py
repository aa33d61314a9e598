"""Tables, macros and views: the interface for everybody who reads."""
