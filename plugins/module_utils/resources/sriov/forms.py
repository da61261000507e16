# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what the SR-IOV operator reads is written: the user's options, and their fields."""

from __future__ import annotations

from ...core.fields import Field, choice, flag, json_of, mapping, mappings, needed, number, text, texts
from ...engine.form import Form
from . import kinds

_NICS = {
    "vendor": text("vendor"),
    "device_id": text("deviceID"),
    "pf_names": texts("pfNames"),
    "root_devices": texts("rootDevices"),
    "net_filter": text("netFilter"),
}
_POLICY = {
    "resource_name": needed(text("resourceName")),
    "node_selector": needed(mapping("nodeSelector")),
    "nic_selector": needed(mapping("nicSelector", _NICS)),
    "num_vfs": needed(number("numVfs", 1)),
    "priority": number("priority", 0, 99),
    "device_type": choice("deviceType", "netdevice", "vfio-pci"),
    "e_switch_mode": choice("eSwitchMode", "legacy", "switchdev"),
    "is_rdma": flag("isRdma"),
    "link_type": choice("linkType", "eth", "ib"),
    "mtu": number("mtu", 1),
    "need_vhost_net": flag("needVhostNet"),
    "vdpa_type": choice("vdpaType", "virtio", "vhost"),
    "exclude_topology": flag("excludeTopology"),
    "externally_managed": flag("externallyManaged"),
    "bridge": mapping("bridge"),
}
# Of every network, whatever its device.
_ANY = {
    "resource_name": needed(text("resourceName")),
    "network_namespace": text("networkNamespace"),
    "ipam": json_of("ipam"),
    "capabilities": json_of("capabilities"),
    "meta_plugins": text("metaPlugins"),
}
_LINK = {"link_state": choice("linkState", "auto", "enable", "disable")}
_NETWORK = {
    **_ANY,
    **_LINK,
    "vlan": number("vlan", 0, 4094),
    "vlan_qos": number("vlanQoS", 0, 7),
    "vlan_proto": choice("vlanProto", "802.1q", "802.1ad"),
    "spoof_chk": choice("spoofChk", "on", "off"),
    "trust": choice("trust", "on", "off"),
    "min_tx_rate": number("minTxRate", 0),
    "max_tx_rate": number("maxTxRate", 0),
    "log_level": choice("logLevel", "panic", "error", "warning", "info", "debug"),
    "log_file": text("logFile"),
}
_TRUNK = {"id": number("id", 0, 4095), "min_id": number("minID", 0, 4095), "max_id": number("maxID", 0, 4095)}
_OVS_NETWORK = {
    **_ANY,
    "bridge": text("bridge"),
    "vlan": number("vlan", 0, 4095),
    "mtu": number("mtu", 1),
    "trunk": mappings("trunk", _TRUNK),
    "interface_type": text("interfaceType"),
}
_CONFIG = {
    "configuration_mode": choice("configurationMode", "daemon", "systemd"),
    "disable_drain": flag("disableDrain"),
    "enable_injector": flag("enableInjector"),
    "enable_operator_webhook": flag("enableOperatorWebhook"),
    "config_daemon_node_selector": mapping("configDaemonNodeSelector"),
    "disable_plugins": Field("disablePlugins", "list", "str", choices=("mellanox",)),
    "feature_gates": mapping("featureGates"),
    "log_level": number("logLevel", 0, 2),
    "use_cdi": flag("useCDI"),
}
POLICY = Form(kinds.POLICY, _POLICY)
# The lists of networks, by the option that they are given under.
NETWORKS = {
    "networks": Form(kinds.NETWORK, _NETWORK),
    "ib_networks": Form(kinds.IB_NETWORK, {**_ANY, **_LINK}),
    "ovs_networks": Form(kinds.OVS_NETWORK, _OVS_NETWORK),
}
LISTS = {"policies": POLICY, **NETWORKS}
CONFIG = Form(kinds.OPERATOR_CONFIG, _CONFIG)


def options(form: Form) -> dict[str, Field]:
    """Of one thing in a list. The operator reads one namespace, which is no option of each thing."""
    return {key: each for key, each in form.options().items() if key != "namespace"}
