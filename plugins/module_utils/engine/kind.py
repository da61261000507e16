# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of object: one row of the table that serves typed modules and `k8s_objects` alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..core.error import Finding
from ..core.path import Json, Path, every, parse
from ..core.readiness import Never, NotYet, Predicate, Readiness, Ready, all_of, condition, has_condition, said

CLUSTER = False
NAMESPACED = True

Normalise = Callable[[Json, "Json | None"], Json]
Check = Callable[[Json], Iterable[Finding]]


@dataclass(frozen=True)
class Ref:
    """Names of other objects found at ``path``. A namespaced target lies in the referrer's namespace unless named
    ``ns/name``.
    """

    kind: str
    path: Path
    required: bool = True

    def names(self, manifest: Json) -> Iterator[tuple[Path, str]]:
        """Each ``(path, name)`` that the object refers to; empty names refer to nothing."""
        for path, name in every(manifest, self.path):
            if isinstance(name, str) and name:
                yield path, name


def ref(kind: str, path: str, *, required: bool = True) -> Ref:
    """A reference by name to ``kind`` at ``path`` (``[*]`` for every item); ``required`` ones must exist before we
    write.
    """
    return Ref(kind, parse(path), required)


@dataclass(frozen=True)
class Kind:
    """What we know of a kind. A row without ``ready`` is judged by its standard conditions.

    ``normalise(manifest, live)`` writes the object the way its own controller would rewrite it, so that nothing flaps;
    ``controllers`` are the component's own field managers, over which we may force; ``gate`` kinds are waited for
    before
    what comes after them even with ``wait: false``; ``grace`` is how long (seconds) a `Never` must last before it
    counts,
    for states that heal by themselves; ``look`` says where the reason of a failure is found.
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    ready: tuple[Predicate, ...] = ()
    refers_to: tuple[Ref, ...] = ()
    normalise: Normalise = lambda manifest, _live: manifest
    checks: tuple[Check, ...] = ()
    controllers: tuple[str, ...] = ()
    sensitive: tuple[Path, ...] = ()
    gate: bool = False
    rank: int = 3
    grace: float = 0.0
    look: str = ""

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def judge(self, live: Json) -> Readiness:
        """Whether that live object works, and if not why."""
        if live.get("metadata", {}).get("deletionTimestamp"):
            return NotYet("is being deleted")
        return all_of(self.ready)(live) if self.ready else generic(live)

    def label(self, manifest: Json) -> str:
        """``Subnet ran-up`` or ``ConfigMap ns/name``."""
        meta = manifest.get("metadata") or {}
        return (
            f"{self.kind} {meta['namespace']}/{meta['name']}"
            if meta.get("namespace")
            else f"{self.kind} {meta['name']}"
        )


def generic(live: Json) -> Readiness:
    """Readiness of a kind we know nothing of: its Ready, Available or Established condition, if it has one."""
    failed = condition(live, "Failed")
    if failed is not None and failed.get("status") == "True":
        return Never(said(failed) or "Failed=True")
    for name in ("Ready", "Available", "Established"):
        if condition(live, name) is not None:
            return has_condition(name)(live)
    return Ready()


def defined_by(crd: Json) -> list[Kind]:
    """The kinds, one a version, that a CustomResourceDefinition defines."""
    spec = crd["spec"]
    names, namespaced = spec["names"], spec["scope"] == "Namespaced"
    return [
        Kind(f"{spec['group']}/{version['name']}", names["kind"], names["plural"], namespaced)
        for version in spec["versions"]
    ]


class Registry:
    """The kinds we know, by what they are called."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds: Mapping[tuple[str, str], Kind] = {(k.api_version, k.kind): k for k in kinds}

    def find(self, api_version: str, kind: str) -> Kind | None:
        """The row for that kind in that version, or None."""
        return self._kinds.get((api_version, kind))

    def all(self) -> Iterable[Kind]:
        """Every row."""
        return self._kinds.values()

    def referrers(self, target: str) -> list[tuple[Kind, Ref]]:
        """Who may refer to objects of kind ``target``, and where."""
        return [(kind, ref_) for kind in self._kinds.values() for ref_ in kind.refers_to if ref_.kind == target]
