"""Short names for the servers behind URLs."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Return the server of a URL in a word: "npm" or the host."""
    parts = urlsplit(url)
    return parts.scheme if parts.scheme == "npm" else parts.hostname or url
