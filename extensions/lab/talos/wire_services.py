# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field numbers of Talos' common messages and of its smaller services, v1.13 (facts of its api/**/*.proto).

A message without fields belongs to a method that the lab registers and answers with UNIMPLEMENTED.
"""

from __future__ import annotations

from .wire_notation import File

STATUS = File(
    "google/rpc/status.proto",
    "google.rpc",
    ("google/protobuf/any.proto",),
    messages={"Status": "1 int32 code, 2 string message, 3 .google.protobuf.Any* details"},
)

COMMON = File(
    "common/common.proto",
    "common",
    ("google/protobuf/any.proto", "google/rpc/status.proto"),
    enums={
        "Code": "0 FATAL, 1 LOCKED, 2 CANCELED",
        "ContainerDriver": "0 CONTAINERD, 1 CRI",
        "ContainerdNamespace": "0 NS_UNKNOWN, 1 NS_SYSTEM, 2 NS_CRI",
    },
    messages={
        "Error": "1 #.common.Code code, 2 string message, 3 .google.protobuf.Any* details",
        "Metadata": "1 string hostname, 2 string error, 3 .google.rpc.Status status",
        "Data": "1 .common.Metadata metadata, 2 bytes bytes",
        "ContainerdInstance": "1 #.common.ContainerDriver driver, 2 #.common.ContainerdNamespace namespace",
        "NetIP": "1 bytes ip",
        "NetIPPrefix": "1 bytes ip, 2 int32 prefix_length",
        "URL": "1 string full_path",
        "PEMEncodedCertificate": "1 bytes crt",
        "PEMEncodedCertificateAndKey": "1 bytes crt, 2 bytes key",
    },
)

STORAGE = File(
    "storage/storage.proto",
    "storage",
    ("common/common.proto", "google/protobuf/empty.proto"),
    enums={
        "Disk.DiskType": "0 UNKNOWN, 1 SSD, 2 HDD, 3 NVME, 4 SD, 5 CD",
        "BlockDeviceWipeDescriptor.Method": "0 FAST, 1 ZEROES",
    },
    messages={
        "Disk": (
            "1 uint64 size, 2 string model, 3 string device_name, 4 string name, 5 string serial, "
            "6 string modalias, 7 string uuid, 8 string wwid, 9 #.storage.Disk.DiskType type, 10 string bus_path, "
            "11 bool system_disk, 12 string subsystem, 13 bool readonly"
        ),
        "Disks": "1 .common.Metadata metadata, 2 .storage.Disk* disks",
        "DisksResponse": "1 .storage.Disks* messages",
        "BlockDeviceWipeDescriptor": (
            "1 string device, 2 #.storage.BlockDeviceWipeDescriptor.Method method, 3 bool skip_volume_check, "
            "4 bool drop_partition, 5 bool skip_secondary_check"
        ),
        "BlockDeviceWipeRequest": "1 .storage.BlockDeviceWipeDescriptor* devices",
        "BlockDeviceWipe": "1 .common.Metadata metadata",
        "BlockDeviceWipeResponse": "1 .storage.BlockDeviceWipe* messages",
    },
    services={
        "StorageService": (
            "Disks(.google.protobuf.Empty) .storage.DisksResponse, "
            "BlockDeviceWipe(.storage.BlockDeviceWipeRequest) .storage.BlockDeviceWipeResponse"
        ),
    },
)

TIME = File(
    "time/time.proto",
    "time",
    ("common/common.proto", "google/protobuf/empty.proto", "google/protobuf/timestamp.proto"),
    messages={
        "TimeRequest": "1 string server",
        "Time": (
            "1 .common.Metadata metadata, 2 string server, 3 .google.protobuf.Timestamp localtime, "
            "4 .google.protobuf.Timestamp remotetime"
        ),
        "TimeResponse": "1 .time.Time* messages",
    },
    services={
        "TimeService": (
            "Time(.google.protobuf.Empty) .time.TimeResponse, TimeCheck(.time.TimeRequest) .time.TimeResponse"
        ),
    },
)

CLUSTER = File(
    "cluster/cluster.proto",
    "cluster",
    ("common/common.proto",),
    messages={
        **dict.fromkeys(("HealthCheckRequest HealthCheckProgress ").split(), ""),
    },
    services={
        "ClusterService": ("HealthCheck(.cluster.HealthCheckRequest) stream .cluster.HealthCheckProgress"),
    },
)

INSPECT = File(
    "inspect/inspect.proto",
    "inspect",
    ("google/protobuf/empty.proto",),
    messages={
        **dict.fromkeys(("ControllerRuntimeDependenciesResponse ").split(), ""),
    },
    services={
        "InspectService": (
            "ControllerRuntimeDependencies(.google.protobuf.Empty) .inspect.ControllerRuntimeDependenciesResponse"
        ),
    },
)

IMAGE = File(
    "machine/image.proto",
    "machine",
    (
        "common/common.proto",
        "google/protobuf/duration.proto",
        "google/protobuf/empty.proto",
        "google/protobuf/timestamp.proto",
    ),
    enums={
        "ImageServicePullLayerProgress.Status": (
            "0 DOWNLOADING, 1 DOWNLOAD_COMPLETE, 2 EXTRACTING, 3 EXTRACT_COMPLETE, 4 ALREADY_EXISTS"
        ),
    },
    messages={
        "ImageServiceListRequest": "1 .common.ContainerdInstance containerd",
        "ImageServiceListResponse": (
            "1 string name, 2 string digest, 3 int64 size, 4 .google.protobuf.Timestamp created_at, "
            "5 map<string> labels"
        ),
        "ImageServicePullRequest": "1 .common.ContainerdInstance containerd, 3 string image_ref",
        "ImageServicePullLayerProgress": (
            "1 #.machine.ImageServicePullLayerProgress.Status status, 2 .google.protobuf.Duration elapsed, "
            "3 int64 offset, 4 int64 total"
        ),
        "ImageServicePullProgress": "1 string layer_id, 2 .machine.ImageServicePullLayerProgress progress",
        "ImageServicePullResponse": (
            "1 string name|response, 2 .machine.ImageServicePullProgress pull_progress|response"
        ),
        **dict.fromkeys(
            (
                "ImageServiceImportRequest ImageServiceImportResponse ImageServiceRemoveRequest "
                "ImageServiceVerifyRequest "
                "ImageServiceVerifyResponse "
            ).split(),
            "",
        ),
    },
    services={
        "ImageService": (
            "List(.machine.ImageServiceListRequest) stream .machine.ImageServiceListResponse, "
            "Pull(.machine.ImageServicePullRequest) stream .machine.ImageServicePullResponse, "
            "Import(stream .machine.ImageServiceImportRequest) .machine.ImageServiceImportResponse, "
            "Remove(.machine.ImageServiceRemoveRequest) .google.protobuf.Empty, "
            "Verify(.machine.ImageServiceVerifyRequest) .machine.ImageServiceVerifyResponse"
        ),
    },
)

LIFECYCLE = File(
    "machine/lifecycle.proto",
    "machine",
    ("common/common.proto",),
    messages={
        "InstallArtifactsSource": "1 string image_name",
        "LifecycleServiceInstallProgress": "1 string message|response, 2 int32 exit_code|response",
        "LifecycleServiceUpgradeRequest": (
            "1 .common.ContainerdInstance containerd, 2 .machine.InstallArtifactsSource source"
        ),
        "LifecycleServiceUpgradeResponse": "1 .machine.LifecycleServiceInstallProgress progress",
        **dict.fromkeys(("LifecycleServiceInstallRequest LifecycleServiceInstallResponse ").split(), ""),
    },
    services={
        "LifecycleService": (
            "Install(.machine.LifecycleServiceInstallRequest) stream .machine.LifecycleServiceInstallResponse, "
            "Upgrade(.machine.LifecycleServiceUpgradeRequest) stream .machine.LifecycleServiceUpgradeResponse"
        ),
    },
)

DEBUG = File(
    "machine/debug.proto",
    "machine",
    (),
    messages={
        **dict.fromkeys(("DebugContainerRunRequest DebugContainerRunResponse ").split(), ""),
    },
    services={
        "DebugService": (
            "ContainerRun(stream .machine.DebugContainerRunRequest) stream .machine.DebugContainerRunResponse"
        ),
    },
)
