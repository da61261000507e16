# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field numbers of Talos' machine API, v1.13 (facts of its api/machine/*.proto).

``UNSERVED`` are the requests and replies of methods that the lab registers and answers with UNIMPLEMENTED.
"""

from __future__ import annotations

from . import wire_etcd
from .wire_notation import File

UNSERVED = (
    "CopyRequest ListRequest DiskUsageRequest FileInfo DiskUsageInfo MountsResponse "
    "LogsContainersResponse ContainersRequest ContainersResponse "
    "ProcessesResponse RestartRequest RestartResponse StatsRequest StatsResponse CPUFreqStatsResponse "
    "CPUInfoResponse NetworkDeviceStatsResponse DiskStatsResponse EtcdLeaveClusterRequest "
    "EtcdLeaveClusterResponse EtcdDowngradeValidateRequest EtcdDowngradeValidateResponse "
    "EtcdDowngradeEnableRequest EtcdDowngradeEnableResponse EtcdDowngradeCancelResponse PacketCaptureRequest "
    "NetstatRequest NetstatResponse "
).split()

MACHINE = File(
    "machine/machine.proto",
    "machine",
    (
        "common/common.proto",
        "google/protobuf/any.proto",
        "google/protobuf/duration.proto",
        "google/protobuf/empty.proto",
        "google/protobuf/timestamp.proto",
    ),
    enums={
        "ApplyConfigurationRequest.Mode": "0 REBOOT, 1 AUTO, 2 NO_REBOOT, 3 STAGED, 4 TRY",
        "RebootRequest.Mode": "0 DEFAULT, 1 POWERCYCLE, 2 FORCE",
        "SequenceEvent.Action": "0 NOOP, 1 START, 2 STOP",
        "PhaseEvent.Action": "0 START, 1 STOP",
        "TaskEvent.Action": "0 START, 1 STOP",
        "ServiceStateEvent.Action": (
            "0 INITIALIZED, 1 PREPARING, 2 WAITING, 3 RUNNING, 4 STOPPING, 5 FINISHED, 6 FAILED, 7 SKIPPED, 8 STARTING"
        ),
        "MachineStatusEvent.MachineStage": (
            "0 UNKNOWN, 1 BOOTING, 2 INSTALLING, 3 MAINTENANCE, 4 RUNNING, 5 REBOOTING, 6 SHUTTING_DOWN, "
            "7 RESETTING, 8 UPGRADING"
        ),
        "ResetRequest.WipeMode": "0 ALL, 1 SYSTEM_DISK, 2 USER_DISKS",
        "UpgradeRequest.RebootMode": "0 DEFAULT, 1 POWERCYCLE",
        **wire_etcd.ENUMS,
    },
    messages={
        "ApplyConfigurationRequest": (
            "1 bytes data, 4 #.machine.ApplyConfigurationRequest.Mode mode, 5 bool dry_run, "
            "6 .google.protobuf.Duration try_mode_timeout"
        ),
        "ApplyConfiguration": (
            "1 .common.Metadata metadata, 2 string* warnings, 3 #.machine.ApplyConfigurationRequest.Mode mode, "
            "4 string mode_details"
        ),
        "ApplyConfigurationResponse": "1 .machine.ApplyConfiguration* messages",
        "RebootRequest": "1 #.machine.RebootRequest.Mode mode",
        "Reboot": "1 .common.Metadata metadata, 2 string actor_id",
        "RebootResponse": "1 .machine.Reboot* messages",
        "RollbackRequest": "",
        "Rollback": "1 .common.Metadata metadata",
        "RollbackResponse": "1 .machine.Rollback* messages",
        "BootstrapRequest": "1 bool recover_etcd, 2 bool recover_skip_hash_check",
        "Bootstrap": "1 .common.Metadata metadata",
        "BootstrapResponse": "1 .machine.Bootstrap* messages",
        "SequenceEvent": "1 string sequence, 2 #.machine.SequenceEvent.Action action, 3 .common.Error error",
        "PhaseEvent": "1 string phase, 2 #.machine.PhaseEvent.Action action",
        "TaskEvent": "1 string task, 2 #.machine.TaskEvent.Action action",
        "ServiceStateEvent": (
            "1 string service, 2 #.machine.ServiceStateEvent.Action action, 3 string message, "
            "4 .machine.ServiceHealth health"
        ),
        "AddressEvent": "1 string hostname, 2 string* addresses",
        "MachineStatusEvent": (
            "1 #.machine.MachineStatusEvent.MachineStage stage, 2 .machine.MachineStatusEvent.MachineStatus status"
        ),
        "MachineStatusEvent.MachineStatus": (
            "1 bool ready, 2 .machine.MachineStatusEvent.MachineStatus.UnmetCondition* unmet_conditions"
        ),
        "MachineStatusEvent.MachineStatus.UnmetCondition": "1 string name, 2 string reason",
        "EventsRequest": "1 int32 tail_events, 2 string tail_id, 3 int32 tail_seconds, 4 string with_actor_id",
        "Event": "1 .common.Metadata metadata, 2 .google.protobuf.Any data, 3 string id, 4 string actor_id",
        "ResetPartitionSpec": "1 string label, 2 bool wipe",
        "ResetRequest": (
            "1 bool graceful, 2 bool reboot, 3 .machine.ResetPartitionSpec* system_partitions_to_wipe, "
            "4 string* user_disks_to_wipe, 5 #.machine.ResetRequest.WipeMode mode"
        ),
        "Reset": "1 .common.Metadata metadata, 2 string actor_id",
        "ResetResponse": "1 .machine.Reset* messages",
        "Shutdown": "1 .common.Metadata metadata, 2 string actor_id",
        "ShutdownRequest": "1 bool force",
        "ShutdownResponse": "1 .machine.Shutdown* messages",
        "UpgradeRequest": (
            "1 string image, 2 bool preserve, 3 bool stage, 4 bool force, "
            "5 #.machine.UpgradeRequest.RebootMode reboot_mode"
        ),
        "Upgrade": "1 .common.Metadata metadata, 2 string ack, 3 string actor_id",
        "UpgradeResponse": "1 .machine.Upgrade* messages",
        "ServiceList": "1 .common.Metadata metadata, 2 .machine.ServiceInfo* services",
        "ServiceListResponse": "1 .machine.ServiceList* messages",
        "ServiceInfo": (
            "1 string id, 2 string state, 3 .machine.ServiceEvents events, 4 .machine.ServiceHealth health"
        ),
        "ServiceEvents": "1 .machine.ServiceEvent* events",
        "ServiceEvent": "1 string msg, 2 string state, 3 .google.protobuf.Timestamp ts",
        "ServiceHealth": (
            "1 bool unknown, 2 bool healthy, 3 string last_message, 4 .google.protobuf.Timestamp last_change"
        ),
        "ServiceStartRequest": "1 string id",
        "ServiceStart": "1 .common.Metadata metadata, 2 string resp",
        "ServiceStartResponse": "1 .machine.ServiceStart* messages",
        "ServiceStopRequest": "1 string id",
        "ServiceStop": "1 .common.Metadata metadata, 2 string resp",
        "ServiceStopResponse": "1 .machine.ServiceStop* messages",
        "ServiceRestartRequest": "1 string id",
        "ServiceRestart": "1 .common.Metadata metadata, 2 string resp",
        "ServiceRestartResponse": "1 .machine.ServiceRestart* messages",
        "Version": (
            "1 .common.Metadata metadata, 2 .machine.VersionInfo version, 3 .machine.PlatformInfo platform, "
            "4 .machine.FeaturesInfo features"
        ),
        "VersionResponse": "1 .machine.Version* messages",
        "VersionInfo": "1 string tag, 2 string sha, 3 string built, 4 string go_version, 5 string os, 6 string arch",
        "PlatformInfo": "1 string name, 2 string mode",
        "FeaturesInfo": "1 bool rbac",
        "LogsRequest": (
            "1 string namespace, 2 string id, 3 #.common.ContainerDriver driver, 4 bool follow, 5 int32 tail_lines"
        ),
        "ReadRequest": "1 string path",
        "DmesgRequest": "1 bool follow, 2 bool tail",
        "Memory": "1 .common.Metadata metadata, 2 .machine.MemInfo meminfo",
        "MemoryResponse": "1 .machine.Memory* messages",
        "MemInfo": (
            "1 uint64 memtotal, 2 uint64 memfree, 3 uint64 memavailable, 4 uint64 buffers, 5 uint64 cached, "
            "6 uint64 swapcached, 7 uint64 active, 8 uint64 inactive, 9 uint64 activeanon, 10 uint64 inactiveanon, "
            "11 uint64 activefile, 12 uint64 inactivefile, 13 uint64 unevictable, 14 uint64 mlocked, "
            "15 uint64 swaptotal, 16 uint64 swapfree, 17 uint64 dirty, 18 uint64 writeback, 19 uint64 anonpages, "
            "20 uint64 mapped, 21 uint64 shmem, 22 uint64 slab, 23 uint64 sreclaimable, 24 uint64 sunreclaim, "
            "25 uint64 kernelstack, 26 uint64 pagetables, 27 uint64 nfsunstable, 28 uint64 bounce, "
            "29 uint64 writebacktmp, 30 uint64 commitlimit, 31 uint64 committedas, 32 uint64 vmalloctotal, "
            "33 uint64 vmallocused, 34 uint64 vmallocchunk, 35 uint64 hardwarecorrupted, 36 uint64 anonhugepages, "
            "37 uint64 shmemhugepages, 38 uint64 shmempmdmapped, 39 uint64 cmatotal, 40 uint64 cmafree, "
            "41 uint64 hugepagestotal, 42 uint64 hugepagesfree, 43 uint64 hugepagesrsvd, 44 uint64 hugepagessurp, "
            "45 uint64 hugepagesize, 46 uint64 directmap4k, 47 uint64 directmap2m, 48 uint64 directmap1g"
        ),
        "HostnameResponse": "1 .machine.Hostname* messages",
        "Hostname": "1 .common.Metadata metadata, 2 string hostname",
        "LoadAvgResponse": "1 .machine.LoadAvg* messages",
        "LoadAvg": "1 .common.Metadata metadata, 2 double load1, 3 double load5, 4 double load15",
        "SystemStatResponse": "1 .machine.SystemStat* messages",
        "SystemStat": (
            "1 .common.Metadata metadata, 2 uint64 boot_time, 3 .machine.CPUStat cpu_total, "
            "4 .machine.CPUStat* cpu, 5 uint64 irq_total, 6 uint64* irq, 7 uint64 context_switches, "
            "8 uint64 process_created, 9 uint64 process_running, 10 uint64 process_blocked, "
            "11 uint64 soft_irq_total, 12 .machine.SoftIRQStat soft_irq"
        ),
        "CPUStat": (
            "1 double user, 2 double nice, 3 double system, 4 double idle, 5 double iowait, 6 double irq, "
            "7 double soft_irq, 8 double steal, 9 double guest, 10 double guest_nice"
        ),
        "SoftIRQStat": (
            "1 uint64 hi, 2 uint64 timer, 3 uint64 net_tx, 4 uint64 net_rx, 5 uint64 block, "
            "6 uint64 block_io_poll, 7 uint64 tasklet, 8 uint64 sched, 9 uint64 hrtimer, 10 uint64 rcu"
        ),
        **wire_etcd.MESSAGES,
        "MetaWriteRequest": "1 uint32 key, 2 bytes value",
        "MetaWrite": "1 .common.Metadata metadata",
        "MetaWriteResponse": "1 .machine.MetaWrite* messages",
        "MetaDeleteRequest": "1 uint32 key",
        "MetaDelete": "1 .common.Metadata metadata",
        "MetaDeleteResponse": "1 .machine.MetaDelete* messages",
        "ImageListRequest": "1 #.common.ContainerdNamespace namespace",
        "ImageListResponse": (
            "1 .common.Metadata metadata, 2 string name, 3 string digest, 4 int64 size, "
            "5 .google.protobuf.Timestamp created_at"
        ),
        "ImagePullRequest": "1 #.common.ContainerdNamespace namespace, 2 string reference",
        "ImagePull": "1 .common.Metadata metadata",
        "ImagePullResponse": "1 .machine.ImagePull* messages",
        "GenerateClientConfigurationRequest": "1 string* roles, 2 .google.protobuf.Duration crt_ttl",
        "GenerateClientConfiguration": (
            "1 .common.Metadata metadata, 2 bytes ca, 3 bytes crt, 4 bytes key, 5 bytes talosconfig"
        ),
        "GenerateClientConfigurationResponse": "1 .machine.GenerateClientConfiguration* messages",
        **dict.fromkeys(UNSERVED, ""),
    },
    services={
        "MachineService": (
            "ApplyConfiguration(.machine.ApplyConfigurationRequest) .machine.ApplyConfigurationResponse, "
            "Bootstrap(.machine.BootstrapRequest) .machine.BootstrapResponse, "
            "Containers(.machine.ContainersRequest) .machine.ContainersResponse, "
            "Copy(.machine.CopyRequest) stream .common.Data, "
            "CPUFreqStats(.google.protobuf.Empty) .machine.CPUFreqStatsResponse, "
            "CPUInfo(.google.protobuf.Empty) .machine.CPUInfoResponse, "
            "DiskStats(.google.protobuf.Empty) .machine.DiskStatsResponse, "
            "Dmesg(.machine.DmesgRequest) stream .common.Data, "
            "Events(.machine.EventsRequest) stream .machine.Event, "
            "EtcdMemberList(.machine.EtcdMemberListRequest) .machine.EtcdMemberListResponse, "
            "EtcdRemoveMemberByID(.machine.EtcdRemoveMemberByIDRequest) .machine.EtcdRemoveMemberByIDResponse, "
            "EtcdLeaveCluster(.machine.EtcdLeaveClusterRequest) .machine.EtcdLeaveClusterResponse, "
            "EtcdForfeitLeadership(.machine.EtcdForfeitLeadershipRequest) .machine.EtcdForfeitLeadershipResponse, "
            "EtcdRecover(stream .common.Data) .machine.EtcdRecoverResponse, "
            "EtcdSnapshot(.machine.EtcdSnapshotRequest) stream .common.Data, "
            "EtcdAlarmList(.google.protobuf.Empty) .machine.EtcdAlarmListResponse, "
            "EtcdAlarmDisarm(.google.protobuf.Empty) .machine.EtcdAlarmDisarmResponse, "
            "EtcdDefragment(.google.protobuf.Empty) .machine.EtcdDefragmentResponse, "
            "EtcdStatus(.google.protobuf.Empty) .machine.EtcdStatusResponse, "
            "EtcdDowngradeValidate(.machine.EtcdDowngradeValidateRequest) .machine.EtcdDowngradeValidateResponse, "
            "EtcdDowngradeEnable(.machine.EtcdDowngradeEnableRequest) .machine.EtcdDowngradeEnableResponse, "
            "EtcdDowngradeCancel(.google.protobuf.Empty) .machine.EtcdDowngradeCancelResponse, "
            "Hostname(.google.protobuf.Empty) .machine.HostnameResponse, "
            "Kubeconfig(.google.protobuf.Empty) stream .common.Data, "
            "List(.machine.ListRequest) stream .machine.FileInfo, "
            "DiskUsage(.machine.DiskUsageRequest) stream .machine.DiskUsageInfo, "
            "LoadAvg(.google.protobuf.Empty) .machine.LoadAvgResponse, "
            "Logs(.machine.LogsRequest) stream .common.Data, "
            "LogsContainers(.google.protobuf.Empty) .machine.LogsContainersResponse, "
            "Memory(.google.protobuf.Empty) .machine.MemoryResponse, "
            "Mounts(.google.protobuf.Empty) .machine.MountsResponse, "
            "NetworkDeviceStats(.google.protobuf.Empty) .machine.NetworkDeviceStatsResponse, "
            "Processes(.google.protobuf.Empty) .machine.ProcessesResponse, "
            "Read(.machine.ReadRequest) stream .common.Data, "
            "Reboot(.machine.RebootRequest) .machine.RebootResponse, "
            "Restart(.machine.RestartRequest) .machine.RestartResponse, "
            "Rollback(.machine.RollbackRequest) .machine.RollbackResponse, "
            "Reset(.machine.ResetRequest) .machine.ResetResponse, "
            "ServiceList(.google.protobuf.Empty) .machine.ServiceListResponse, "
            "ServiceRestart(.machine.ServiceRestartRequest) .machine.ServiceRestartResponse, "
            "ServiceStart(.machine.ServiceStartRequest) .machine.ServiceStartResponse, "
            "ServiceStop(.machine.ServiceStopRequest) .machine.ServiceStopResponse, "
            "Shutdown(.machine.ShutdownRequest) .machine.ShutdownResponse, "
            "Stats(.machine.StatsRequest) .machine.StatsResponse, "
            "SystemStat(.google.protobuf.Empty) .machine.SystemStatResponse, "
            "Upgrade(.machine.UpgradeRequest) .machine.UpgradeResponse, "
            "Version(.google.protobuf.Empty) .machine.VersionResponse, "
            "GenerateClientConfiguration(.machine.GenerateClientConfigurationRequest) "
            ".machine.GenerateClientConfigurationResponse, "
            "PacketCapture(.machine.PacketCaptureRequest) stream .common.Data, "
            "Netstat(.machine.NetstatRequest) .machine.NetstatResponse, "
            "MetaWrite(.machine.MetaWriteRequest) .machine.MetaWriteResponse, "
            "MetaDelete(.machine.MetaDeleteRequest) .machine.MetaDeleteResponse, "
            "ImageList(.machine.ImageListRequest) stream .machine.ImageListResponse, "
            "ImagePull(.machine.ImagePullRequest) .machine.ImagePullResponse"
        ),
    },
)
