"""Shared HTTP code: parameters, headers, caching, the current version and its ticker rows."""
