"""Chart data, and server-side drawings."""
