# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt's kinds (kubevirt.io/v1; measured on v1.8, see the sources at each row)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...core.error import Finding
from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, has_condition, said
from ...engine.checks import one_of, reads, required, within
from ...engine.kind import NAMESPACED, Check, Kind, fixed, ref
from . import copies, fleets, types
from .guest_defaults import with_defaults
from .references import guest, machine

LOOK = "kubectl get vmi,pods -A; kubectl -n kubevirt logs deploy/virt-controller"

# printableStatus values out of which a VM does not come by waiting (api/core/v1 VirtualMachinePrintableStatus).
BROKEN = {
    "CrashLoopBackOff",
    "ErrorUnschedulable",
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrorPvcNotFound",
    "DataVolumeError",
}


def _stopped(vm: Json) -> bool:
    return dig(vm, ("spec", "runStrategy")) in ("Halted", "Manual") or dig(vm, ("spec", "running")) is False


def failure(vm: Json) -> Readiness:
    """Failure and Synchronized tell what printableStatus hides behind Stopped and Starting (measured)."""
    for kind, status in (("Failure", "True"), ("Synchronized", "False")):
        found = condition(vm, kind)
        if found is not None and found.get("status") == status:
            return Never(said(found))
    return Ready()


def _running(vm: Json) -> Readiness:
    """``status.ready``; printableStatus says Running before that."""
    if _stopped(vm):
        return Ready()
    shown = dig(vm, ("status", "printableStatus"), "no status yet")
    if shown in BROKEN:
        return Never(explained(vm, shown))
    if dig(vm, ("status", "ready")) is not True:
        return NotYet(explained(vm, shown))
    return _observed(vm)


def _observed(vm: Json) -> Readiness:
    """``desiredGeneration`` is what virt-controller has seen. ``observedGeneration`` is the running guest's: it never
    catches up with a template that waits for a restart, nor with one that is changed live (measured).
    """
    newest = dig(vm, ("metadata", "generation"), 0)
    seen = max(dig(vm, ("status", key), 0) for key in ("desiredGeneration", "observedGeneration"))
    return Ready() if seen >= newest else NotYet(f"generation {newest} has not been observed yet")


def explained(vm: Json, shown: str) -> str:
    """What is shown, in the scheduler's own words while it finds no node."""
    scheduled, ready = condition(vm, "PodScheduled"), condition(vm, "Ready")
    if scheduled is not None and scheduled.get("status") == "False" and scheduled.get("message"):
        return f"{shown}: {scheduled['message']}"
    return f"{shown}: {said(ready)}" if ready is not None and said(ready) else str(shown)


def _long_name(vm: Json) -> Iterator[Finding]:
    """Accepted by virt-api, but its launcher pod's labels are not (measured)."""
    name = vm["metadata"]["name"]
    if len(name) > 63:
        yield Finding(("metadata", "name"), f"{name!r} has more than 63 characters")


def deployed(kubevirt: Json) -> Readiness:
    """virt-operator's word: deployed, in the version it is to be, all components available, nothing under way.

    Not ``observedGeneration``, which lags (measured).
    """
    failed = condition(kubevirt, "Synchronized")
    if failed is not None and failed.get("status") == "False":
        return Never(said(failed)) if failed.get("reason") == "ExistingDeployment" else NotYet(said(failed))
    phase = dig(kubevirt, ("status", "phase")) or "no phase yet"
    available, progressing = condition(kubevirt, "Available") or {}, condition(kubevirt, "Progressing") or {}
    if phase != "Deployed" or available.get("status") != "True":
        return NotYet(": ".join(part for part in (phase, said(available)) if part))
    if progressing.get("status") == "True":
        return NotYet(said(progressing) or "changes are under way")
    wanted, seen = (dig(kubevirt, ("status", f"{what}KubeVirtVersion")) for what in ("target", "observed"))
    return Ready() if wanted in (None, seen) else NotYet(f"{seen} runs, {wanted} is being installed")


_PCI = re.compile(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}\Z")
_USB = re.compile(r"[0-9A-Fa-f]{4}\Z")
_RESOURCE = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\Z")
_DEVICES = "spec.configuration.permittedHostDevices"
_MIGRATIONS = "spec.configuration.migrations"


def _shaped(shape: re.Pattern[str], what: str) -> Callable[[str], object]:
    """What makes a text one of that shape: ValueError when it is none."""

    def read(text: str) -> object:
        if not shape.match(text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return read


def _installation() -> Iterator[Check]:
    """What virt-operator takes although it cannot work (measured: any text, any method)."""
    # Unknown methods are accepted and do nothing (measured).
    yield one_of("spec.workloadUpdateStrategy.workloadUpdateMethods[*]", "LiveMigrate", "Evict")
    yield one_of("spec.uninstallStrategy", "RemoveWorkloads", "BlockUninstallIfWorkloadsExist")
    yield one_of("spec.configuration.vmRolloutStrategy", "Stage", "LiveUpdate")
    yield one_of("spec.configuration.evictionStrategy", "None", "LiveMigrate", "LiveMigrateIfPossible", "External")
    yield reads(f"{_DEVICES}.pciHostDevices[*].pciVendorSelector", _shaped(_PCI, "a PCI id such as 8086:0d5c"))
    for field in ("vendor", "product"):
        yield reads(f"{_DEVICES}.usb[*].selectors[*].{field}", _shaped(_USB, "four hexadecimal digits such as 0951"))
    for kind in ("pciHostDevices", "mediatedDevices", "usb"):
        resource = _shaped(_RESOURCE, "the name of an extended resource such as intel.com/qat")
        yield reads(f"{_DEVICES}.{kind}[*].resourceName", resource)
    for number in ("parallelMigrationsPerCluster", "parallelOutboundMigrationsPerNode", "completionTimeoutPerGiB"):
        yield within(f"{_MIGRATIONS}.{number}", 1, 2**31 - 1)


def _not_over(vmi: Json) -> Readiness:
    """A guest that failed does not come back by itself: it is its VirtualMachine that starts another."""
    failed = dig(vmi, ("status", "phase")) == "Failed"
    return Never(dig(vmi, ("status", "reason")) or "phase Failed") if failed else Ready()


def _migrated(migration: Json) -> Readiness:
    """By its phase; why it failed stands in the state of the migration."""
    phase = dig(migration, ("status", "phase"), "no phase yet")
    if phase == "Succeeded":
        return Ready()
    why = dig(migration, ("status", "migrationState", "failureReason"))
    text = f"{phase}: {why}" if why else str(phase)
    return Never(text) if phase == "Failed" else NotYet(text)


KUBEVIRT = Kind(
    "kubevirt.io/v1", "KubeVirt", "kubevirts", NAMESPACED, ready=(deployed,), gate=True,
    refers_to=(ref("NetworkAttachmentDefinition", f"{_MIGRATIONS}.network"),), checks=tuple(_installation()),
    controllers=("virt-operator",), look="kubectl -n kubevirt logs deploy/virt-operator", versions=("v1alpha3",),
)  # fmt: skip
VM = Kind(
    "kubevirt.io/v1", "VirtualMachine", "virtualmachines", NAMESPACED,
    ready=(failure, _running),
    refers_to=(
        *machine("spec"),
        ref("Subnet", 'spec.template.metadata.annotations["ovn.kubernetes.io/logical_switch"]'),
    ),
    checks=(_long_name,), controllers=("virt-controller", "virt-api"), grace=10.0, look=LOOK,
    versions=("v1alpha3",),
)  # fmt: skip
VMI = Kind(
    "kubevirt.io/v1", "VirtualMachineInstance", "virtualmachineinstances", NAMESPACED,
    ready=(_not_over, has_condition("Ready")), normalise=with_defaults,
    # Most are made by a VirtualMachine, which is the one that is asked whether something may go.
    refers_to=tuple(guest("spec", holds=False)),
    controllers=("virt-controller", "virt-handler", "virt-api"), look=LOOK, versions=("v1alpha3",),
)  # fmt: skip
MIGRATION = Kind(
    "kubevirt.io/v1", "VirtualMachineInstanceMigration", "virtualmachineinstancemigrations", NAMESPACED,
    ready=(_migrated,), refers_to=(ref("VirtualMachineInstance", "spec.vmiName", holds=False),),
    checks=(required("spec.vmiName"),), immutable=fixed("spec.vmiName"), look=LOOK, versions=("v1alpha3",),
)  # fmt: skip

KINDS = (KUBEVIRT, VM, VMI, MIGRATION, *fleets.KINDS, *copies.KINDS, *types.KINDS)
