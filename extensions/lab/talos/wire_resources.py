# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field numbers of the specs of the resources the lab serves, v1.13 (facts of Talos' api/resource/**/*.proto).

Only fields that the lab fills are listed. ``=key`` is the name of the field in the resource's YAML form where that is
not the field's name in lowerCamelCase (facts of the ``yaml`` tags in pkg/machinery/resources/**).
"""

from __future__ import annotations

from .wire_notation import File

_PREFIX = "talos.resource.definitions"
_COMMON = "common/common.proto"
_ENUMS = "resource/definitions/enums/enums.proto"

CONFIG = File(
    "resource/config/config.proto",
    "resource.config",
    enums={"MachineType": "0 UNKNOWN, 1 INIT, 2 CONTROL_PLANE, 3 WORKER"},
    messages={
        "MachineConfigSpec": "1 bytes yaml_marshalled",
        "MachineTypeSpec": "1 #.resource.config.MachineType machine_type",
    },
)

ENUMS = File(
    _ENUMS,
    f"{_PREFIX}.enums",
    enums={
        "RuntimeMachineStage": (
            "0 MACHINE_STAGE_UNKNOWN, 1 MACHINE_STAGE_BOOTING, 2 MACHINE_STAGE_INSTALLING, "
            "3 MACHINE_STAGE_MAINTENANCE, "
            "4 MACHINE_STAGE_RUNNING, 5 MACHINE_STAGE_REBOOTING, 6 MACHINE_STAGE_SHUTTING_DOWN, "
            "7 MACHINE_STAGE_RESETTING, 8 MACHINE_STAGE_UPGRADING"
        ),
        "BlockVolumePhase": (
            "0 VOLUME_PHASE_WAITING, 1 VOLUME_PHASE_FAILED, 2 VOLUME_PHASE_MISSING, 3 VOLUME_PHASE_LOCATED, "
            "4 VOLUME_PHASE_PROVISIONED, 5 VOLUME_PHASE_PREPARED, 6 VOLUME_PHASE_READY, 7 VOLUME_PHASE_CLOSED"
        ),
        "BlockVolumeType": (
            "0 VOLUME_TYPE_PARTITION, 1 VOLUME_TYPE_DISK, 2 VOLUME_TYPE_TMPFS, 3 VOLUME_TYPE_DIRECTORY, "
            "4 VOLUME_TYPE_SYMLINK, 5 VOLUME_TYPE_OVERLAY, 6 VOLUME_TYPE_EXTERNAL"
        ),
        "RuntimeSELinuxState": "0 SE_LINUX_STATE_DISABLED, 1 SE_LINUX_STATE_PERMISSIVE, 2 SE_LINUX_STATE_ENFORCING",
        "RuntimeFIPSState": "0 FIPS_STATE_DISABLED, 1 FIPS_STATE_ENABLED, 2 FIPS_STATE_STRICT",
        "MachineType": "0 TYPE_UNKNOWN, 1 TYPE_INIT, 2 TYPE_CONTROL_PLANE, 3 TYPE_WORKER",
        "NethelpersLinkType": "0 LINK_NETROM, 1 LINK_ETHER, 772 LINK_LOOPBCK",
        "NethelpersOperationalState": "0 OPER_STATE_UNKNOWN, 2 OPER_STATE_DOWN, 6 OPER_STATE_UP",
        "NethelpersPort": "0 TWISTED_PAIR, 3 FIBRE, 5 DIRECT_ATTACH, 255 OTHER",
        "NethelpersDuplex": "0 HALF, 1 FULL, 255 UNKNOWN",
        "NethelpersFamily": "0 NETHELPERS_FAMILY_UNSPECIFIED, 2 FAMILY_INET4, 10 FAMILY_INET6",
        "NethelpersScope": "0 SCOPE_GLOBAL, 253 SCOPE_LINK, 254 SCOPE_HOST",
        "NethelpersAddressSortAlgorithm": "0 ADDRESS_SORT_ALGORITHM_V1, 1 ADDRESS_SORT_ALGORITHM_V2",
    },
)

CLUSTER = File(
    "resource/definitions/cluster/cluster.proto",
    f"{_PREFIX}.cluster",
    (_COMMON, _ENUMS),
    messages={
        "ControlPlane": "1 int64 api_server_port=port",
        "MemberSpec": (
            f"1 string node_id, 2 .common.NetIP* addresses, 3 string hostname, "
            f"4 #.{_PREFIX}.enums.MachineType machine_type, "
            f"5 string operating_system, 6 .{_PREFIX}.cluster.ControlPlane control_plane"
        ),
    },
)

BLOCK = File(
    "resource/definitions/block/block.proto",
    f"{_PREFIX}.block",
    (_ENUMS,),
    messages={
        "DiskSpec": (
            "1 uint64 size, 2 uint64 io_size=io_size, 3 uint64 sector_size=sector_size, 4 bool readonly, "
            "5 string model, "
            "6 string serial, 8 string wwid, 9 string bus_path=bus_path, 10 string sub_system=sub_system, "
            "11 string transport, 12 bool rotational, 13 bool cdrom, 14 string dev_path=dev_path, "
            "15 string pretty_size=pretty_size, 18 string* symlinks"
        ),
        "SystemDiskSpec": "1 string disk_id=diskID, 2 string dev_path",
        "DiscoveredVolumeSpec": (
            "1 uint64 size, 4 string name, 6 string label, 12 string partition_label=partition_label, "
            "13 uint64 partition_index=partition_index, 14 string type, 15 string device_path=device_path, "
            "16 string parent, 17 string dev_path=dev_path, 18 string parent_dev_path=parent_dev_path, "
            "19 string pretty_size=pretty_size, 20 uint64 offset"
        ),
        "VolumeStatusSpec": (
            f"1 #.{_PREFIX}.enums.BlockVolumePhase phase, 2 string location, 7 string parent_location, "
            f"9 uint64 size, 11 string mount_location, 13 string pretty_size, "
            f"16 #.{_PREFIX}.enums.BlockVolumeType type"
        ),
    },
)

NETWORK = File(
    "resource/definitions/network/network.proto",
    f"{_PREFIX}.network",
    (_COMMON, _ENUMS),
    messages={
        "LinkStatusSpec": (
            f"1 uint32 index, 2 #.{_PREFIX}.enums.NethelpersLinkType type, 3 uint32 link_index, 4 uint32 flags, "
            "5 bytes hardware_addr, 6 bytes broadcast_addr, 7 uint32 mtu, 8 string queue_disc, "
            f"10 #.{_PREFIX}.enums.NethelpersOperationalState operational_state, 11 string kind, 12 string slave_kind, "
            "13 string bus_path, 14 string pciid=pciID, 15 string driver, 18 string product_id=productID, "
            "19 string vendor_id=vendorID, 20 string product, 21 string vendor, 22 bool link_state, "
            f"23 int64 speed_megabits=speedMbit, 24 #.{_PREFIX}.enums.NethelpersPort port, "
            f"25 #.{_PREFIX}.enums.NethelpersDuplex duplex, 30 bytes permanent_addr"
        ),
        "AddressStatusSpec": (
            "1 .common.NetIPPrefix address, 2 .common.NetIP local, 6 uint32 link_index, 7 string link_name, "
            f"8 #.{_PREFIX}.enums.NethelpersFamily family, 9 #.{_PREFIX}.enums.NethelpersScope scope, 10 uint32 flags, "
            "11 uint32 priority"
        ),
        "NodeAddressSpec": (
            f"1 .common.NetIPPrefix* addresses, 2 #.{_PREFIX}.enums.NethelpersAddressSortAlgorithm sort_algorithm"
        ),
        "HostnameStatusSpec": "1 string hostname, 2 string domainname",
        "StatusSpec": "1 bool address_ready, 2 bool connectivity_ready, 3 bool hostname_ready, 4 bool etc_files_ready",
    },
)

HARDWARE = File(
    "resource/definitions/hardware/hardware.proto",
    f"{_PREFIX}.hardware",
    messages={
        "PCIDeviceSpec": (
            "1 string class, 2 string subclass, 3 string vendor, 4 string product, 5 string class_id=class_id, "
            "6 string subclass_id=subclass_id, 7 string vendor_id=vendor_id, 8 string product_id=product_id, "
            "9 string driver"
        ),
        "ProcessorSpec": (
            "1 string socket, 2 string manufacturer, 3 string product_name, 4 uint32 max_speed=maxSpeedMhz, "
            "5 uint32 boot_speed=bootSpeedMhz, 6 uint32 status, 10 uint32 core_count, 11 uint32 core_enabled, "
            "12 uint32 thread_count"
        ),
        "SystemInformationSpec": (
            "1 string manufacturer, 2 string product_name, 3 string version, 4 string serial_number=serialnumber, "
            "5 string uuid, 6 string wake_up_type, 7 string sku_number"
        ),
    },
)

RUNTIME = File(
    "resource/definitions/runtime/runtime.proto",
    f"{_PREFIX}.runtime",
    (_ENUMS,),
    messages={
        "UnmetCondition": "1 string name, 2 string reason",
        "MachineStatusStatus": f"1 bool ready, 2 .{_PREFIX}.runtime.UnmetCondition* unmet_conditions",
        "MachineStatusSpec": (
            f"1 #.{_PREFIX}.enums.RuntimeMachineStage stage, 2 .{_PREFIX}.runtime.MachineStatusStatus status"
        ),
        "DiagnosticSpec": "1 string message, 2 string* details",
        "KernelCmdlineSpec": "1 string cmdline",
        "MetaKeySpec": "1 string value",
        "VersionSpec": "1 string version, 2 string name",
        "SecurityStateSpec": (
            f"1 bool secure_boot, 4 #.{_PREFIX}.enums.RuntimeSELinuxState se_linux_state=selinuxState, "
            f"5 bool booted_with_uki=bootedWithUKI, 6 #.{_PREFIX}.enums.RuntimeFIPSState fips_state, "
            "7 bool module_signature_enforced"
        ),
    },
)

EXTENSIONS = File(
    "resource/definitions/extensions/extensions.proto",
    f"{_PREFIX}.extensions",
    messages={
        "Metadata": "1 string name, 2 string version, 3 string author, 4 string description, 6 string extra_info",
        "Layer": f"1 string image, 2 .{_PREFIX}.extensions.Metadata metadata",
    },
)

K8S = File(
    "resource/definitions/k8s/k8s.proto",
    f"{_PREFIX}.k8s",
    messages={
        "NodenameSpec": "1 string nodename, 2 string hostname_version, 3 bool skip_node_registration",
        "NodeStatusSpec": (
            "1 string nodename, 2 bool node_ready, 3 bool unschedulable, 4 map<string> labels, "
            "5 map<string> annotations"
        ),
        "KubeletSpecSpec": "1 string image, 2 string* args, 4 string expected_nodename",
    },
)

SECRETS = File(
    "resource/definitions/secrets/secrets.proto",
    f"{_PREFIX}.secrets",
    (_COMMON,),
    messages={
        "KubernetesRootSpec": (
            "1 string name, 2 .common.URL endpoint, 3 .common.URL local_endpoint=local_endpoint, "
            "6 string dns_domain=dnsDomain, 7 .common.PEMEncodedCertificateAndKey issuing_ca=issuingCA, "
            "15 .common.PEMEncodedCertificate* accepted_c_as=acceptedCAs"
        ),
        "OSRootSpec": (
            "1 .common.PEMEncodedCertificateAndKey issuing_ca=issuingCA, 2 .common.NetIP* cert_sani_ps=certSANIPs, "
            "3 string* cert_sandns_names=certSANDNSNames, 4 string token, "
            "5 .common.PEMEncodedCertificate* accepted_c_as=acceptedCAs"
        ),
    },
)

ETCD = File(
    "resource/definitions/etcd/etcd.proto", f"{_PREFIX}.etcd", messages={"MemberSpec": "1 string member_id=memberID"}
)

TIME = File(
    "resource/definitions/time/time.proto",
    f"{_PREFIX}.time",
    messages={"StatusSpec": "1 bool synced, 2 int64 epoch, 3 bool sync_disabled"},
)

V1ALPHA1 = File(
    "resource/definitions/v1alpha1/v1alpha1.proto",
    f"{_PREFIX}.v1alpha1",
    messages={"ServiceSpec": "1 bool running, 2 bool healthy, 3 bool unknown"},
)
