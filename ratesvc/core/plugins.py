"""Discovery of sources, jobs and dashboards: each is a module in a package."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def modules(package: str) -> dict[str, ModuleType]:
    """Import every module of a package; by name, in alphabetical order."""
    folder = importlib.import_module(package).__path__
    return {module.name: importlib.import_module(f"{package}.{module.name}") for module in pkgutil.iter_modules(folder)}
