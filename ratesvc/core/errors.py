"""User-facing errors, one line each."""


class CouldNot(Exception):
    """The service could not fulfil a request; the message says what happened and what to do. Exit code 1."""

    exit_code = 1


class Busy(CouldNot):
    """Another process writes the store."""


class AskedWrongly(CouldNot):
    """Usage error, such as a wrong setting or an unknown name. Exit code 2."""

    exit_code = 2


class SourceError(Exception):
    """A document that differs from its source's known format; the message says how."""
