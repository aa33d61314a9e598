"""Sources, jobs and dashboards are all files dropped in a folder; this finds them."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def modules(package: str) -> dict[str, ModuleType]:
    """Every module of a package by its file's name, in the order of the alphabet."""
    folder = importlib.import_module(package).__path__
    return {found.name: importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folder)}
