# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines as they are now: by name or by labels, a list request a kind, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...core.error import InvalidInput, NfviError, NotFound, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, dig
from ...engine.kind import Kind
from ...engine.observe import resource
from ...resources.kubevirt import kinds
from ...resources.kubevirt.lifecycle import FINAL, Seen

Names = tuple[str, str]


@dataclass(frozen=True)
class Wanted:
    """Which machines: these names, each with its place in what was given, or those that ``selector`` matches."""

    namespace: str | None
    names: Mapping[str, Path]
    selector: str | None

    @classmethod
    def parse(cls, given: Given, namespace: str | None) -> Wanted:
        """From ``vms`` and ``label_selectors``."""
        names: dict[str, Path] = {}
        for index, name in enumerate(given.names("vms")):
            if name in names:
                raise InvalidInput(f"{name} was named before", path=("vms", index))
            names[name] = ("vms", index)
        return cls(namespace, names, ",".join(given.get("label_selectors", [])) or None)


@dataclass(frozen=True)
class Found:
    """The machines in the order of their names, or in which they were named; ``complete`` is False where some are still
    to be made by this very run.
    """

    seen: Sequence[Seen] = ()
    complete: bool = True


def look(client: KubeClient, wanted: Wanted, mode: Mode, *, migrations: bool = False) -> Found:
    """What is there; a name that nothing bears is refused, but for what this run still makes."""
    rest = (kinds.VMI, kinds.MIGRATION) if migrations else (kinds.VMI,)
    try:
        vms = client.list(resource(kinds.VM), wanted.namespace, label_selector=wanted.selector).items
        lists = _all(client.each(lambda kind: _everything(client, kind, wanted.namespace), rest)) if vms else [[], []]
    except (NotFound, Unreachable):
        if not mode.pending:
            raise
        return Found(complete=False)
    chosen, missing = _chosen(vms, wanted)
    if missing and not mode.pending:
        name, path = missing[0]
        more = f", nor are {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NotFound(f"is not there{more}", object=f"VirtualMachine {wanted.namespace}/{name}", path=path)
    return Found(_seen(chosen, *lists), complete=not missing)


def _chosen(vms: Sequence[Json], wanted: Wanted) -> tuple[list[Json], list[tuple[str, Path]]]:
    """The machines that were named, and the names that nothing bears."""
    if not wanted.names:
        return sorted(vms, key=_key), []
    there = {vm["metadata"]["name"]: vm for vm in vms}
    missing = [(name, path) for name, path in wanted.names.items() if name not in there]
    return [there[name] for name in wanted.names if name in there], missing


def _seen(vms: Sequence[Json], vmis: Sequence[Json] = (), migrations: Sequence[Json] = ()) -> list[Seen]:
    guests = {_key(vmi): vmi for vmi in vmis}
    moving: dict[Names, list[Json]] = {}
    for each in migrations:
        if dig(each, ("status", "phase")) not in FINAL:
            moving.setdefault((each["metadata"]["namespace"], dig(each, ("spec", "vmiName"), "")), []).append(each)
    return [Seen(vm, guests.get(_key(vm)), moving.get(_key(vm), [])) for vm in vms]


def _everything(client: KubeClient, kind: Kind, namespace: str | None) -> list[Json]:
    return client.list(resource(kind), namespace).items


def _all(answers: Sequence[list[Json] | NfviError]) -> list[list[Json]]:
    for answer in answers:
        if isinstance(answer, NfviError):
            raise answer
    return [answer for answer in answers if not isinstance(answer, NfviError)]


def _key(thing: Json) -> Names:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]
