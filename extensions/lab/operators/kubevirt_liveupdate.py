# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a changed template while its guest runs: it is changed live, or waits for a restart (kubevirt
pkg/virt-controller/watch/vm/vm.go syncRestartRequired, handleMemoryHotplugRequest, handleCPUChangeRequest). Pure.

A live change is asked of the guest's VMI, which tells by a condition that it is under way. It is over when the guest
has been migrated, which nobody starts where KubeVirt's workloadUpdateMethods do not say so.
"""

from __future__ import annotations

from decimal import Decimal

from . import quantity
from .client import Obj
from .conditions import drop_condition, is_true, set_condition
from .kubevirt_template import nics_changed, unplugged

#: The VMI's conditions while a change is under way.
MEMORY, CPUS = "HotMemoryChange", "HotVCPUChange"

_NOT_LIVE = "a non-live-updatable field was changed in the template spec"
_MEMORY = "memory updated in template spec"
_PLACEMENT = ("nodeSelector", "affinity", "tolerations")
_GI = Decimal(1 << 30)
_BLOCK = Decimal(2 << 20)
_RATIO = 4
_MOST_CPUS = 512


class InTheWay(Exception):
    """virt-controller tries again until it can; becomes the condition Failure=True."""


def change(vm: Obj, began: Obj, vmi: Obj) -> tuple[str, Obj]:
    """Why a restart is required (or nothing), and what of the VMI's spec is changed; ``began`` is the spec of the VM
    that the guest was started with.
    """
    template = vm["spec"]["template"]["spec"]
    wanted, old = unplugged(template), unplugged(began["template"]["spec"])
    _neutralize(old, wanted)
    if old != wanted or nics_changed(template, vmi["spec"]):
        return _NOT_LIVE, {}
    why, patch = _cpus(wanted, vmi)
    more_why, more = _memory(wanted, vmi)
    placed = {key: wanted.get(key) for key in _PLACEMENT if wanted.get(key) != vmi["spec"].get(key)}
    domain = {**patch, **more}
    return more_why or why, {**placed, **({"domain": domain} if domain else {})}


def max_guest(spec: Obj) -> str | None:
    """How far the memory of a guest may grow; None where it cannot (pkg/liveupdate/memory)."""
    domain = spec["domain"]
    memory, cpu = domain.get("memory") or {}, domain.get("cpu") or {}
    guest = quantity.parse(memory.get("guest"))
    block = _GI if (memory.get("hugepages") or {}).get("pageSize") == "1Gi" else _BLOCK
    impossible = "realtime" in cpu or "guestMappingPassthrough" in (cpu.get("numa") or {}) or "launchSecurity" in domain
    if impossible or guest < _GI or guest % block or spec["architecture"] != "amd64":
        return None
    return quantity.binary(guest * _RATIO)


def max_sockets(cpu: Obj) -> int:
    """How many sockets a guest may get."""
    each, sockets = int(cpu.get("cores", 0)) * int(cpu.get("threads", 0)), int(cpu.get("sockets", 0))
    most = sockets * _RATIO
    return most if most * each <= _MOST_CPUS else max(_MOST_CPUS // each, sockets)


def tell(vmi: Obj) -> None:
    """Set or drop the VMI's conditions: under way is what its spec asks for, and its guest does not have."""
    domain, status = vmi["spec"]["domain"], vmi["status"]
    memory, cpu = domain.get("memory") or {}, domain.get("cpu") or {}
    grows = "maxGuest" in memory and memory["guest"] != (status.get("memory") or {}).get("guestRequested")
    plugs = "maxSockets" in cpu and cpu["sockets"] != (status.get("currentCPUTopology") or {}).get("sockets")
    for kind, under_way in ((MEMORY, grows), (CPUS, plugs)):
        if under_way:
            set_condition(status.setdefault("conditions", []), kind, "True")
        else:
            drop_condition(status.get("conditions") or [], kind)


def arrived(vmi: Obj) -> None:
    """A guest that has moved has what its spec asks for (virt-handler's part)."""
    domain, status = vmi["spec"]["domain"], vmi["status"]
    memory, cpu = domain.get("memory") or {}, domain.get("cpu") or {}
    if "memory" in status and "guest" in memory:
        status["memory"] |= {"guestCurrent": memory["guest"], "guestRequested": memory["guest"]}
    if "currentCPUTopology" in status and "sockets" in cpu:
        status["currentCPUTopology"]["sockets"] = cpu["sockets"]
    tell(vmi)


def _neutralize(old: Obj, wanted: Obj) -> None:
    """Take over what can be changed live."""
    for key in _PLACEMENT:
        _take(old, wanted, key)
    before, now = old["domain"], wanted["domain"]
    if (now.get("memory") or {}).get("guest"):
        before.setdefault("memory", {})["guest"] = now["memory"]["guest"]
    if before.get("cpu") and now.get("cpu"):
        _take(before["cpu"], now["cpu"], "sockets")


def _take(old: Obj, wanted: Obj, key: str) -> None:
    old.pop(key, None)
    if key in wanted:
        old[key] = wanted[key]


def _memory(wanted: Obj, vmi: Obj) -> tuple[str, Obj]:
    asked, had = (wanted["domain"].get("memory") or {}).get("guest"), vmi["spec"]["domain"].get("memory") or {}
    guest = quantity.parse(asked)
    if not guest or guest == quantity.parse(had.get("guest")):
        return "", {}
    conditions = vmi["status"].get("conditions") or []
    if not is_true(conditions, "LiveMigratable"):
        return f"{_MEMORY}. Memory-hotplug is only available for migratable VMs", {}
    if "maxGuest" not in had:
        return f"{_MEMORY}. Memory-hotplug is not available for this VM configuration", {}
    if is_true(conditions, MEMORY):
        problem = "error encountered while handling memory hotplug requests: another memory hotplug is in progress"
        raise InTheWay("HotPlugMemoryError", problem)
    if guest < quantity.parse(vmi["status"]["memory"]["guestAtBoot"]):
        return f"{_MEMORY} to a value lower than what the VM started with", {}
    if guest > quantity.parse(had["maxGuest"]):
        return "memory hotplug not supported, Guest memory is greater than the configured maxGuest memory", {}
    return "", {"memory": {"guest": asked}}


def _cpus(wanted: Obj, vmi: Obj) -> tuple[str, Obj]:
    asked, had = (wanted["domain"].get("cpu") or {}).get("sockets", 0), vmi["spec"]["domain"].get("cpu") or {}
    if not asked or asked == had.get("sockets"):
        return "", {}
    if is_true(vmi["status"].get("conditions") or [], CPUS):
        problem = "Error encountered while handling CPU change request: another CPU hotplug is in progress"
        raise InTheWay("HotPlugCPUError", problem)
    if asked > had.get("maxSockets", 0):
        return "CPU sockets updated in template spec to a value higher than what's available", {}
    if asked < had.get("sockets", 0):
        return "Reduction of CPU socket count requires a restart", {}
    return "", {"cpu": {"sockets": asked}}
