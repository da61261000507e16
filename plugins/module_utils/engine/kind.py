# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of object: one row of the table that serves typed modules and `k8s_objects` alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..core.error import Finding
from ..core.path import Json, Path, dig, every, parse
from ..core.readiness import Never, NotYet, Predicate, Readiness, Ready, all_of, condition, has_condition, said

CLUSTER = False
NAMESPACED = True

Normalise = Callable[[Json, "Json | None"], Json]
Check = Callable[[Json], Iterable[Finding]]


@dataclass(frozen=True)
class Ref:
    """Names of other objects found at ``path``. A namespaced target lies in the referrer's namespace unless named
    ``ns/name``.

    ``when`` is a field beside the name and what it may say (lower case, empty when absent) for the name to be one of
    this kind; ``space`` is the field beside it that names the target's namespace; ``read`` turns what is written there
    into a name, empty for none. What ``holds`` may not be deleted while it is referred to; what does not is needed only
    when the object is made. ``mutual`` ones say nothing of an order: both sides may name one another, and whichever is
    made first waits for the other.
    """

    kind: str
    path: Path
    required: bool = True
    when: tuple[str, frozenset[str]] | None = None
    space: str = ""
    read: Callable[[str], str] = str
    holds: bool = True
    mutual: bool = False

    def names(self, manifest: Json) -> Iterator[tuple[Path, str]]:
        """Each ``(path, name)`` that the object refers to; empty names refer to nothing."""
        for path, text in every(manifest, self.path):
            name = self.read(text) if isinstance(text, str) else ""
            beside = dig(manifest, path[:-1]) or {}
            if name and self._meant(beside):
                space = beside.get(self.space) if self.space else ""
                yield path, f"{space}/{name}" if space else name

    def _meant(self, beside: Json) -> bool:
        return self.when is None or str(beside.get(self.when[0]) or "").lower() in self.when[1]


def ref(
    kind: str,
    path: str,
    *,
    required: bool = True,
    when: tuple[str, Iterable[str]] | None = None,
    space: str = "",
    read: Callable[[str], str] = str,
    holds: bool = True,
    mutual: bool = False,
) -> Ref:
    """A reference by name to ``kind`` at ``path`` (``[*]`` for every item); ``required`` ones must exist before we
    write. See `Ref`.
    """
    meant = (when[0], frozenset(each.lower() for each in when[1])) if when else None
    return Ref(kind, parse(path), required, meant, space, read, holds, mutual)


@dataclass(frozen=True)
class Fixed:
    """A field that keeps the value it once got, at least in objects for which ``when`` holds."""

    path: Path
    when: Callable[[Json], bool]

    def broken(self, manifest: Json, live: Json) -> Iterator[Finding]:
        """What the manifest would change although it cannot be changed."""
        before, after = dig(live, self.path), dig(manifest, self.path)
        if before not in (None, "") and after is not None and after != before and self.when(live):
            yield Finding(self.path, f"cannot be changed from {before!r} to {after!r}: delete it and create it anew")


def fixed(*paths: str, when: Callable[[Json], bool] = lambda _live: True) -> tuple[Fixed, ...]:
    """Fields that cannot be changed once they are set, in objects for which ``when`` holds."""
    return tuple(Fixed(parse(path), when) for path in paths)


@dataclass(frozen=True)
class Kind:
    """What we know of a kind. A row without ``ready`` is judged by its standard conditions.

    ``normalise(manifest, live)`` writes the object the way its own controller would rewrite it, so that nothing flaps;
    ``controllers`` are the component's own field managers, over which we may force; ``gate`` kinds are waited for
    before what comes after them even with ``wait: false``; ``grace`` is how long (seconds) a `Never` must last before
    it counts, for states that heal by themselves; ``look`` says where the reason of a failure is found; ``immutable``
    are fields that keep their first value; ``versions`` are other ones (``v1beta1``) in which servers know the kind.
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
    immutable: tuple[Fixed, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def judge(self, live: Json) -> Readiness:
        """Whether that live object works, and if not why."""
        if live.get("metadata", {}).get("deletionTimestamp"):
            return NotYet("is being deleted")
        return all_of(self.ready)(live) if self.ready else generic(live)

    def fixed(self, manifest: Json, live: Json) -> list[Finding]:
        """What the manifest would change although it cannot be changed."""
        return [finding for each in self.immutable for finding in each.broken(manifest, live)]

    def in_version(self, version: str) -> Kind:
        """The same kind as a server writes it in another version."""
        return replace(self, api_version=f"{self.group}/{version}" if self.group else version)

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
        others = [k.in_version(version) for k in self._kinds.values() for version in k.versions]
        self._others: Mapping[tuple[str, str], Kind] = {(k.api_version, k.kind): k for k in others}

    def find(self, api_version: str, kind: str) -> Kind | None:
        """The row for that kind in that version, or None."""
        return self._kinds.get((api_version, kind)) or self._others.get((api_version, kind))

    def row(self, api_version: str, kind: str) -> Kind:
        """The row for a kind that is in the table, as our own code names it."""
        return self._kinds[api_version, kind]

    def all(self) -> Iterable[Kind]:
        """Every row, in the version that more servers know than any other."""
        return self._kinds.values()

    def referrers(self, target: str) -> list[tuple[Kind, Ref]]:
        """Who may refer to objects of kind ``target``, and where."""
        return [(kind, ref_) for kind in self._kinds.values() for ref_ in kind.refers_to if ref_.kind == target]
