# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a machine is ready, and what is missing (Talos controllers/runtime/machine_status.go, v1.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .machine_services import required_services

if TYPE_CHECKING:
    from .machine import Machine

#: Stages in which something is asked of a machine; in all others it is ready as it is.
CHECKED = ("booting", "running")


def unmet_conditions(machine: Machine) -> tuple[tuple[str, str], ...]:
    """Pairs of a condition's name and why it is not met; time and network are always fine in the lab."""
    if machine.stage not in CHECKED:
        return ()
    problems = machine.services.problems(required_services(machine.is_control_plane))
    unmet = [("services", ", ".join(problems))] if problems else []
    node = _node_problem(machine) if machine.serves_kubernetes else None
    return tuple(unmet + ([("nodeReady", node)] if node else []))


def _node_problem(machine: Machine) -> str | None:
    """What Kubernetes says about the node."""
    ready = machine.kubernetes.node_ready(machine.spec)
    if ready is None:
        return f'node "{machine.hostname}" status is not available yet'
    return None if ready else f'node "{machine.hostname}" is not ready'
