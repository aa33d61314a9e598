"""Progress of long work: a bar with speed and remaining time on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

LINE_SECONDS = 10
"""Least time between two lines."""

Report = Callable[[int, int], None]
"""Callback that receives the amount done and the total."""


@contextmanager
def display(what: str, unit: str) -> Iterator[Report]:
    """Display the progress of the work on stderr until it ends."""
    if not sys.stderr.isatty():
        yield _lines(what, unit)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f} {self._unit}/s" if task.speed else "")


def _lines(what: str, unit: str) -> Report:
    began_at, began_with, reported_at = time.monotonic(), None, 0.0

    def report(done: int, total: int) -> None:
        nonlocal began_with, reported_at
        began_with = done if began_with is None else began_with
        now = time.monotonic()
        if now - reported_at < LINE_SECONDS and done < total:
            return
        reported_at = now
        line = f"{what}: {done:,} of {total:,} {unit}"
        if done > began_with:
            rate = (done - began_with) / (now - began_at)
            left = timedelta(seconds=int((total - done) / rate))
            line += f", {rate:.1f} {unit}/s, {left} left"
        click.echo(line, err=True)

    return report
