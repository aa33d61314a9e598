"""Publication of immutable versions of the database, and readers of them."""
