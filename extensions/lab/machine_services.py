# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a machine: those Talos runs itself, and etcd and kubelet as the lab's Kubernetes tells."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Machine

#: Services of every booted machine; of a configured one; of a configured control plane.
MAINTENANCE = ("apid", "auditd", "containerd", "machined", "syslogd", "udevd")
CONFIGURED = ("cri",)
CONTROL_PLANE = ("trustd",)
#: Before the name of an extension's service. The lab has every extension that a configuration has settings for.
EXTENSION = "ext-"
#: What a machine needs before Talos calls it ready (controllers/runtime/machine_status.go).
REQUIRED = ("apid", "machined", "kubelet")
REQUIRED_CONTROL_PLANE = ("etcd", "trustd")


@dataclass(frozen=True)
class Service:
    """A service's state (Waiting, Preparing, Running, Finished, Failed) and health (None: not known)."""

    state: str
    healthy: bool | None
    message: str

    @property
    def started(self) -> bool:
        """Whether it is somewhere between its start and its end."""
        return self.state not in ("Finished", "Failed", "Skipped")

    @property
    def up(self) -> bool:
        """Whether the boot sequence waits for it no longer."""
        return self.state == "Finished" or (self.state == "Running" and self.healthy is not False)


#: What is left of a service that was stopped.
FINISHED = Service("Finished", None, "Service finished successfully")


@dataclass(frozen=True)
class Change:
    """A line of a service's history; ``at`` is Unix time."""

    at: float
    state: str
    message: str


@dataclass
class ServiceTable:
    """The services as they are now, with their history; ``stopped`` are those that somebody stopped by the API."""

    now: dict[str, Service] = field(default_factory=dict)
    history: dict[str, list[Change]] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def update(self, services: Mapping[str, Service]) -> dict[str, Service]:
        """Take over what is true now; returns what changed."""
        changed = {name: service for name, service in services.items() if self.now.get(name) != service}
        for name, service in changed.items():
            self.history.setdefault(name, []).append(Change(time.time(), service.state, service.message))
        self.now = dict(services)
        return changed

    def problems(self, required: tuple[str, ...]) -> list[str]:
        """Why the required services are not all fine, in Talos' words."""
        running = {name: service for name, service in self.now.items() if service.state == "Running"}
        unhealthy = [f"{name} not healthy" for name, service in sorted(running.items()) if service.healthy is False]
        return unhealthy + [f"{name} not running" for name in required if name not in running]


def services_of(machine: Machine) -> dict[str, Service]:
    """All services of a machine as they are now; those that Talos itself runs are healthy."""
    if not machine.serves_kubernetes:
        return _own(MAINTENANCE if machine.api else ())
    kubernetes = machine.kubernetes.services(machine.spec).items()
    services = _own(MAINTENANCE + CONFIGURED + (CONTROL_PLANE if machine.is_control_plane else ())) | {
        name: Service(view.state, view.healthy, view.message) for name, view in kubernetes
    }
    services |= {name: Service("Running", None, f"Started task {name}") for name in _extensions(machine)}
    return services | dict.fromkeys(services.keys() & machine.services.stopped, FINISHED)


def _extensions(machine: Machine) -> list[str]:
    documents = machine.active.named("ExtensionServiceConfig") if machine.active else []
    return [f"{EXTENSION}{document['name']}" for document in documents]


def _own(names: tuple[str, ...]) -> dict[str, Service]:
    return {name: Service("Running", True, "Health check successful") for name in names}


def required_services(control_plane: bool) -> tuple[str, ...]:
    """The services without which a machine is not ready."""
    return REQUIRED + (REQUIRED_CONTROL_PLANE if control_plane else ())
