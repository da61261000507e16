# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every resource of one BMC by its path, computed from the hardware and from what is true at the moment."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from ..config import ServerSpec
from .sessions import IDLE, Session

Json = dict[str, Any]

ROOT = "/redfish/v1"
SYSTEM = f"{ROOT}/Systems/System.Embedded.1"
MANAGER = f"{ROOT}/Managers/iDRAC.Embedded.1"
CHASSIS = f"{ROOT}/Chassis/System.Embedded.1"
SESSION_SERVICE = f"{ROOT}/SessionService"
SESSIONS = f"{SESSION_SERVICE}/Sessions"
ACCOUNT_SERVICE = f"{ROOT}/AccountService"
_MODULE = 16 * 1024**3
OK = {"State": "Enabled", "Health": "OK", "HealthRollup": "OK"}


def resource(path: str, schema: str, name: str, **fields: Any) -> Json:
    """A resource with the properties every one has; ``schema`` is ``ComputerSystem.v1_20_0``."""
    kind = schema.partition(".")[0]
    return {
        "@odata.id": path,
        "@odata.type": f"#{schema}.{kind}",
        "Id": path.rpartition("/")[2],
        "Name": name,
        **fields,
    }


def collection(path: str, kind: str, members: Iterable[str]) -> Json:
    """A collection of links (DSP0266 §9.7)."""
    links = [link(member) for member in members]
    return {
        "@odata.id": path,
        "@odata.type": f"#{kind}Collection.{kind}Collection",
        "Name": f"{kind} Collection",
        "Members": links,
        "Members@odata.count": len(links),
    }


def link(path: str) -> Json:
    """A reference to another resource."""
    return {"@odata.id": path}


def services(spec: ServerSpec, sessions: Iterable[Session], username: str) -> Iterable[Json]:
    """The service root, the session service and the account service."""
    yield resource(
        ROOT,
        "ServiceRoot.v1_15_0",
        "Root Service",
        Id="RootService",
        RedfishVersion="1.17.0",
        UUID=str(uuid.uuid5(uuid.UUID(spec.uuid), "bmc")),
        Vendor="Dell",
        Product="Integrated Dell Remote Access Controller",
        Systems=link(f"{ROOT}/Systems"),
        Managers=link(f"{ROOT}/Managers"),
        Chassis=link(f"{ROOT}/Chassis"),
        SessionService=link(SESSION_SERVICE),
        AccountService=link(ACCOUNT_SERVICE),
        Registries=link(f"{ROOT}/Registries"),
        Links={"Sessions": link(SESSIONS)},
    )
    yield resource(
        SESSION_SERVICE,
        "SessionService.v1_1_8",
        "Session Service",
        ServiceEnabled=True,
        SessionTimeout=int(IDLE),
        Status=OK,
        Sessions=link(SESSIONS),
    )
    opened = {f"{SESSIONS}/{one.id}": one for one in sessions}
    yield collection(SESSIONS, "Session", opened)
    for path, one in opened.items():
        yield session(path, one)
    yield from _accounts(username)


def session(path: str, one: Session) -> Json:
    """A session; neither its token nor a password is ever shown."""
    return resource(path, "Session.v1_5_0", "User Session", UserName=one.username, CreatedTime=one.created)


def hardware(spec: ServerSpec, power_state: str, boot: Json, reset_types: Iterable[str]) -> Iterable[Json]:
    """The system with its parts, its chassis and its manager."""
    yield collection(f"{ROOT}/Systems", "ComputerSystem", [SYSTEM])
    yield resource(
        SYSTEM,
        "ComputerSystem.v1_20_0",
        "System",
        SystemType="Physical",
        UUID=spec.uuid,
        SerialNumber=spec.serial,
        SKU=spec.serial,
        Manufacturer=spec.manufacturer,
        Model=spec.product,
        PowerState=power_state,
        Status=OK if power_state == "On" else {**OK, "State": "StandbyOffline"},
        Boot=boot,
        ProcessorSummary={
            "Count": spec.sockets,
            "CoreCount": spec.sockets * spec.cores,
            "LogicalProcessorCount": spec.cpus,
            "Status": OK,
        },
        MemorySummary={"TotalSystemMemoryGiB": spec.memory / 1024**3, "Status": OK},
        BiosVersion="1.15.2",
        Bios=link(f"{SYSTEM}/Bios"),
        Processors=link(f"{SYSTEM}/Processors"),
        Memory=link(f"{SYSTEM}/Memory"),
        VirtualMedia=link(f"{SYSTEM}/VirtualMedia"),
        Storage=link(f"{SYSTEM}/Storage"),
        EthernetInterfaces=link(f"{SYSTEM}/EthernetInterfaces"),
        Links={"Chassis": [link(CHASSIS)], "ManagedBy": [link(MANAGER)]},
        Actions={
            "#ComputerSystem.Reset": {
                "target": f"{SYSTEM}/Actions/ComputerSystem.Reset",
                "ResetType@Redfish.AllowableValues": list(reset_types),
            }
        },
    )
    yield from _processors(spec)
    yield from _memory(spec)
    yield from _interfaces(spec, power_state)
    yield from _storage(spec)
    yield from _enclosure(spec, power_state)


def _processors(spec: ServerSpec) -> Iterable[Json]:
    paths = [f"{SYSTEM}/Processors/CPU.Socket.{number}" for number in range(1, spec.sockets + 1)]
    yield collection(f"{SYSTEM}/Processors", "Processor", paths)
    for number, path in enumerate(paths, start=1):
        yield resource(
            path,
            "Processor.v1_16_0",
            f"CPU {number}",
            Socket=f"CPU.Socket.{number}",
            ProcessorType="CPU",
            Manufacturer="Intel",
            Model="Intel(R) Xeon(R) Gold 6338N CPU @ 2.20GHz",
            ProcessorArchitecture="x86",
            InstructionSet="x86-64",
            TotalCores=spec.cores,
            TotalThreads=spec.cores * spec.threads,
            Status=OK,
        )


def _memory(spec: ServerSpec) -> Iterable[Json]:
    """Modules of 16 GiB, or a single one when that does not come out even."""
    size = _MODULE if spec.memory % _MODULE == 0 else spec.memory
    paths = [f"{SYSTEM}/Memory/DIMM.Socket.A{number}" for number in range(1, spec.memory // size + 1)]
    yield collection(f"{SYSTEM}/Memory", "Memory", paths)
    for number, path in enumerate(paths, start=1):
        yield resource(
            path,
            "Memory.v1_17_1",
            f"DIMM A{number}",
            DeviceLocator=f"DIMM A{number}",
            CapacityMiB=size // 1024**2,
            MemoryDeviceType="DDR4",
            OperatingSpeedMhz=3200,
            Manufacturer="Samsung",
            PartNumber="M393A2K43DB3-CWE",
            SerialNumber=f"{spec.serial}A{number}",
            Status=OK,
        )


def _interfaces(spec: ServerSpec, power_state: str) -> Iterable[Json]:
    """Ports with their MACs; those of a server without power have no link."""
    paths = {f"{SYSTEM}/EthernetInterfaces/NIC.Integrated.1-{n}-1": nic for n, nic in enumerate(spec.nics, start=1)}
    yield collection(f"{SYSTEM}/EthernetInterfaces", "EthernetInterface", paths)
    for path, nic in paths.items():
        up = power_state == "On"
        yield resource(
            path,
            "EthernetInterface.v1_9_0",
            "System Ethernet Interface",
            MACAddress=nic.mac.upper(),
            PermanentMACAddress=nic.mac.upper(),
            LinkStatus="LinkUp" if up else "NoLink",
            SpeedMbps=nic.speed_mbit if up else None,
            AutoNeg=True,
            FullDuplex=True,
            InterfaceEnabled=True,
            Status=OK,
        )


def _storage(spec: ServerSpec) -> Iterable[Json]:
    controller = f"{SYSTEM}/Storage/CPU.1"
    drives = {f"{controller}/Drives/Disk.Bay.{number}": disk for number, disk in enumerate(spec.disks)}
    yield collection(f"{SYSTEM}/Storage", "Storage", [controller])
    yield resource(
        controller,
        "Storage.v1_15_0",
        "CPU.1",
        Drives=[link(path) for path in drives],
        **{"Drives@odata.count": len(drives)},
        Status=OK,
    )
    for path, disk in drives.items():
        yield resource(
            path,
            "Drive.v1_17_0",
            disk.name,
            CapacityBytes=disk.size,
            Model=disk.model,
            SerialNumber=disk.serial,
            MediaType="SSD",
            Protocol="NVMe" if disk.transport == "nvme" else disk.transport.upper(),
            Status=OK,
        )


def _enclosure(spec: ServerSpec, power_state: str) -> Iterable[Json]:
    yield collection(f"{ROOT}/Chassis", "Chassis", [CHASSIS])
    yield resource(
        CHASSIS,
        "Chassis.v1_23_0",
        "Computer System Chassis",
        ChassisType="RackMount",
        Manufacturer=spec.manufacturer,
        Model=spec.product,
        SerialNumber=spec.serial,
        PowerState=power_state,
        Status=OK,
        Links={"ComputerSystems": [link(SYSTEM)], "ManagedBy": [link(MANAGER)]},
    )
    yield collection(f"{ROOT}/Managers", "Manager", [MANAGER])
    yield resource(
        MANAGER,
        "Manager.v1_17_0",
        "Manager",
        ManagerType="BMC",
        FirmwareVersion="7.10.30.00",
        Model="16G Monolithic",
        PowerState="On",
        Status=OK,
        Links={"ManagerForServers": [link(SYSTEM)], "ManagerForChassis": [link(CHASSIS)]},
    )


def _accounts(username: str) -> Iterable[Json]:
    accounts, account = f"{ACCOUNT_SERVICE}/Accounts", f"{ACCOUNT_SERVICE}/Accounts/2"
    yield resource(
        ACCOUNT_SERVICE, "AccountService.v1_12_0", "Account Service", ServiceEnabled=True, Accounts=link(accounts)
    )
    yield collection(accounts, "ManagerAccount", [account])
    yield resource(
        account, "ManagerAccount.v1_9_0", "User Account", UserName=username, RoleId="Administrator", Enabled=True
    )
