# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a BMC says about its server: as much of DMTF's ComputerSystem and EthernetInterface as power needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...clients.redfish.client import ROOT, Redfish, Resource
from ...core.error import Internal, Precondition, Unsupported
from ...core.path import Json, dig
from .wanted import Bmc, same_mac

RESET = "#ComputerSystem.Reset"


@dataclass(frozen=True)
class System:
    """A server as its BMC shows it. ``boot_targets`` and ``resets`` are empty where the BMC does not list them."""

    path: str
    power: str
    boot: str = "None"
    enabled: str = "Disabled"
    boot_targets: tuple[str, ...] = ()
    resets: tuple[str, ...] = ()
    reset_path: str = ""
    uuid: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    macs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: Mapping[str, Any], macs: tuple[str, ...] = ()) -> System:
        """From a ComputerSystem; raises `Unsupported` when it has no power to read or to switch."""
        power, reset = body.get("PowerState"), dig(body, ("Actions", RESET, "target"))
        if not power or not reset:
            raise Unsupported("the BMC does not show or does not switch the power (PowerState, ComputerSystem.Reset)")
        boot: Mapping[str, Any] = body.get("Boot") or {}
        return cls(
            path=str(body.get("@odata.id", "")),
            power=str(power),
            boot=str(boot.get("BootSourceOverrideTarget") or "None"),
            enabled=str(boot.get("BootSourceOverrideEnabled") or "Disabled"),
            boot_targets=_allowed(boot, "BootSourceOverrideTarget"),
            resets=_allowed(dig(body, ("Actions", RESET), {}), "ResetType"),
            reset_path=str(reset),
            uuid=str(body.get("UUID") or "").lower(),
            serial=str(body.get("SerialNumber") or "").strip(),
            manufacturer=str(body.get("Manufacturer") or "").strip(),
            model=str(body.get("Model") or "").strip(),
            macs=macs,
        )

    @classmethod
    def assumed(cls, macs: tuple[str, ...]) -> System:
        """A server whose BMC is not there yet: taken to be off."""
        return cls(path="", power="Off", macs=macs)

    @property
    def known(self) -> bool:
        """The BMC was asked."""
        return bool(self.path)

    @property
    def runs(self) -> bool:
        """Switched on, or about to be."""
        return self.power not in ("Off", "PoweringOff")

    def takes(self, reset: str) -> bool:
        """Whether the BMC offers this ResetType; one that lists none is taken to offer all."""
        return not self.resets or reset in self.resets

    def powered(self, power: str) -> System:
        """The same server with another power state."""
        return replace(self, power=power)

    def as_result(self, name: str) -> Json:
        """The entry of the module's result."""
        return {
            "name": name,
            "power": self.power,
            "boot": {"source": self.boot, "enabled": self.enabled},
            "uuid": self.uuid,
            "serial": self.serial,
            "manufacturer": self.manufacturer,
            "model": self.model,
            "macs": list(self.macs),
        }


def read(bmc: Bmc, redfish: Redfish) -> System:
    """The server behind a BMC, with the MACs of its ports; raises `Precondition` when another one is meant."""
    return located(bmc, redfish)[0]


def located(bmc: Bmc, redfish: Redfish) -> tuple[System, Resource]:
    """The same, with the resource it was read from, which links to all the rest."""
    resource = find(bmc, redfish)
    system = System.parse(resource.body, _macs(redfish, resource))
    return identified(bmc, replace(system, path=resource.path)), resource


def find(bmc: Bmc, redfish: Redfish) -> Resource:
    """The ComputerSystem; raises `Precondition` when the BMC manages several and none is named."""
    if bmc.system:
        return redfish.get(bmc.system)
    systems = dig(redfish.get(ROOT).body, ("Systems", "@odata.id"))
    if not systems:
        raise Unsupported("the BMC manages no systems")
    paths = list(redfish.members(str(systems)))
    if len(paths) != 1:
        found = ", ".join(paths) or "none"
        hint = "name one in url: https://…/redfish/v1/Systems/<id>"
        raise Precondition(f"the BMC has {len(paths)} systems: {found}", hint=hint)
    return redfish.get(paths[0])


def identified(bmc: Bmc, system: System) -> System:
    """``system``, provided that it has all the MACs that the user knows the server by."""
    missing = [mac for mac in bmc.macs if mac not in system.macs]
    if missing:
        found = ", ".join(system.macs) or "none; some BMCs learn them when the server starts for the first time"
        what = f"another server (serial {system.serial or 'unknown'})"
        reason = f"{what}: no port has {', '.join(missing)}; found {found}"
        raise Precondition(reason, path=(*bmc.path, "macs"), hint="one of url and macs is another server's")
    return system


def _macs(redfish: Redfish, system: Resource) -> tuple[str, ...]:
    """The permanent MACs of the ports, else the current ones, in the BMC's order and each once."""
    collection = dig(system.body, ("EthernetInterfaces", "@odata.id"))
    if not collection:
        return ()
    ports = [redfish.get(path).body for path in redfish.members(str(collection))]
    macs = [port.get("PermanentMACAddress") or port.get("MACAddress") for port in ports]
    return tuple(dict.fromkeys(same_mac(str(mac)) for mac in macs if mac))


def _allowed(parent: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = parent.get(f"{name}@Redfish.AllowableValues") or []
    if not isinstance(values, list):
        raise Internal(f"{name}@Redfish.AllowableValues is no list")
    return tuple(str(value) for value in values)
