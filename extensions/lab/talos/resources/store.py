# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's resources with their versions and times."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.protobuf.message import Message

from ...machine import Machine
from .. import wire
from . import kinds
from .encoding import to_proto, to_yaml
from .kinds import Kind
from .specs import OBSERVE

#: Types and the namespaces there are (more than the lab has resources in).
KINDS = {kind.type: kind for kind in kinds.ALL}
NAMESPACES = frozenset(
    (
        "meta",
        "runtime",
        "config",
        "cluster",
        "cluster-raw",
        "network",
        "network-config",
        "hardware",
        "k8s",
        "controlplane",
        "etcd",
        "secrets",
        "files",
        "cri",
        "perf",
        "siderolink",
        "kubespan",
        "security",
        "v1alpha1",
    )
)


@dataclass(frozen=True)
class Resource:
    """One resource; ``created`` and ``updated`` are Unix times."""

    kind: Kind
    id: str
    version: int
    created: float
    updated: float
    spec: Any

    @cached_property
    def message(self) -> Message:
        """As the COSI API sends it, with both encodings of the spec; YAML is slow, so it is made once."""
        metadata = {
            "namespace": self.kind.namespace,
            "type": self.kind.type,
            "id": self.id,
            "version": str(self.version),
            "phase": "running",
            "created": {"seconds": int(self.created)},
            "updated": {"seconds": int(self.updated)},
            "annotations": {"talos.dev/yaml-spec": "1"} if self.kind is kinds.MACHINE_CONFIGS else {},
        }
        spec = {"proto_spec": to_proto(self.kind.message, self.spec), "yaml_spec": to_yaml(self.spec)}
        return wire.message("cosi.resource.Resource")(metadata=metadata, spec=spec)


class ResourceStore:
    """Looks at the machine when asked, and counts a version up where something changed since the last look."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._known: dict[Kind, dict[str, Resource]] = {}

    def observe(self, kind: Kind) -> dict[str, Resource]:
        """All resources of a kind by id, sorted."""
        before, now = self._known.get(kind, {}), time.time()
        found = {}
        for name, spec in sorted(OBSERVE[kind](self._machine).items()):
            old = before.get(name)
            if old is None:
                found[name] = Resource(kind, name, 1, now, now, spec)
            elif old.spec != spec:
                found[name] = Resource(kind, name, old.version + 1, old.created, now, spec)
            else:
                found[name] = old
        self._known[kind] = found
        return found
