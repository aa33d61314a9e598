"""Bundle ES modules into one classic script, which other sites embed by a plain `<script>` tag.

The modules are concatenated in one function, each after those that it imports. They share its scope, so no two of them
may declare the same name. Line comments are removed.
"""

import re
from collections import Counter
from pathlib import Path

_BANNER = re.compile(r"\A/\*!.*\*/\n")
_COMMENT_OR_BLANK = re.compile(r"^ *(?://.*)?\n", re.MULTILINE)
_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "(\.[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |class |const )", re.MULTILINE)
_DECLARATION = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_UNSUPPORTED = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


def assemble(entry: Path) -> bytes:
    """Bundle a module with all that it imports.

    Raises ValueError for an unsupported form of import or export, and for a name declared twice.
    """
    parts: dict[Path, str] = {}
    _add(entry.resolve(), parts)
    declarations = Counter(name for part in parts.values() for name in _DECLARATION.findall(part))
    if twice := [name for name, count in declarations.items() if count > 1]:
        raise ValueError(f"{entry}: modules that stand in one script declare {', '.join(twice)} twice")
    banner = _BANNER.match(entry.read_text(encoding="utf-8"))
    return f'{banner[0] if banner else ""}(() => {{\n"use strict";\n{"".join(parts.values())}}})();\n'.encode()


def _add(path: Path, parts: dict[Path, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        if (module := (path.parent / imported).resolve()) not in parts:
            _add(module, parts)
    for removed in (_BANNER, _COMMENT_OR_BLANK, _IMPORT, _EXPORT):
        text = removed.sub("", text)
    if unsupported := _UNSUPPORTED.search(text):
        raise ValueError(
            f'{path}: write import {{ a, b }} from "./c.js"; or export before a declaration: {unsupported[0]}'
        )
    parts[path] = text
