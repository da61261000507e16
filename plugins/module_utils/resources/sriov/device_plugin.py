# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SR-IOV network device plugin without the operator, where somebody else makes the VFs: its configuration, which it
reads only when it starts (k8snetworkplumbingwg/sriov-network-device-plugin v3.11, README)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...core import json_text
from ...core.change import Impact
from ...core.clock import Deadline
from ...core.error import Finding, NfviError, refuse
from ...core.fields import choice, flag, mapping, mappings, needed, public, text, texts, written
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig, parse
from ...core.plan import Plan
from ...core.readiness import NotYet, Readiness, Ready
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.item import Item
from ...engine.place import Place
from ...engine.wait import until_ready

_FILE = "config.json"
_DIGEST = "nfvi.kubevim.io/device-plugin-config"
_NAME = re.compile(r"[a-zA-Z0-9_]+\Z")
_PREFIX = "intel.com"
_SELECTOR = {
    "vendors": texts("vendors"),
    "devices": texts("devices"),
    "drivers": texts("drivers"),
    "pf_names": texts("pfNames"),
    "root_devices": texts("rootDevices"),
    "pci_addresses": texts("pciAddresses"),
    "link_types": texts("linkTypes"),
    "ddp_profiles": texts("ddpProfiles"),
    "p_keys": public(texts("pKeys")),
    "aux_types": texts("auxTypes"),
    "is_rdma": flag("isRdma"),
    "need_vhost_net": flag("needVhostNet"),
    "vdpa_type": choice("vdpaType", "virtio", "vhost"),
}
_RESOURCE = {
    "resource_name": needed(text("resourceName")),
    "resource_prefix": text("resourcePrefix"),
    "device_type": choice("deviceType", "netDevice", "accelerator", "auxNetDevice"),
    "exclude_topology": flag("excludeTopology"),
    "selectors": mappings("selectors", _SELECTOR),
    "additional_info": mapping("additionalInfo"),
}
OPTIONS = {
    "config_map": text("configMap", default="sriovdp-config"),
    "namespace": text("namespace", default="kube-system"),
    "daemon_set": text("daemonSet", default="kube-sriov-device-plugin"),
    "nodes": texts("nodes"),
    "resources": mappings("resourceList", _RESOURCE),
}


@dataclass(frozen=True)
class Plugin:
    """What is declared; ``resources`` are entries of ``resourceList``."""

    given: Given
    resources: tuple[Json, ...]

    @classmethod
    def parse(cls, given: Given) -> Plugin:
        """Raises `InvalidInput` for what the plugin would not start with, or never find a device for."""
        plugin = cls(given, given.each("resources", lambda each: written(each, _RESOURCE)))
        refuse(plugin.findings())
        return plugin

    @property
    def namespace(self) -> str:
        return self.given.name("namespace")

    @property
    def config(self) -> str:
        return json_text.write({"resourceList": list(self.resources)})

    @property
    def names(self) -> list[str]:
        """The resources as pods ask for them."""
        return [f"{each.get('resourcePrefix') or _PREFIX}/{each['resourceName']}" for each in self.resources]

    def config_map(self) -> Json:
        meta = {"name": self.given.name("config_map"), "namespace": self.namespace}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {_FILE: self.config}}

    def daemon_set(self) -> Json:
        """No more of it than what makes its pods anew with another configuration."""
        meta = {"name": self.given.name("daemon_set"), "namespace": self.namespace}
        notes = {_DIGEST: hashlib.sha256(self.config.encode()).hexdigest()}
        spec = {"template": {"metadata": {"annotations": notes}}}
        return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta, "spec": spec}

    def findings(self) -> Iterator[Finding]:
        """What is wrong with it."""
        for index, resource in enumerate(self.resources):
            path = (*self.given.path, "resources", index)
            name = resource["resourceName"]
            if not _NAME.match(name):
                yield Finding((*path, "resource_name"), f"{name!r} may have letters, digits and '_' only")
            if self.names[index] in self.names[:index]:
                yield Finding((*path, "resource_name"), f"{self.names[index]} was named before")
            for number, selector in enumerate(resource.get("selectors") or []):
                kind = resource.get("deviceType") or "netDevice"
                for key, reason in _unfit(selector, kind):
                    yield Finding((*path, "selectors", number, key), reason)


def _unfit(selector: Json, kind: str) -> Iterator[tuple[str, str]]:
    if selector.get("isRdma") and selector.get("vdpaType"):
        yield "vdpa_type", "excludes is_rdma"
    if selector.get("isRdma") and selector.get("drivers") == ["vfio-pci"]:
        yield "is_rdma", "a device that vfio-pci has is no RDMA device"
    if selector.get("auxTypes") and kind != "auxNetDevice":
        yield "aux_types", f"is for auxNetDevice, not {kind}"
    if kind == "accelerator":
        for key in ("pf_names", "is_rdma", "need_vhost_net", "vdpa_type", "link_types", "ddp_profiles"):
            if selector.get(_SELECTOR[key].to):
                yield key, "is for network devices, not accelerator"


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """The plugin's configuration present or absent, and read by its pods."""
    _only(given)
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    plugin = Plugin.parse(given.at("device_plugin"))
    place = Place(plugin.given.path, {f'data["{_FILE}"]': "resources"})
    if given.text("state") == "absent":
        done = kube.converge([(place, plugin.config_map())], "absent", mode)
        return Result(done.plan, {"sriov": {"config_map": {}}}, done.warnings, done.verified)
    there = _live(kube, "v1", "ConfigMap", plugin, mode).get(plugin.given.name("config_map"))
    wanted = [(place, json_text.kept(plugin.config_map(), there, ("data", _FILE)))]
    daemons = _live(kube, "apps/v1", "DaemonSet", plugin, mode)
    runs = plugin.given.name("daemon_set") in daemons
    done = kube.converge(wanted + ([(place, plugin.daemon_set())] if runs else []), "present", mode)
    if mode.apply and kube.settings.wait:
        _until_offered(plugin, kube, deadline, mode, done.plan.actions)
    result = Result(_restarting(done.plan), {"sriov": {"config_map": done.objects[0]}}, done.warnings, done.verified)
    return result if runs else result.warning(f"no DaemonSet {plugin.given.name('daemon_set')} reads it yet")


def _only(given: Given) -> None:
    for key in ("operator_config", "policies", "networks", "ib_networks", "ovs_networks", "owner"):
        if given.has(key):
            given.at(key).refuse("is for mode operator")
    if not given.has("device_plugin"):
        given.at("device_plugin").refuse("is required for mode device_plugin")


def _live(kube: Kube, version: str, kind: str, plugin: Plugin, mode: Mode) -> Mapping[str, Json]:
    row = kube.registry.find(version, kind)
    found = kube.everything(row, mode, plugin.namespace) if row else []
    return {str(each["metadata"]["name"]): each for each in found}


def _restarting(plan: Plan) -> Plan:
    """Pods of the plugin start anew; those that have devices keep them."""
    impact = Impact.SERVICE_RESTART
    return Plan.of(replace(each, impact=impact) if each.target.startswith("DaemonSet") else each for each in plan)


def _until_offered(plugin: Plugin, kube: Kube, deadline: Deadline, mode: Mode, done: list[str]) -> None:
    """Wait until every node that was named offers every resource."""
    row = kube.registry.find("v1", "Node")
    if row is None:
        return
    kind = replace(row, ready=(lambda node: offered(plugin.names, node),))
    items = [
        Item(kind, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": each.value}}, Place(each.path))
        for each in plugin.given.items("nodes")
    ]
    try:
        until_ready(kube.client, items, {}, deadline, mode)
    except NfviError as error:
        raise error.after(done) from None


def offered(names: list[str], node: Json) -> Readiness:
    """Whether a node has a device of every resource."""
    there = dig(node, parse("status.allocatable")) or {}
    missing = [name for name in names if str(there.get(name) or "0") == "0"]
    return NotYet(f"offers no {', '.join(missing)} yet") if missing else Ready()
