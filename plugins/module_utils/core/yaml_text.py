# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as Talos reads and writes it: four spaces, keys in the order given.

The one place that knows PyYAML.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from .error import InvalidInput
from .library import absent
from .path import Json

try:
    import yaml
except ImportError as exc:
    absent("PyYAML", exc)


def load_all(text: str, *, object: str = "") -> list[Json]:
    """Every document of the text; raises `InvalidInput` with the line of the mistake."""
    return list(_read(lambda: list(yaml.load_all(text, Loader=_loader())), object))


def compose(text: str, *, object: str = "") -> Any:
    """The node graph of the only document, each node with its place (`yaml.Node`); None when the text is empty."""
    return _read(lambda: yaml.compose(text, Loader=_loader()), object)


def construct(node: Any) -> Json:
    """The value of what `compose` returned."""
    return None if node is None else _loader()("").construct_document(node)


def load(text: str, *, object: str = "") -> Json:
    """The only document of the text (None when it is empty)."""
    documents = load_all(text, object=object)
    if len(documents) > 1:
        raise InvalidInput(f"one YAML document is expected, not {len(documents)}", object=object)
    return documents[0] if documents else None


def _read(parse: Callable[[], Any], object: str) -> Any:
    try:
        return parse()
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or "it cannot be parsed"
        raise InvalidInput(f"is not YAML: {problem}{place}", object=object) from exc


def dump_all(documents: Iterable[Json]) -> str:
    """The documents one after the other, indented as Talos does it."""
    return "---\n".join(dump(document) for document in documents)


def dump(document: Json) -> str:
    """One document."""
    text: str = yaml.dump(
        document, Dumper=_dumper(), default_flow_style=False, sort_keys=False, allow_unicode=True, width=2**31
    )
    return text


# How go-yaml tells plain scalars apart; PyYAML's own rules would read the PCI address 0000:04:00.00 as a number, `off`
# as false and 2026-01-01 as a date.
_SCALARS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*|0o?[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ("~", "n", "N", "")),
    ("merge", r"^<<$", "<"),
)


@functools.cache
def _loader() -> Any:
    """PyYAML's C parser with go-yaml's reading of plain scalars."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    return _taught(Loader)


def _taught(side: Any) -> Any:
    """The loader or dumper, knowing go-yaml's scalars."""
    for name, pattern, first in _SCALARS:
        side.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(pattern), list(first))
    return side


@functools.cache
def _dumper() -> Any:
    """Indents as go-yaml does: to the next multiple of four, but by two inside the item of a list.

    A text is quoted that go-yaml or a reader of YAML 1.1 would take for something else.
    """

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            self.indents.append(self.indent)
            if self.indent is None:
                self.indent = 0
            elif self.sequence_context:
                self.indent += 2
            else:
                self.indent = 4 * (self.indent // 4 + 1)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent(dumper: Any, text: str) -> Any:
        style = "|" if "\n" in text else '"' if text == "" else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    return _taught(Dumper)
