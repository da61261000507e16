# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a user's options become the configuration of a CNI plugin, one function a plugin. All pure.

Field names are each plugin's own: containernetworking/plugins (bridge, ipvlan, macvlan), k8snetworkplumbingwg/ovs-cni
and sriov-cni, intel/userspace-cni-network-plugin, and Kube-OVN's docs/advance/multi-nic.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...core.given import Given
from ...core.path import Json, prune

# Where Kube-OVN's daemon listens on every node.
_SOCKET = "/run/openvswitch/kube-ovn-daemon.sock"
_VLANS = (0, 4094)
_BYTES = (68, 65535)
# Linux' IFNAMSIZ, less the zero at the end.
_LONGEST_INTERFACE = 15


@dataclass(frozen=True)
class Plugin:
    """A CNI plugin: which options it has, which of them it needs, and what it makes of them."""

    options: frozenset[str]
    needs: tuple[str, ...]
    configure: Callable[[Given], Json]


def interface(given: Given, key: str) -> str:
    """The name of a network interface of a node; empty when absent."""
    name = given.text(key, "")
    if len(name) > _LONGEST_INTERFACE or any(mark in name for mark in "/ \t"):
        given.at(key).refuse(f"{name!r} is no name of an interface", hint="at most 15 characters, no '/' or space")
    return name


def number(given: Given, key: str, low: int, high: int) -> int | None:
    """A whole number within ``low`` … ``high``; None when absent."""
    return given.integer(key, low=low, high=high) if given.has(key) else None


def provider(given: Given) -> str:
    """What Kube-OVN calls the attachment."""
    return f"{given.text('name')}.{given.text('namespace', 'default')}"


def ipam(given: Given) -> Json:
    """Who gives addresses. For Kube-OVN, what names the attachment is filled in."""
    wanted = given.get("ipam")
    if wanted is None:
        return None
    if not given.at("ipam").get("type"):
        given.at("ipam").at("type").refuse("is required")
    if wanted["type"] != "kube-ovn":
        return wanted
    return {"server_socket": _SOCKET, **wanted, "provider": wanted.get("provider") or provider(given)}


def _switch(given: Given, key: str) -> str | None:
    return None if not given.has(key) else "on" if given.flag(key) else "off"


def _on_interface(*modes: str) -> Callable[[Given], Json]:
    """A plugin that puts pods on an interface of the node."""

    def configure(given: Given) -> Json:
        mode = given.choice("mode", modes) if given.has("mode") else None
        return prune(master=interface(given, "master"), mode=mode, mtu=number(given, "mtu", *_BYTES), ipam=ipam(given))

    return configure


def _bridge(given: Given) -> Json:
    return prune(
        bridge=interface(given, "bridge"),
        vlan=number(given, "vlan", *_VLANS),
        mtu=number(given, "mtu", *_BYTES),
        ipam=ipam(given),
    )


def _ovs(given: Given) -> Json:
    return prune(**_bridge(given), trunk=list(given.each("trunk", _trunk)))


def _trunk(given: Given) -> Json:
    """One VLAN, or a range of them."""
    only, low, high = (number(given, key, *_VLANS) for key in ("id", "min_id", "max_id"))
    ends = [end for end in (low, high) if end is not None]
    if len(ends) != (2 if only is None else 0):
        given.refuse("either id, or min_id and max_id, is required")
    if low is not None and high is not None and low > high:
        given.at("min_id").refuse(f"{low} is above max_id {high}")
    return prune(id=only, minID=low, maxID=high)


def _sriov(given: Given) -> Json:
    slowest, fastest = (number(given, key, 0, 2**31 - 1) for key in ("min_tx_rate", "max_tx_rate"))
    if slowest is not None and fastest and slowest > fastest:
        given.at("min_tx_rate").refuse(f"{slowest} is above max_tx_rate {fastest}")
    vlan, qos = number(given, "vlan", *_VLANS), number(given, "vlan_qos", 0, 7)
    if qos and not vlan:
        given.at("vlan_qos").refuse("needs a vlan that is not 0")
    return prune(
        vlan=vlan,
        vlanQoS=qos,
        spoofchk=_switch(given, "spoof_check"),
        trust=_switch(given, "trust"),
        link_state=given.get("link_state"),
        min_tx_rate=slowest,
        max_tx_rate=fastest,
        ipam=ipam(given),
    )


def _userspace(given: Given) -> Json:
    return prune(host=given.maybe("host", _end), container=given.maybe("container", _end), ipam=ipam(given))


def _end(given: Given) -> Json:
    """One end of the wire: what forwards there, and how the two ends meet."""
    kind = given.text("iftype")
    other = {"memif": "vhost_mode", "vhostuser": "memif_role"}[kind]
    if given.has(other):
        given.at(other).refuse(f"says nothing for iftype {kind}")
    return prune(
        engine=given.text("engine"),
        iftype=kind,
        netType=given.get("net_type"),
        memif=prune(role=given.get("memif_role"), mode="ethernet" if given.has("memif_role") else None),
        vhost=prune(mode=given.get("vhost_mode")),
        bridge=prune(bridgeName=given.get("bridge")),
    )


def _kube_ovn(given: Given) -> Json:
    return {"server_socket": _SOCKET, "provider": f"{provider(given)}.ovn"}


_COMMON = {"name", "namespace", "type", "cni_version", "chain", "capabilities", "subnet"}


def _plugin(configure: Callable[[Given], Json], *options: str, needs: tuple[str, ...] = ()) -> Plugin:
    return Plugin(frozenset({*_COMMON, *options}), needs, configure)


PLUGINS: Mapping[str, Plugin] = {
    "bridge": _plugin(_bridge, "bridge", "vlan", "mtu", "ipam"),
    "ipvlan": _plugin(_on_interface("l2", "l3", "l3s"), "master", "mode", "mtu", "ipam"),
    "kube-ovn": _plugin(_kube_ovn, "resource"),
    "macvlan": _plugin(_on_interface("bridge", "private", "vepa", "passthru"), "master", "mode", "mtu", "ipam"),
    "ovs": _plugin(_ovs, "bridge", "vlan", "trunk", "mtu", "resource", "ipam", needs=("bridge",)),
    "sriov": _plugin(
        _sriov, "resource", "vlan", "vlan_qos", "trust", "spoof_check", "link_state", "min_tx_rate", "max_tx_rate",
        "ipam", needs=("resource",),
    ),
    "userspace": _plugin(_userspace, "host", "container", "ipam", needs=("host", "container")),
}  # fmt: skip


def configuration(given: Given, plugin: Plugin) -> Json:
    """The whole configuration, with what is chained behind the plugin."""
    head = {"cniVersion": given.text("cni_version", "0.3.1"), "name": given.text("name")}
    body = prune(type=given.text("type"), **plugin.configure(given), capabilities=given.get("capabilities"))
    chained = [_chained(each) for each in given.items("chain")]
    return {**head, "plugins": [body, *chained]} if chained else {**head, **body}


def _chained(given: Given) -> Json:
    given.text("type")
    return given.value
