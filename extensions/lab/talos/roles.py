# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call what (system/services/machined.go and grpc/middleware/authz, v1.13)."""

from __future__ import annotations

ADMIN, OPERATOR, READER = "os:admin", "os:operator", "os:reader"
ETCD_BACKUP, IMPERSONATOR, META_WRITER, IMAGE_VERIFIER = (
    "os:etcd:backup",
    "os:impersonator",
    "os:meta:writer",
    "os:image:verifier",
)
KNOWN = frozenset((ADMIN, OPERATOR, READER, ETCD_BACKUP, IMPERSONATOR, META_WRITER, IMAGE_VERIFIER))

#: Methods by the roles that may call them besides os:admin; of the services below, all others are os:admin's alone.
_BESIDES_ADMIN = {
    (OPERATOR, READER): {
        "machine.MachineService": (
            "CPUInfo CPUFreqStats Containers DiskStats DiskUsage Dmesg Events Hostname ImageList List LoadAvg Logs "
            "LogsContainers Memory Mounts NetworkDeviceStats Netstat Processes ServiceList Stats SystemStat Version"
        ),
        "machine.ImageService": "List",
        "cluster.ClusterService": "HealthCheck",
        "inspect.InspectService": "ControllerRuntimeDependencies",
        "cosi.resource.State": "Get List Watch",
        "storage.StorageService": "Disks",
        "time.TimeService": "Time TimeCheck",
    },
    (OPERATOR,): {
        "machine.MachineService": (
            "EtcdAlarmDisarm EtcdDefragment ImagePull PacketCapture Reboot Restart ServiceRestart ServiceStart "
            "ServiceStop "
            "Shutdown"
        ),
        "machine.ImageService": "Pull",
    },
    (OPERATOR, READER, ETCD_BACKUP): {"machine.MachineService": "EtcdAlarmList EtcdMemberList EtcdStatus"},
    (OPERATOR, ETCD_BACKUP): {"machine.MachineService": "EtcdSnapshot"},
    (META_WRITER,): {"machine.MachineService": "MetaWrite MetaDelete"},
    (OPERATOR, READER, IMAGE_VERIFIER): {"machine.ImageService": "Verify"},
    # Readers only in maintenance mode, which the handlers see to.
    (READER,): {"machine.MachineService": "ApplyConfiguration", "storage.StorageService": "BlockDeviceWipe"},
}

_ALLOWED = {
    f"/{service}/{method}": frozenset((ADMIN, *others))
    for others, services in _BESIDES_ADMIN.items()
    for service, methods in services.items()
    for method in methods.split()
}


def authorized(path: str, roles: frozenset[str]) -> bool:
    """Whether one of ``roles`` may call the method at ``path``."""
    return bool(_ALLOWED.get(path, frozenset((ADMIN,))) & roles)


def of_organizations(organizations: list[str]) -> frozenset[str]:
    """The roles among a certificate's organizations; others mean nothing."""
    return frozenset(organizations) & KNOWN
