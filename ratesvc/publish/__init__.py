"""Make immutable versions of the database, and opens them."""
