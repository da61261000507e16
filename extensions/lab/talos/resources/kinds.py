# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of resources the lab serves (facts of pkg/machinery/resources/** and cosi-project/runtime, v1.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A resource type: ``message`` is its spec's, ``columns`` are talosctl's, written ``Name=path; …``."""

    type: str
    singular: str
    namespace: str
    message: str
    columns: str = ""
    aliases: tuple[str, ...] = ()
    sensitive: bool = False
    automatic_aliases: bool = True

    @property
    def id(self) -> str:
        """The id of its ResourceDefinition."""
        return self.type.lower()

    def definition(self) -> dict[str, Any]:
        """The spec of its ResourceDefinition, aliases derived as COSI derives them (resource/meta/spec)."""
        name, _dot, suffix = self.type.partition(".")
        aliases, every = list(self.aliases), []
        if self.automatic_aliases:
            aliases.append(self.singular.lower())
            parts = suffix.split(".")
            every = [name.lower(), *(".".join([name.lower(), *parts[:count]]) for count in range(1, len(parts)))]
            capitals = "".join(letter for letter in name if letter.isupper())
            if len(capitals) > 1:
                aliases += [capitals.lower()] + ([] if capitals.endswith("S") else [f"{capitals}s".lower()])
        columns = [
            dict(zip(("name", "jsonPath"), entry.split("=", 1), strict=True))
            for entry in self.columns.split("; ")
            if entry
        ]
        return {
            "type": self.type,
            "displayType": self.singular,
            "defaultNamespace": self.namespace,
            "aliases": aliases,
            "allAliases": every + aliases,
            "printColumns": columns,
            **({"sensitivity": "sensitive"} if self.sensitive else {}),
        }


_SPEC = "talos.resource.definitions"

DEFINITIONS = Kind(
    "ResourceDefinitions.meta.cosi.dev",
    "ResourceDefinition",
    "meta",
    "cosi.resource.meta.ResourceDefinitionSpec",
    "Aliases={.aliases[:]}",
    ("api-resources",),
)
MACHINE_CONFIGS = Kind(
    "MachineConfigs.config.talos.dev", "MachineConfig", "config", "resource.config.MachineConfigSpec", sensitive=True
)
MACHINE_TYPES = Kind(
    "MachineTypes.config.talos.dev", "MachineType", "config", "resource.config.MachineTypeSpec", "Type={@}"
)
MACHINE_STATUSES = Kind(
    "MachineStatuses.runtime.talos.dev",
    "MachineStatus",
    "runtime",
    f"{_SPEC}.runtime.MachineStatusSpec",
    "Stage={.stage}; Ready={.status.ready}",
)
MEMBERS = Kind(
    "Members.cluster.talos.dev",
    "Member",
    "cluster",
    f"{_SPEC}.cluster.MemberSpec",
    "Hostname={.hostname}; Machine Type={.machineType}; OS={.operatingSystem}; Addresses={.addresses}",
)
DISKS = Kind(
    "Disks.block.talos.dev",
    "Disk",
    "runtime",
    f"{_SPEC}.block.DiskSpec",
    "Size={.pretty_size}; Read Only={.readonly}; Transport={.transport}; Rotational={.rotational}; WWID={.wwid}; "
    "Model={.model}; Serial={.serial}",
)
SYSTEM_DISKS = Kind(
    "SystemDisks.block.talos.dev", "SystemDisk", "runtime", f"{_SPEC}.block.SystemDiskSpec", "Disk={.diskID}"
)
DISCOVERED_VOLUMES = Kind(
    "DiscoveredVolumes.block.talos.dev",
    "DiscoveredVolume",
    "runtime",
    f"{_SPEC}.block.DiscoveredVolumeSpec",
    "Type={.type}; Size={.pretty_size}; Discovered={.name}; Label={.label}; PartitionLabel={.partition_label}",
)
VOLUME_STATUSES = Kind(
    "VolumeStatuses.block.talos.dev",
    "VolumeStatus",
    "runtime",
    f"{_SPEC}.block.VolumeStatusSpec",
    "Type={.type}; Phase={.phase}; Location={.location}; Size={.prettySize}",
)
LINK_STATUSES = Kind(
    "LinkStatuses.net.talos.dev",
    "LinkStatus",
    "network",
    f"{_SPEC}.network.LinkStatusSpec",
    "Alias={.alias}; Type={.type}; Kind={.kind}; Hw Addr={.hardwareAddr}; Oper State={.operationalState}; "
    "Link State={.linkState}",
    ("link", "links"),
)
ADDRESS_STATUSES = Kind(
    "AddressStatuses.net.talos.dev",
    "AddressStatus",
    "network",
    f"{_SPEC}.network.AddressStatusSpec",
    "Address={.address}; Link={.linkName}",
    ("address", "addresses"),
)
NODE_ADDRESSES = Kind(
    "NodeAddresses.net.talos.dev",
    "NodeAddress",
    "network",
    f"{_SPEC}.network.NodeAddressSpec",
    "Addresses={.addresses}; SortAlgorithm={.sortAlgorithm}",
)
HOSTNAME_STATUSES = Kind(
    "HostnameStatuses.net.talos.dev",
    "HostnameStatus",
    "network",
    f"{_SPEC}.network.HostnameStatusSpec",
    "Hostname={.hostname}; Domainname={.domainname}",
    ("hostname",),
)
NETWORK_STATUSES = Kind(
    "NetworkStatuses.net.talos.dev",
    "NetworkStatus",
    "network",
    f"{_SPEC}.network.StatusSpec",
    "Address={.addressReady}; Connectivity={.connectivityReady}; Hostname={.hostnameReady}; Etc={.etcFilesReady}",
    ("netstatus", "netstatuses"),
)
SYSTEM_INFORMATIONS = Kind(
    "SystemInformations.hardware.talos.dev",
    "SystemInformation",
    "hardware",
    f"{_SPEC}.hardware.SystemInformationSpec",
    "Manufacturer={.manufacturer}; ProductName={.productName}; Version={.version}; SerialNumber={.serialnumber}; "
    "UUID={.uuid}; WakeUpType={.wakeUpType}; SKUNumber={.skuNumber}",
    ("systeminformation",),
)
PROCESSORS = Kind(
    "Processors.hardware.talos.dev",
    "Processor",
    "hardware",
    f"{_SPEC}.hardware.ProcessorSpec",
    "Manufacturer={.manufacturer}; Model={.productName}; Cores={.coreCount}; Threads={.threadCount}",
    ("cpus", "cpu"),
)
PCI_DEVICES = Kind(
    "PCIDevices.hardware.talos.dev",
    "PCIDevice",
    "hardware",
    f"{_SPEC}.hardware.PCIDeviceSpec",
    "Class={.class}; Subclass={.subclass}; Vendor={.vendor}; Product={.product}",
    ("devices", "device"),
)
VERSIONS = Kind(
    "Versions.runtime.talos.dev",
    "Version",
    "runtime",
    f"{_SPEC}.runtime.VersionSpec",
    "Name={.name}; Version={.version}",
)
DIAGNOSTICS = Kind(
    "Diagnostics.runtime.talos.dev", "Diagnostic", "runtime", f"{_SPEC}.runtime.DiagnosticSpec", "Message={.message}"
)
KERNEL_CMDLINES = Kind(
    "KernelCmdlines.runtime.talos.dev",
    "KernelCmdline",
    "runtime",
    f"{_SPEC}.runtime.KernelCmdlineSpec",
    "Cmdline={.cmdline}",
    ("cmdline",),
)
META_KEYS = Kind(
    "MetaKeys.runtime.talos.dev", "MetaKey", "runtime", f"{_SPEC}.runtime.MetaKeySpec", "Value={.value}", ("meta",)
)
EXTENSION_STATUSES = Kind(
    "ExtensionStatuses.runtime.talos.dev",
    "ExtensionStatus",
    "runtime",
    f"{_SPEC}.extensions.Layer",
    "Name={.metadata.name}; Version={.metadata.version}",
    ("extensions",),
)
SECURITY_STATES = Kind(
    "SecurityStates.talos.dev",
    "SecurityState",
    "runtime",
    f"{_SPEC}.runtime.SecurityStateSpec",
    "SecureBoot={.secureBoot}; UKISigningKeyFingerprint={.ukiSigningKeyFingerprint}; "
    "PCRSigningKeyFingerprint={.pcrSigningKeyFingerprint}; SELinuxState={.selinuxState}; "
    "ModuleSignatureEnforced={.moduleSignatureEnforced}",
)
SERVICES = Kind(
    "Services.v1alpha1.talos.dev",
    "Service",
    "runtime",
    f"{_SPEC}.v1alpha1.ServiceSpec",
    "Running={.running}; Healthy={.healthy}; Health Unknown={.unknown}",
    ("svc",),
)
NODENAMES = Kind(
    "Nodenames.kubernetes.talos.dev", "Nodename", "k8s", f"{_SPEC}.k8s.NodenameSpec", "Nodename={.nodename}"
)
NODE_STATUSES = Kind(
    "NodeStatuses.kubernetes.talos.dev",
    "NodeStatus",
    "k8s",
    f"{_SPEC}.k8s.NodeStatusSpec",
    "Ready={.nodeReady}; Unschedulable={.unschedulable}",
)
OS_ROOTS = Kind(
    "OSRootSecrets.secrets.talos.dev", "OSRootSecret", "secrets", f"{_SPEC}.secrets.OSRootSpec", sensitive=True
)
KUBERNETES_ROOTS = Kind(
    "KubernetesRootSecrets.secrets.talos.dev",
    "KubernetesRootSecret",
    "secrets",
    f"{_SPEC}.secrets.KubernetesRootSpec",
    sensitive=True,
)
KUBELET_SPECS = Kind(
    "KubeletSpecs.kubernetes.talos.dev", "KubeletSpec", "k8s", f"{_SPEC}.k8s.KubeletSpecSpec", sensitive=True
)
TIME_STATUSES = Kind(
    "TimeStatuses.v1alpha1.talos.dev", "TimeStatus", "runtime", f"{_SPEC}.time.StatusSpec", "Synced={.synced}"
)
ETCD_MEMBERS = Kind(
    "EtcdMembers.etcd.talos.dev", "EtcdMember", "etcd", f"{_SPEC}.etcd.MemberSpec", "Member ID={.memberID}"
)

ALL = (
    DEFINITIONS,
    MACHINE_CONFIGS,
    MACHINE_TYPES,
    MACHINE_STATUSES,
    MEMBERS,
    DISKS,
    SYSTEM_DISKS,
    DISCOVERED_VOLUMES,
    VOLUME_STATUSES,
    LINK_STATUSES,
    ADDRESS_STATUSES,
    NODE_ADDRESSES,
    HOSTNAME_STATUSES,
    NETWORK_STATUSES,
    SYSTEM_INFORMATIONS,
    PROCESSORS,
    PCI_DEVICES,
    VERSIONS,
    DIAGNOSTICS,
    KERNEL_CMDLINES,
    META_KEYS,
    EXTENSION_STATUSES,
    SECURITY_STATES,
    SERVICES,
    NODENAMES,
    NODE_STATUSES,
    OS_ROOTS,
    KUBERNETES_ROOTS,
    KUBELET_SPECS,
    TIME_STATUSES,
    ETCD_MEMBERS,
)
