# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's capacity: the server's hardware, less what the machine configuration reserves, as the kubelet reckons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from ..config import GIB, ServerSpec
from .settings import Settings

MIB = 1024**2
SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
SYSTEM_RESERVED = {"cpu": "50m", "memory": "384Mi", "ephemeral-storage": "256Mi"}  # Talos' defaults, for workers
CONTROL_PLANE_MEMORY = "512Mi"
EVICTION_MEMORY = "100Mi"  # kubelet's own default for evictionHard memory.available
DEFAULT_PODS = 110
SIZES = {"K": 2**10, "M": MIB, "G": GIB}


def quantity(text: object) -> Fraction:
    """A Kubernetes quantity as a number (``500m``, ``1Gi``, ``2``); raises ValueError for anything else."""
    found = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(text).strip())
    if found and found.group(2) == "m":
        return Fraction(found.group(1)) / 1000
    if found is None or found.group(2) not in SUFFIXES:
        raise ValueError(f"{text!r} is no quantity")
    return Fraction(found.group(1)) * SUFFIXES[found.group(2)]


def capacity(spec: ServerSpec, settings: Settings) -> dict[str, str]:
    """``status.capacity``: all that the hardware has, huge pages included."""
    storage = spec.disks[0].size if spec.disks else 0
    return {
        "cpu": str(spec.cpus),
        "memory": _kibibytes(spec.memory),
        "ephemeral-storage": _kibibytes(storage),
        "pods": str(settings.kubelet.extra_config.get("maxPods", DEFAULT_PODS)),
        **{f"hugepages-{_binary(size)}": _binary(size * count) for size, count in hugepages(settings).items()},
    }


def allocatable(spec: ServerSpec, settings: Settings) -> dict[str, str]:
    """``status.allocatable``: capacity less system, kube and eviction reservations and huge pages."""
    total = capacity(spec, settings)
    pages = sum(size * count for size, count in hugepages(settings).items())
    memory = spec.memory - pages - _reserved(settings, "memory") - quantity(_eviction(settings))
    cpu = Fraction(spec.cpus) - (_cpu_set_size(settings) or _reserved(settings, "cpu"))
    storage = quantity(total["ephemeral-storage"]) - _reserved(settings, "ephemeral-storage")
    return {
        **total,
        "cpu": f"{int(cpu * 1000)}m" if cpu.denominator > 1 else str(cpu),
        "memory": _kibibytes(max(0, int(memory))),
        "ephemeral-storage": str(max(0, int(storage))),
    }


def hugepages(settings: Settings) -> dict[int, int]:
    """Huge pages by size in bytes, from kernel arguments, sysfs and sysctls, which is the order they are applied in."""
    pages, default = _from_kernel_arguments(settings.kernel_args)
    for key, value in settings.sysfs.items():
        found = re.search(r"hugepages-(\d+)kB[./]nr_hugepages$", key)
        if found:
            pages[int(found.group(1)) * 1024] = int(value)
    if "vm.nr_hugepages" in settings.sysctls:
        pages[default] = int(settings.sysctls["vm.nr_hugepages"])
    return {2 * MIB: 0, GIB: 0, **pages}


def _from_kernel_arguments(arguments: tuple[str, ...]) -> tuple[dict[int, int], int]:
    """Pages by size, and the default size (Linux Documentation/admin-guide/mm/hugetlbpage.rst)."""
    pages: dict[int, int] = {}
    default, current = 2 * MIB, 0
    for name, value in _split(arguments):
        if name in ("default_hugepagesz", "hugepagesz"):
            size = int(value[:-1]) * SIZES[value[-1].upper()]
            default, current = (size, current) if name == "default_hugepagesz" else (default, size)
        elif name == "hugepages":
            pages[current or default] = int(value)
    return pages, default


def _split(arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for argument in " ".join(arguments).split():
        name, _equals, value = argument.partition("=")
        yield name, value


def _reserved(settings: Settings, resource: str) -> Fraction:
    defaults = {**SYSTEM_RESERVED, **({"memory": CONTROL_PLANE_MEMORY} if settings.control_plane else {})}
    system: Mapping[str, str] = settings.kubelet.extra_config.get("systemReserved") or defaults
    kube: Mapping[str, str] = settings.kubelet.extra_config.get("kubeReserved") or {}
    return quantity(system.get(resource, 0)) + quantity(kube.get(resource, 0))


def _eviction(settings: Settings) -> str:
    hard = settings.kubelet.extra_config.get("evictionHard") or {}
    return str(hard.get("memory.available", EVICTION_MEMORY))


def _cpu_set_size(settings: Settings) -> int:
    """How many CPUs ``reservedSystemCPUs`` names (``0-1,16``); it wins over reserved cpu."""
    total = 0
    for part in str(settings.kubelet.extra_config.get("reservedSystemCPUs") or "").split(","):
        if part:
            first, _dash, last = part.partition("-")
            total += int(last or first) - int(first) + 1
    return total


def _kibibytes(count: int) -> str:
    return f"{count // 1024}Ki"


def _binary(count: int) -> str:
    if count == 0:
        return "0"
    return (
        f"{count // GIB}Gi" if count % GIB == 0 else f"{count // MIB}Mi" if count % MIB == 0 else f"{count // 1024}Ki"
    )
