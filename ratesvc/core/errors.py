"""What a person is told, in one line, when something cannot be done."""


class CouldNot(Exception):
    """The service could not do what was asked; the message says what happened and what to do. Exit code 1."""

    exit_code = 1


class Busy(CouldNot):
    """Another process writes the store."""


class AskedWrongly(CouldNot):
    """What was asked makes no sense: a wrong setting, an unknown name. Exit code 2."""

    exit_code = 2


class SourceError(Exception):
    """A document is not what its source documents; the message says what is strange in it."""
