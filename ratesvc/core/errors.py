"""User-facing errors, one line each."""


class RatesvcError(Exception):
    """The service could not fulfil a request; the message says what happened and what to do. Exit code 1."""

    exit_code = 1


class BusyError(RatesvcError):
    """Another process has the store open for writing."""


class UsageError(RatesvcError):
    """A wrong setting, option or name. Exit code 2."""

    exit_code = 2


class KilledError(RatesvcError):
    """A part of the web server was killed from outside: another start may work. Exit code 3."""

    exit_code = 3


class SourceError(Exception):
    """A document that differs from its source's known format; the message says how."""
