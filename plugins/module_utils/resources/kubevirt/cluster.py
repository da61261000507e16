# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt itself, as its user sees it: the one KubeVirt object of a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core.error import InvalidInput
from ...core.given import Given
from ...core.path import Json, Path, dig, parse, prune, put
from ...core.readiness import NotYet, Readiness, Ready
from ...engine.manifest import manifest
from . import gates, kinds

ROLLOUT = ("Stage", "LiveUpdate")
METHODS = ("LiveMigrate", "Evict")
EVICTION = ("None", "LiveMigrate", "LiveMigrateIfPossible", "External")
PULL = ("Always", "IfNotPresent", "Never")
UNINSTALL = ("RemoveWorkloads", "BlockUninstallIfWorkloadsExist")

_CONFIG = "spec.configuration"
_DEVELOPER = f"{_CONFIG}.developerConfiguration"
_DEVICES = f"{_CONFIG}.permittedHostDevices"
_MIGRATIONS = f"{_CONFIG}.migrations"
# The user's option for each field of the manifest, all that are just handed on.
_PLAIN: Mapping[str, str] = {
    "use_emulation": f"{_DEVELOPER}.useEmulation",
    "rollout_strategy": f"{_CONFIG}.vmRolloutStrategy",
    "eviction_strategy": f"{_CONFIG}.evictionStrategy",
    "workload_update_methods": "spec.workloadUpdateStrategy.workloadUpdateMethods",
    "infra_replicas": "spec.infra.replicas",
    "image_registry": "spec.imageRegistry",
    "image_tag": "spec.imageTag",
    "image_pull_policy": "spec.imagePullPolicy",
    "uninstall_strategy": "spec.uninstallStrategy",
    "feature_gates": f"{_DEVELOPER}.featureGates",
    "disabled_feature_gates": f"{_DEVELOPER}.disabledFeatureGates",
    "migrations.network": f"{_MIGRATIONS}.network",
    "migrations.per_cluster": f"{_MIGRATIONS}.parallelMigrationsPerCluster",
    "migrations.per_node": f"{_MIGRATIONS}.parallelOutboundMigrationsPerNode",
    "migrations.bandwidth": f"{_MIGRATIONS}.bandwidthPerMigration",
    "migrations.completion_timeout_per_gib": f"{_MIGRATIONS}.completionTimeoutPerGiB",
    "migrations.progress_timeout": f"{_MIGRATIONS}.progressTimeout",
    "migrations.auto_converge": f"{_MIGRATIONS}.allowAutoConverge",
    "migrations.post_copy": f"{_MIGRATIONS}.allowPostCopy",
    "migrations.workload_disruption": f"{_MIGRATIONS}.allowWorkloadDisruption",
    "migrations.unencrypted": f"{_MIGRATIONS}.disableTLS",
}
OPTIONS: Mapping[str, str] = {
    "metadata.name": "name",
    "metadata.namespace": "namespace",
    **{path: option for option, path in _PLAIN.items()},
    "spec.imagePullSecrets[*].name": "image_pull_secrets[*]",
    f"{_DEVICES}.pciHostDevices[*].pciVendorSelector": "permitted_host_devices.pci[*].selector",
    f"{_DEVICES}.pciHostDevices[*].resourceName": "permitted_host_devices.pci[*].resource",
    f"{_DEVICES}.mediatedDevices[*].mdevNameSelector": "permitted_host_devices.mediated[*].selector",
    f"{_DEVICES}.mediatedDevices[*].resourceName": "permitted_host_devices.mediated[*].resource",
    f"{_DEVICES}.usb[*].selectors[*].vendor": "permitted_host_devices.usb[*].selectors[*].vendor",
    f"{_DEVICES}.usb[*].selectors[*].product": "permitted_host_devices.usb[*].selectors[*].product",
    f"{_DEVICES}.usb[*].resourceName": "permitted_host_devices.usb[*].resource",
}


@dataclass(frozen=True)
class Cluster:
    """The wanted KubeVirt: ``spec`` is that of the object, written from the typed options over the raw one."""

    name: str
    namespace: str
    gates: tuple[tuple[Path, str], ...] = ()
    disabled: tuple[tuple[Path, str], ...] = ()
    image_tag: str = ""
    spec: Json = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Given) -> Cluster:
        """From the module's options; raises `InvalidInput` for one that is said twice."""
        return cls(
            given.name("name"),
            given.name("namespace"),
            _gates(given, "feature_gates"),
            _gates(given, "disabled_feature_gates"),
            given.text("image_tag", ""),
            _spec(given),
        )

    def manifest(self) -> Json:
        return manifest(kinds.KUBEVIRT, self.name, namespace=self.namespace, spec=self.spec)


def _gates(given: Given, key: str) -> tuple[tuple[Path, str], ...]:
    found: list[tuple[Path, str]] = []
    for item in given.items(key):
        if any(item.value == gate for _path, gate in found):
            item.refuse(f"{item.value} was named before")
        found.append((item.path, str(item.value)))
    return tuple(found)


def _spec(given: Given) -> Json:
    spec: Json = {"spec": given.get("spec", {})}
    for option, path in _PLAIN.items():
        spec = _over(given, spec, option, parse(path), dig(given.value, parse(option)))
    secrets = [{"name": name} for name in given.names("image_pull_secrets")]
    spec = _over(given, spec, "image_pull_secrets", ("spec", "imagePullSecrets"), secrets or None)
    devices = given.maybe("permitted_host_devices", _permitted)
    return _over(given, spec, "permitted_host_devices", parse(_DEVICES), devices)["spec"]


def _over(given: Given, spec: Json, option: str, path: Path, value: Json) -> Json:
    """The spec with an option's value in it; what the raw spec says too is refused."""
    if value is None:
        return spec
    if dig(spec, path) is not None:
        raise InvalidInput(f"{option} says that too: say it once", path=path)
    return put(spec, path, value)


def _permitted(given: Given) -> Json:
    return {
        "pciHostDevices": [_device(each, "pciVendorSelector") for each in given.items("pci")],
        "mediatedDevices": [_device(each, "mdevNameSelector") for each in given.items("mediated")],
        "usb": [_usb(each) for each in given.items("usb")],
    }


def _device(given: Given, selector: str) -> Json:
    return {selector: given.text("selector"), **_offer(given)}


def _usb(given: Given) -> Json:
    selectors = [{"vendor": s.text("vendor"), "product": s.text("product")} for s in given.items("selectors")]
    if not selectors:
        given.at("selectors").refuse("is required")
    return {"selectors": selectors, **_offer(given)}


def _offer(given: Given) -> Json:
    """Under which name pods ask for it; another device plugin may be the one that offers it."""
    return prune(resourceName=given.text("resource"), externalResourceProvider=given.flag("external") or None)


def observed(kubevirt: Json) -> Readiness:
    """`deployed`, and of this very generation."""
    verdict = kinds.deployed(kubevirt)
    newest, seen = lag(kubevirt)
    if not isinstance(verdict, Ready) or seen >= newest:
        return verdict
    return NotYet(f"generation {newest} has not been observed yet")


def lag(kubevirt: Json) -> tuple[int, int]:
    """The object's generation, and the one that virt-operator says it has deployed."""
    return dig(kubevirt, ("metadata", "generation")) or 0, dig(kubevirt, ("status", "observedGeneration")) or 0


@dataclass(frozen=True)
class Plugging:
    """What KubeVirt can do for hot-plugging: whether it plugs volumes, and migrates by itself what needs it."""

    volumes: bool
    migrates: bool


def plugging(kubevirt: Json) -> Plugging:
    """As it is configured; None where there is no KubeVirt yet, of which all is hoped.

    Migrations come by themselves where virt-controller may migrate workloads (workload-updater.go).
    """
    if kubevirt is None:
        return Plugging(volumes=True, migrates=False)
    developer = dig(kubevirt, parse(_DEVELOPER)) or {}
    lists = developer.get("featureGates") or [], developer.get("disabledFeatureGates") or []
    minor = gates.minor_of(version_of(kubevirt))
    volumes = any(gates.is_on(gate, minor, *lists) for gate in ("HotplugVolumes", "DeclarativeHotplugVolumes"))
    methods = dig(kubevirt, parse(_PLAIN["workload_update_methods"])) or []
    return Plugging(volumes, "LiveMigrate" in methods)


_TAG = re.compile(r"v\d+\.\d+\.\d+")


def version_of(kubevirt: Json) -> str:
    """The version that runs or is being installed; empty where nobody has said."""
    status = (kubevirt or {}).get("status") or {}
    return str(status.get("targetKubeVirtVersion") or status.get("observedKubeVirtVersion") or "")


def operators_version(deployment: Json) -> str:
    """The version that a virt-operator installs: its environment says so, or its image's tag."""
    containers = dig(deployment, ("spec", "template", "spec", "containers")) or [{}]
    named = {each.get("name"): each.get("value") for each in containers[0].get("env") or []}
    tag = _TAG.search(str(containers[0].get("image", "")).rpartition(":")[2])
    return str(named.get("KUBEVIRT_VERSION") or (tag.group() if tag else ""))


def summary(kubevirt: Json) -> Json:
    """KubeVirt in a few words."""
    status, gates = kubevirt.get("status") or {}, dig(kubevirt, parse(f"{_DEVELOPER}.featureGates")) or []
    return {
        "version": version_of(kubevirt),
        "phase": str(status.get("phase") or ""),
        "ready": isinstance(kinds.deployed(kubevirt), Ready),
        "feature_gates": list(gates),
        "outdated_workloads": int(status.get("outdatedVirtualMachineInstanceWorkloads") or 0),
    }
