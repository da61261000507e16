# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Protobuf messages, enums and methods of Talos' API that this client uses: a table of field numbers, nothing else.

A field is ``(number, name, type)`` with an optional fourth part ``repeated``, ``optional``, or ``|name`` of the oneof
that it belongs to. A type is a scalar, or the full name of a message or an enum; ``map`` is a map from string to
string. Numbers: api/machine/*.proto, api/common/common.proto, api/storage/storage.proto and
api/resource/config/config.proto of siderolabs/talos v1.13, and proto/v1alpha1 of cosi-project/runtime. tests/interop
compares every row with the upstream descriptors.
"""

from __future__ import annotations

from typing import Union

Field = Union[tuple[int, str, str], tuple[int, str, str, str]]

_ANY = "google.protobuf.Any"
_DURATION = "google.protobuf.Duration"
_EMPTY = "google.protobuf.Empty"
_TIME = "google.protobuf.Timestamp"

# The .proto file that defines each package, and the files it imports.
FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "google.rpc": ("google/rpc/status.proto", ("google/protobuf/any.proto",)),
    "common": ("common/common.proto", ("google/rpc/status.proto", "google/protobuf/any.proto")),
    "machine": (
        "machine/machine.proto",
        (
            "common/common.proto",
            "google/protobuf/any.proto",
            "google/protobuf/duration.proto",
            "google/protobuf/empty.proto",
            "google/protobuf/timestamp.proto",
        ),
    ),
    "storage": ("storage/storage.proto", ("common/common.proto", "google/protobuf/empty.proto")),
    "cosi.resource": ("v1alpha1/state.proto", ("google/protobuf/timestamp.proto",)),
    "resource.config": ("resource/config/config.proto", ()),
}

ENUMS: dict[str, tuple[tuple[int, str], ...]] = {
    "common.Code": ((0, "FATAL"), (1, "LOCKED"), (2, "CANCELED")),
    "common.ContainerDriver": ((0, "CONTAINERD"), (1, "CRI")),
    "common.ContainerdNamespace": ((0, "NS_UNKNOWN"), (1, "NS_SYSTEM"), (2, "NS_CRI")),
    "machine.ApplyConfigurationRequest.Mode": (
        (0, "REBOOT"),
        (1, "AUTO"),
        (2, "NO_REBOOT"),
        (3, "STAGED"),
        (4, "TRY"),
    ),
    "machine.RebootRequest.Mode": ((0, "DEFAULT"), (1, "POWERCYCLE"), (2, "FORCE")),
    "machine.UpgradeRequest.RebootMode": ((0, "DEFAULT"), (1, "POWERCYCLE")),
    "machine.ResetRequest.WipeMode": ((0, "ALL"), (1, "SYSTEM_DISK"), (2, "USER_DISKS")),
    "machine.SequenceEvent.Action": ((0, "NOOP"), (1, "START"), (2, "STOP")),
    "machine.EtcdMemberAlarm.AlarmType": ((0, "NONE"), (1, "NOSPACE"), (2, "CORRUPT")),
    "storage.BlockDeviceWipeDescriptor.Method": ((0, "FAST"), (1, "ZEROES")),
    "storage.Disk.DiskType": ((0, "UNKNOWN"), (1, "SSD"), (2, "HDD"), (3, "NVME"), (4, "SD"), (5, "CD")),
    "cosi.resource.LabelTerm.Operation": (
        (0, "EXISTS"),
        (1, "EQUAL"),
        (2, "NOT_EXISTS"),
        (3, "IN"),
        (4, "LT"),
        (5, "LTE"),
        (6, "LT_NUMERIC"),
        (7, "LTE_NUMERIC"),
    ),
    "cosi.resource.EventType": (
        (0, "CREATED"),
        (1, "UPDATED"),
        (2, "DESTROYED"),
        (3, "BOOTSTRAPPED"),
        (4, "ERRORED"),
        (5, "NOOP"),
    ),
}

_METADATA: Field = (1, "metadata", "common.Metadata")


def _reply(message: str) -> tuple[Field, ...]:
    """Unary replies of apid: one message a node."""
    return ((1, "messages", message, "repeated"),)


_COMMON: dict[str, tuple[Field, ...]] = {
    "google.rpc.Status": ((1, "code", "int32"), (2, "message", "string"), (3, "details", _ANY, "repeated")),
    "common.Error": ((1, "code", "common.Code"), (2, "message", "string"), (3, "details", _ANY, "repeated")),
    "common.Metadata": ((1, "hostname", "string"), (2, "error", "string"), (3, "status", "google.rpc.Status")),
    "common.Data": (_METADATA, (2, "bytes", "bytes")),
}

_CONFIGURATION: dict[str, tuple[Field, ...]] = {
    "machine.ApplyConfigurationRequest": (
        (1, "data", "bytes"),
        (4, "mode", "machine.ApplyConfigurationRequest.Mode"),
        (5, "dry_run", "bool"),
        (6, "try_mode_timeout", _DURATION),
    ),
    "machine.ApplyConfiguration": (
        _METADATA,
        (2, "warnings", "string", "repeated"),
        (3, "mode", "machine.ApplyConfigurationRequest.Mode"),
        (4, "mode_details", "string"),
    ),
    "machine.ApplyConfigurationResponse": _reply("machine.ApplyConfiguration"),
    "machine.BootstrapRequest": ((1, "recover_etcd", "bool"), (2, "recover_skip_hash_check", "bool")),
    "machine.Bootstrap": (_METADATA,),
    "machine.BootstrapResponse": _reply("machine.Bootstrap"),
}

_POWER: dict[str, tuple[Field, ...]] = {
    "machine.RebootRequest": ((1, "mode", "machine.RebootRequest.Mode"),),
    "machine.Reboot": (_METADATA, (2, "actor_id", "string")),
    "machine.RebootResponse": _reply("machine.Reboot"),
    "machine.RollbackRequest": (),
    "machine.Rollback": (_METADATA,),
    "machine.RollbackResponse": _reply("machine.Rollback"),
    "machine.ShutdownRequest": ((1, "force", "bool"),),
    "machine.Shutdown": (_METADATA, (2, "actor_id", "string")),
    "machine.ShutdownResponse": _reply("machine.Shutdown"),
    "machine.ResetPartitionSpec": ((1, "label", "string"), (2, "wipe", "bool")),
    "machine.ResetRequest": (
        (1, "graceful", "bool"),
        (2, "reboot", "bool"),
        (3, "system_partitions_to_wipe", "machine.ResetPartitionSpec", "repeated"),
        (4, "user_disks_to_wipe", "string", "repeated"),
        (5, "mode", "machine.ResetRequest.WipeMode"),
    ),
    "machine.Reset": (_METADATA, (2, "actor_id", "string")),
    "machine.ResetResponse": _reply("machine.Reset"),
}

_UPGRADE: dict[str, tuple[Field, ...]] = {
    "machine.UpgradeRequest": (
        (1, "image", "string"),
        (2, "preserve", "bool"),
        (3, "stage", "bool"),
        (4, "force", "bool"),
        (5, "reboot_mode", "machine.UpgradeRequest.RebootMode"),
    ),
    "machine.Upgrade": (_METADATA, (2, "ack", "string"), (3, "actor_id", "string")),
    "machine.UpgradeResponse": _reply("machine.Upgrade"),
    "machine.InstallArtifactsSource": ((1, "image_name", "string"),),
    "machine.LifecycleServiceInstallProgress": (
        (1, "message", "string", "|response"),
        (2, "exit_code", "int32", "|response"),
    ),
    "machine.LifecycleServiceUpgradeRequest": (
        (1, "containerd", "common.ContainerdInstance"),
        (2, "source", "machine.InstallArtifactsSource"),
    ),
    "machine.LifecycleServiceUpgradeResponse": ((1, "progress", "machine.LifecycleServiceInstallProgress"),),
}

_EVENTS: dict[str, tuple[Field, ...]] = {
    "machine.EventsRequest": (
        (1, "tail_events", "int32"),
        (2, "tail_id", "string"),
        (3, "tail_seconds", "int32"),
        (4, "with_actor_id", "string"),
    ),
    "machine.Event": (_METADATA, (2, "data", _ANY), (3, "id", "string"), (4, "actor_id", "string")),
    "machine.SequenceEvent": (
        (1, "sequence", "string"),
        (2, "action", "machine.SequenceEvent.Action"),
        (3, "error", "common.Error"),
    ),
    "machine.ConfigLoadErrorEvent": ((1, "error", "string"),),
    "machine.ConfigValidationErrorEvent": ((1, "error", "string"),),
}

_SERVICES: dict[str, tuple[Field, ...]] = {
    "machine.ServiceEvent": ((1, "msg", "string"), (2, "state", "string"), (3, "ts", _TIME)),
    "machine.ServiceEvents": ((1, "events", "machine.ServiceEvent", "repeated"),),
    "machine.ServiceHealth": (
        (1, "unknown", "bool"),
        (2, "healthy", "bool"),
        (3, "last_message", "string"),
        (4, "last_change", _TIME),
    ),
    "machine.ServiceInfo": (
        (1, "id", "string"),
        (2, "state", "string"),
        (3, "events", "machine.ServiceEvents"),
        (4, "health", "machine.ServiceHealth"),
    ),
    "machine.ServiceList": (_METADATA, (2, "services", "machine.ServiceInfo", "repeated")),
    "machine.ServiceListResponse": _reply("machine.ServiceList"),
    **{
        f"machine.Service{verb}{part}": fields
        for verb in ("Start", "Stop", "Restart")
        for part, fields in (
            ("Request", ((1, "id", "string"),)),
            ("", (_METADATA, (2, "resp", "string"))),
            ("Response", _reply(f"machine.Service{verb}")),
        )
    },
}

_ETCD: dict[str, tuple[Field, ...]] = {
    "machine.EtcdMemberListRequest": ((1, "query_local", "bool"),),
    "machine.EtcdMember": (
        (2, "id", "uint64"),
        (3, "hostname", "string"),
        (4, "peer_urls", "string", "repeated"),
        (5, "client_urls", "string", "repeated"),
        (6, "is_learner", "bool"),
    ),
    "machine.EtcdMembers": (
        _METADATA,
        (2, "legacy_members", "string", "repeated"),
        (3, "members", "machine.EtcdMember", "repeated"),
    ),
    "machine.EtcdMemberListResponse": _reply("machine.EtcdMembers"),
    "machine.EtcdRemoveMemberByIDRequest": ((1, "member_id", "uint64"),),
    "machine.EtcdRemoveMemberByID": (_METADATA,),
    "machine.EtcdRemoveMemberByIDResponse": _reply("machine.EtcdRemoveMemberByID"),
    "machine.EtcdForfeitLeadershipRequest": (),
    "machine.EtcdForfeitLeadership": (_METADATA, (2, "member", "string")),
    "machine.EtcdForfeitLeadershipResponse": _reply("machine.EtcdForfeitLeadership"),
    "machine.EtcdSnapshotRequest": (),
    "machine.EtcdRecover": (_METADATA,),
    "machine.EtcdRecoverResponse": _reply("machine.EtcdRecover"),
    "machine.EtcdMemberAlarm": ((1, "member_id", "uint64"), (2, "alarm", "machine.EtcdMemberAlarm.AlarmType")),
    "machine.EtcdAlarm": (_METADATA, (2, "member_alarms", "machine.EtcdMemberAlarm", "repeated")),
    "machine.EtcdAlarmListResponse": _reply("machine.EtcdAlarm"),
    "machine.EtcdAlarmDisarm": (_METADATA, (2, "member_alarms", "machine.EtcdMemberAlarm", "repeated")),
    "machine.EtcdAlarmDisarmResponse": _reply("machine.EtcdAlarmDisarm"),
    "machine.EtcdDefragment": (_METADATA,),
    "machine.EtcdDefragmentResponse": _reply("machine.EtcdDefragment"),
    "machine.EtcdMemberStatus": (
        (1, "protocol_version", "string"),
        (2, "db_size", "int64"),
        (3, "db_size_in_use", "int64"),
        (4, "leader", "uint64"),
        (5, "raft_index", "uint64"),
        (6, "raft_term", "uint64"),
        (7, "raft_applied_index", "uint64"),
        (8, "errors", "string", "repeated"),
        (9, "is_learner", "bool"),
        (10, "member_id", "uint64"),
        (11, "storage_version", "string"),
    ),
    "machine.EtcdStatus": (_METADATA, (2, "member_status", "machine.EtcdMemberStatus")),
    "machine.EtcdStatusResponse": _reply("machine.EtcdStatus"),
}

_FACTS: dict[str, tuple[Field, ...]] = {
    "machine.VersionInfo": (
        (1, "tag", "string"),
        (2, "sha", "string"),
        (3, "built", "string"),
        (4, "go_version", "string"),
        (5, "os", "string"),
        (6, "arch", "string"),
    ),
    "machine.PlatformInfo": ((1, "name", "string"), (2, "mode", "string")),
    "machine.FeaturesInfo": ((1, "rbac", "bool"),),
    "machine.Version": (
        _METADATA,
        (2, "version", "machine.VersionInfo"),
        (3, "platform", "machine.PlatformInfo"),
        (4, "features", "machine.FeaturesInfo"),
    ),
    "machine.VersionResponse": _reply("machine.Version"),
    "machine.Hostname": (_METADATA, (2, "hostname", "string")),
    "machine.HostnameResponse": _reply("machine.Hostname"),
    "machine.MemInfo": (
        (1, "memtotal", "uint64"),
        (2, "memfree", "uint64"),
        (3, "memavailable", "uint64"),
        (41, "hugepagestotal", "uint64"),
        (42, "hugepagesfree", "uint64"),
        (43, "hugepagesrsvd", "uint64"),
        (44, "hugepagessurp", "uint64"),
        (45, "hugepagesize", "uint64"),
        (46, "directmap4k", "uint64"),
        (47, "directmap2m", "uint64"),
        (48, "directmap1g", "uint64"),
    ),
    "machine.Memory": (_METADATA, (2, "meminfo", "machine.MemInfo")),
    "machine.MemoryResponse": _reply("machine.Memory"),
    "machine.ReadRequest": ((1, "path", "string"),),
    "storage.Disk": (
        (1, "size", "uint64"),
        (2, "model", "string"),
        (3, "device_name", "string"),
        (4, "name", "string"),
        (5, "serial", "string"),
        (6, "modalias", "string"),
        (7, "uuid", "string"),
        (8, "wwid", "string"),
        (9, "type", "storage.Disk.DiskType"),
        (10, "bus_path", "string"),
        (11, "system_disk", "bool"),
        (12, "subsystem", "string"),
        (13, "readonly", "bool"),
    ),
    "storage.Disks": (_METADATA, (2, "disks", "storage.Disk", "repeated")),
    "storage.DisksResponse": _reply("storage.Disks"),
    "storage.BlockDeviceWipeDescriptor": (
        (1, "device", "string"),
        (2, "method", "storage.BlockDeviceWipeDescriptor.Method"),
        (3, "skip_volume_check", "bool"),
        (4, "drop_partition", "bool"),
        (5, "skip_secondary_check", "bool"),
    ),
    "storage.BlockDeviceWipeRequest": ((1, "devices", "storage.BlockDeviceWipeDescriptor", "repeated"),),
    "storage.BlockDeviceWipe": (_METADATA,),
    "storage.BlockDeviceWipeResponse": _reply("storage.BlockDeviceWipe"),
}

# Progress messages are left out: nobody reads them. What is a oneof upstream is optional here, the same on the wire.
_IMAGES: dict[str, tuple[Field, ...]] = {
    "common.ContainerdInstance": (
        (1, "driver", "common.ContainerDriver"),
        (2, "namespace", "common.ContainerdNamespace"),
    ),
    "machine.ImageServiceListRequest": ((1, "containerd", "common.ContainerdInstance"),),
    "machine.ImageServiceListResponse": (
        (1, "name", "string"),
        (2, "digest", "string"),
        (3, "size", "int64"),
        (4, "created_at", _TIME),
        (5, "labels", "map"),
    ),
    "machine.ImageServicePullRequest": ((1, "containerd", "common.ContainerdInstance"), (3, "image_ref", "string")),
    "machine.ImageServicePullResponse": ((1, "name", "string", "|response"),),
    "machine.ImageListRequest": ((1, "namespace", "common.ContainerdNamespace"),),
    "machine.ImageListResponse": (
        _METADATA,
        (2, "name", "string"),
        (3, "digest", "string"),
        (4, "size", "int64"),
        (5, "created_at", _TIME),
    ),
    "machine.ImagePullRequest": ((1, "namespace", "common.ContainerdNamespace"), (2, "reference", "string")),
    "machine.ImagePull": (_METADATA,),
    "machine.ImagePullResponse": _reply("machine.ImagePull"),
}

_META: dict[str, tuple[Field, ...]] = {
    "machine.MetaWriteRequest": ((1, "key", "uint32"), (2, "value", "bytes")),
    "machine.MetaWrite": (_METADATA,),
    "machine.MetaWriteResponse": _reply("machine.MetaWrite"),
    "machine.MetaDeleteRequest": ((1, "key", "uint32"),),
    "machine.MetaDelete": (_METADATA,),
    "machine.MetaDeleteResponse": _reply("machine.MetaDelete"),
}

_COSI: dict[str, tuple[Field, ...]] = {
    "cosi.resource.Metadata": (
        (1, "namespace", "string"),
        (2, "type", "string"),
        (3, "id", "string"),
        (4, "version", "string"),
        (5, "owner", "string"),
        (6, "phase", "string"),
        (7, "created", _TIME),
        (8, "updated", _TIME),
        (9, "finalizers", "string", "repeated"),
        (10, "labels", "map"),
        (11, "annotations", "map"),
    ),
    "cosi.resource.Spec": ((1, "proto_spec", "bytes"), (2, "yaml_spec", "string")),
    "cosi.resource.Resource": ((1, "metadata", "cosi.resource.Metadata"), (2, "spec", "cosi.resource.Spec")),
    "cosi.resource.LabelTerm": (
        (1, "key", "string"),
        (2, "op", "cosi.resource.LabelTerm.Operation"),
        (3, "value", "string", "repeated"),
        (5, "invert", "bool"),
    ),
    "cosi.resource.LabelQuery": ((1, "terms", "cosi.resource.LabelTerm", "repeated"),),
    "cosi.resource.IDQuery": ((1, "regexp", "string"),),
    "cosi.resource.GetOptions": (),
    "cosi.resource.GetRequest": (
        (1, "namespace", "string"),
        (2, "type", "string"),
        (3, "id", "string"),
        (4, "options", "cosi.resource.GetOptions"),
    ),
    "cosi.resource.GetResponse": ((1, "resource", "cosi.resource.Resource"),),
    "cosi.resource.ListOptions": (
        (1, "label_query", "cosi.resource.LabelQuery", "repeated"),
        (2, "id_query", "cosi.resource.IDQuery"),
    ),
    "cosi.resource.ListRequest": (
        (1, "namespace", "string"),
        (2, "type", "string"),
        (3, "options", "cosi.resource.ListOptions"),
    ),
    "cosi.resource.ListResponse": ((1, "resource", "cosi.resource.Resource"),),
    "cosi.resource.WatchOptions": (
        (1, "bootstrap_contents", "bool"),
        (2, "tail_events", "int32"),
        (3, "label_query", "cosi.resource.LabelQuery", "repeated"),
        (4, "id_query", "cosi.resource.IDQuery"),
        (5, "aggregated", "bool"),
        (6, "start_from_bookmark", "bytes", "optional"),
        (7, "bootstrap_bookmark", "bool"),
    ),
    "cosi.resource.WatchRequest": (
        (1, "namespace", "string"),
        (2, "type", "string"),
        (3, "id", "string", "optional"),
        (4, "options", "cosi.resource.WatchOptions"),
        (5, "api_version", "int32"),
    ),
    "cosi.resource.Event": (
        (1, "resource", "cosi.resource.Resource"),
        (2, "event_type", "cosi.resource.EventType"),
        (3, "old", "cosi.resource.Resource"),
        (4, "error", "string", "optional"),
        (5, "bookmark", "bytes", "optional"),
    ),
    "cosi.resource.WatchResponse": ((1, "event", "cosi.resource.Event", "repeated"),),
    "resource.config.MachineConfigSpec": ((1, "yaml_marshalled", "bytes"),),
}

MESSAGES: dict[str, tuple[Field, ...]] = {
    **_COMMON,
    **_CONFIGURATION,
    **_POWER,
    **_UPGRADE,
    **_EVENTS,
    **_SERVICES,
    **_ETCD,
    **_FACTS,
    **_IMAGES,
    **_META,
    **_COSI,
}

# Methods whose requests the client streams.
UPLOADS: frozenset[tuple[str, str]] = frozenset({("machine.MachineService", "EtcdRecover")})

# service → method → (request, reply, whether the server streams its replies)
METHODS: dict[str, dict[str, tuple[str, str, bool]]] = {
    "machine.MachineService": {
        "ApplyConfiguration": ("machine.ApplyConfigurationRequest", "machine.ApplyConfigurationResponse", False),
        "Bootstrap": ("machine.BootstrapRequest", "machine.BootstrapResponse", False),
        "EtcdAlarmDisarm": (_EMPTY, "machine.EtcdAlarmDisarmResponse", False),
        "EtcdAlarmList": (_EMPTY, "machine.EtcdAlarmListResponse", False),
        "EtcdDefragment": (_EMPTY, "machine.EtcdDefragmentResponse", False),
        "EtcdForfeitLeadership": (
            "machine.EtcdForfeitLeadershipRequest",
            "machine.EtcdForfeitLeadershipResponse",
            False,
        ),
        "EtcdMemberList": ("machine.EtcdMemberListRequest", "machine.EtcdMemberListResponse", False),
        "EtcdRecover": ("common.Data", "machine.EtcdRecoverResponse", False),
        "EtcdRemoveMemberByID": ("machine.EtcdRemoveMemberByIDRequest", "machine.EtcdRemoveMemberByIDResponse", False),
        "EtcdSnapshot": ("machine.EtcdSnapshotRequest", "common.Data", True),
        "EtcdStatus": (_EMPTY, "machine.EtcdStatusResponse", False),
        "Events": ("machine.EventsRequest", "machine.Event", True),
        "Hostname": (_EMPTY, "machine.HostnameResponse", False),
        "ImageList": ("machine.ImageListRequest", "machine.ImageListResponse", True),
        "ImagePull": ("machine.ImagePullRequest", "machine.ImagePullResponse", False),
        "Kubeconfig": (_EMPTY, "common.Data", True),
        "Memory": (_EMPTY, "machine.MemoryResponse", False),
        "MetaDelete": ("machine.MetaDeleteRequest", "machine.MetaDeleteResponse", False),
        "MetaWrite": ("machine.MetaWriteRequest", "machine.MetaWriteResponse", False),
        "Read": ("machine.ReadRequest", "common.Data", True),
        "Reboot": ("machine.RebootRequest", "machine.RebootResponse", False),
        "Reset": ("machine.ResetRequest", "machine.ResetResponse", False),
        "Rollback": ("machine.RollbackRequest", "machine.RollbackResponse", False),
        "ServiceList": (_EMPTY, "machine.ServiceListResponse", False),
        "ServiceRestart": ("machine.ServiceRestartRequest", "machine.ServiceRestartResponse", False),
        "ServiceStart": ("machine.ServiceStartRequest", "machine.ServiceStartResponse", False),
        "ServiceStop": ("machine.ServiceStopRequest", "machine.ServiceStopResponse", False),
        "Shutdown": ("machine.ShutdownRequest", "machine.ShutdownResponse", False),
        "Upgrade": ("machine.UpgradeRequest", "machine.UpgradeResponse", False),
        "Version": (_EMPTY, "machine.VersionResponse", False),
    },
    "machine.ImageService": {
        "List": ("machine.ImageServiceListRequest", "machine.ImageServiceListResponse", True),
        "Pull": ("machine.ImageServicePullRequest", "machine.ImageServicePullResponse", True),
    },
    "machine.LifecycleService": {
        "Upgrade": ("machine.LifecycleServiceUpgradeRequest", "machine.LifecycleServiceUpgradeResponse", True),
    },
    "storage.StorageService": {
        "BlockDeviceWipe": ("storage.BlockDeviceWipeRequest", "storage.BlockDeviceWipeResponse", False),
        "Disks": (_EMPTY, "storage.DisksResponse", False),
    },
    "cosi.resource.State": {
        "Get": ("cosi.resource.GetRequest", "cosi.resource.GetResponse", False),
        "List": ("cosi.resource.ListRequest", "cosi.resource.ListResponse", True),
        "Watch": ("cosi.resource.WatchRequest", "cosi.resource.WatchResponse", True),
    },
}
