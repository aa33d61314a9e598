"""One classic script from ES modules, because other sites embed it by a plain `<script>` tag.

The modules are put one after the other into one function, each after those that it imports. They share its scope, so
no two of them may declare the same name. Comments stay in the source.
"""

import re
from collections import Counter
from pathlib import Path

_BANNER = re.compile(r"\A/\*!.*\*/\n")
_COMMENT_OR_BLANK = re.compile(r"^ *(?://.*)?\n", re.MULTILINE)
_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "(\.[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |class |const )", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


def assemble(entry: Path) -> bytes:
    """The script of a module and all that it imports.

    Raises ValueError for a form of import or export that it does not know, and for a name that is declared twice.
    """
    parts: dict[Path, str] = {}
    _add(entry.resolve(), parts)
    declared = Counter(name for part in parts.values() for name in _DECLARED.findall(part))
    if twice := [name for name, count in declared.items() if count > 1]:
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
    if other := _OTHER.search(text):
        raise ValueError(f'{path}: write import {{ a, b }} from "./c.js"; or export before a declaration: {other[0]}')
    parts[path] = text
