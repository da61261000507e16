# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's hardware as Talos' resources show it."""

from __future__ import annotations

from typing import Any

from ...config import Disk, Nic
from ...machine import Machine

#: Vendor and product (PCI ids and names) of the NICs of each driver.
_NICS = {
    "ice": ("0x8086", "0x159b", "Intel Corporation", "Ethernet Controller E810-XXV for SFP"),
    "i40e": ("0x8086", "0x158b", "Intel Corporation", "Ethernet Controller XXV710 for 25GbE SFP28"),
    "mlx5_core": ("0x15b3", "0x1017", "Mellanox Technologies", "MT27800 Family [ConnectX-5]"),
}
_UNKNOWN_NIC = ("0x1af4", "0x1000", "Red Hat, Inc.", "Virtio network device")


def nic_identity(nic: Nic) -> tuple[str, str, str, str]:
    """Vendor id, product id, vendor and product of a NIC."""
    return _NICS.get(nic.driver, _UNKNOWN_NIC)


def pci_devices(machine: Machine) -> dict[str, Any]:
    """NICs and NVMe disks; the id is the PCI address."""
    devices = {nic.pci: _nic_device(nic) for nic in machine.spec.nics}
    drives = [disk for disk in machine.spec.disks if disk.transport == "nvme"]
    return devices | {f"0000:{0xC1 + index:02x}:00.0": _drive_device(disk) for index, disk in enumerate(drives)}


def _nic_device(nic: Nic) -> dict[str, str]:
    vendor_id, product_id, vendor, product = nic_identity(nic)
    return {
        "class": "Network controller",
        "subclass": "Ethernet controller",
        "vendor": vendor,
        "product": product,
        "class_id": "0x02",
        "subclass_id": "0x00",
        "vendor_id": vendor_id,
        "product_id": product_id,
        "driver": nic.driver,
    }


def _drive_device(disk: Disk) -> dict[str, str]:
    return {
        "class": "Mass storage controller",
        "subclass": "Non-Volatile memory controller",
        "vendor": "Samsung Electronics Co Ltd",
        "product": disk.model,
        "class_id": "0x01",
        "subclass_id": "0x08",
        "vendor_id": "0x144d",
        "product_id": "0xa80a",
        "driver": "nvme",
    }


def processors(machine: Machine) -> dict[str, Any]:
    """One for each socket."""
    spec = machine.spec
    return {
        f"CPU-{socket + 1}": {
            "socket": f"CPU{socket + 1}",
            "manufacturer": "Intel",
            "productName": "Intel(R) Xeon(R) Gold 6338N CPU @ 2.20GHz",
            "maxSpeedMhz": 3500,
            "bootSpeedMhz": 2200,
            "status": 65,
            "coreCount": spec.cores,
            "coreEnabled": spec.cores,
            "threadCount": spec.cores * spec.threads,
        }
        for socket in range(spec.sockets)
    }


def system_informations(machine: Machine) -> dict[str, Any]:
    """The server's identity from its SMBIOS."""
    spec = machine.spec
    return {
        "systeminformation": {
            "manufacturer": spec.manufacturer,
            "productName": spec.product,
            "serialnumber": spec.serial,
            "uuid": spec.uuid,
            "wakeUpType": "Power Switch",
            "skuNumber": "SKU=0A6B;ModelName=" + spec.product,
        }
    }
