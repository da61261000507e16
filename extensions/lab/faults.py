# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by name: what can go wrong in the lab, where, and what is wrong at the moment.

Faults are on disk, so that they outlive a restart of the simulator. Who imitates a part asks ``get`` (is it broken?)
or ``take`` (the same, and one of ``count`` is used up).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

EVERYWHERE = "*"


class UnknownFault(ValueError):
    """No such fault or target; the message lists what exists."""


@dataclass(frozen=True)
class FaultKind:
    """What a fault does, on which family of targets (``api``, ``talos``, ``bmc``, ``server``, ``vm``).

    ``seconds`` says what that number means for it: the fault's whole life, or a delay.
    """

    name: str
    families: tuple[str, ...]
    meaning: str
    seconds: str = "the fault ends after them"
    default_seconds: float | None = None
    lasts: bool = True


KINDS: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind("refuse", ("api", "talos", "bmc"), "connections are refused"),
        FaultKind(
            "delay", ("api", "talos", "bmc"), "every new connection waits", "how long each waits", 2.0, lasts=False
        ),
        FaultKind(
            "drop",
            ("api", "talos", "bmc"),
            "connections are cut in mid-stream",
            "how long each lives",
            0.05,
            lasts=False,
        ),
        FaultKind("error-429", ("api",), "requests are answered 429 Too Many Requests"),
        FaultKind("error-500", ("api", "bmc"), "requests are answered 500 Internal Server Error"),
        FaultKind("error-503", ("api", "bmc"), "requests are answered 503 Service Unavailable"),
        FaultKind("medium-unreachable", ("bmc",), "the BMC cannot read the images of virtual media"),
        FaultKind("kill-apiserver", ("server",), "the API server is killed and stays down"),
        FaultKind("stuck-maintenance", ("server",), "the node takes a configuration and comes back in maintenance"),
        FaultKind("install-fails", ("server",), "installing Talos to disk fails"),
        FaultKind("image-missing", ("server",), "container images that are not there yet cannot be pulled"),
        FaultKind("upgrade-no-return", ("server",), "the node does not come up after an upgrade"),
        FaultKind("upgrade-rolls-back", ("server",), "the node boots its old version after an upgrade"),
        FaultKind("vm-migration-fails", ("vm",), "live migrations fail, and the virtual machine stays where it is"),
        FaultKind("cut-upload", ("server",), "a backup that is sent to the node is cut off on its way"),
        FaultKind("no-join", ("server",), "the node's etcd does not join a cluster"),
        FaultKind("vm-unschedulable", ("vm",), "virtual machines find no node"),
    )
}


@dataclass(frozen=True)
class Fault:
    """A fault that is on. ``count`` is what is left of it (None: no end), ``until`` a Unix time in seconds."""

    name: str
    target: str
    count: int | None = None
    seconds: float | None = None
    until: float | None = None


class Faults:
    """The faults of one lab, kept in ``file``; targets are made of ``servers`` (and ``vip``, if there is one)."""

    def __init__(
        self, file: Path, servers: Iterable[str], clock: Callable[[], float] = time.time, *, vip: bool = False
    ) -> None:
        self._file = file
        self._servers = tuple(servers)
        self._vip = ("vip",) if vip else ()
        self._clock = clock
        self._changed: list[Callable[[], None]] = []
        self._on: dict[tuple[str, str], Fault] = {}
        if file.exists():
            for entry in json.loads(file.read_text(encoding="utf-8")):
                fault = Fault(**entry)
                self._on[fault.name, fault.target] = fault

    def get(self, name: str, target: str) -> Fault | None:
        """The fault ``name`` as it applies to ``target``, or None.

        Targets: ``api:s1``, ``talos:s1``, ``bmc:s1``, ``s1``, a virtual machine as ``namespace/name``.
        """
        for key in ((name, target), (name, EVERYWHERE)):
            fault = self._on.get(key)
            if fault and (fault.until is None or self._clock() < fault.until):
                return fault
        return None

    def take(self, name: str, target: str) -> Fault | None:
        """Like ``get``, and uses up one of the fault's ``count``; the last one switches it off."""
        fault = self.get(name, target)
        if fault and fault.count is not None:
            key = (fault.name, fault.target)
            if fault.count <= 1:
                del self._on[key]
            else:
                self._on[key] = replace(fault, count=fault.count - 1)
            self._save()
        return fault

    def switch_on(
        self, name: str, target: str = EVERYWHERE, *, count: int | None = None, seconds: float | None = None
    ) -> Fault:
        """Switch a fault on; raises UnknownFault for a name or target that does not exist."""
        kind = self._check(name, target)
        seconds = kind.default_seconds if seconds is None else seconds
        until = self._clock() + seconds if kind.lasts and seconds is not None else None
        fault = Fault(name, target, count, seconds, until)
        self._on[name, target] = fault
        self._save()
        self._tell()
        return fault

    def switch_off(self, name: str, target: str | None = None) -> list[Fault]:
        """Switch a fault off, on one target or (None) on all; returns those that were on."""
        self._check(name, target or EVERYWHERE)
        gone = [fault for fault in self._on.values() if fault.name == name and target in (None, fault.target)]
        for fault in gone:
            del self._on[fault.name, fault.target]
        self._save()
        self._tell()
        return gone

    def active(self) -> list[Fault]:
        """All faults that are on, in the order they were switched on."""
        return [fault for fault in self._on.values() if fault.until is None or self._clock() < fault.until]

    def on_change(self, call: Callable[[], None]) -> None:
        """Have ``call`` called whenever somebody switches a fault on or off (not when one is used up or runs out)."""
        self._changed.append(call)

    def targets(self, name: str) -> list[str]:
        """What ``name`` can be switched on for (a virtual machine is any ``namespace/name``)."""
        out = [EVERYWHERE]
        for family in KINDS[name].families:
            if family == "vm":
                out.append("<namespace>/<name>")
            else:
                prefix = "" if family == "server" else f"{family}:"
                out += [prefix + server for server in (*self._servers, *(self._vip if family == "api" else ()))]
        return out

    def _check(self, name: str, target: str) -> FaultKind:
        if name not in KINDS:
            raise UnknownFault(f"no fault {name!r}; there are: {', '.join(KINDS)}")
        known = self.targets(name)
        is_vm = "vm" in KINDS[name].families and target.count("/") == 1 and all(target.split("/"))
        if target not in known and not is_vm:
            raise UnknownFault(f"fault {name} has no target {target!r}; there are: {', '.join(known)}")
        return KINDS[name]

    def _save(self) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps([asdict(fault) for fault in self._on.values()]), encoding="utf-8")
        os.replace(draft, self._file)

    def _tell(self) -> None:
        for call in self._changed:
            call()
