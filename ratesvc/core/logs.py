"""The log of the processes that run for long: lines on standard error, in UTC."""

import logging
import time


def log_to_stderr() -> None:
    """Write log records from INFO on to standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s UTC %(levelname)s %(message)s")
    logging.Formatter.converter = time.gmtime
