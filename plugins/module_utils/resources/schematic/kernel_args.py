# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel arguments of a Talos image: what the factory makes of their order, and what the kernel makes of them.

Sources: siderolabs/go-procfs procfs/cmdline.go (values are grouped by key), talos#11310, talos#12719,
image-factory#154; siderolabs/pkgs kernel/build/config-amd64 of each release line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.error import Finding
from ...core.path import Path

# A size and how many pages of it follow each other; out of order the kernel allocates other amounts.
_HUGE = frozenset({"default_hugepagesz", "hugepagesz", "hugepages"})


@dataclass(frozen=True)
class Useless:
    """Arguments that a kernel ignores without a word; ``since`` is the first minor version that knows them."""

    names: tuple[str, ...]
    since: tuple[int, int] | None
    reason: str


USELESS = (
    Useless(
        ("nohz_full", "rcu_nocbs", "rcu_nocb_poll"), (1, 15), "the kernel is built without NO_HZ_FULL and RCU_NOCB_CPU"
    ),
    Useless(("preempt",), (1, 13), "the kernel is built without PREEMPT_DYNAMIC"),
    Useless(("rdt",), None, "the kernel is built without X86_CPU_RESCTRL"),
    Useless(("vfio.enable_unsafe_noiommu_mode",), None, "the kernel is built without VFIO_NOIOMMU"),
)
# Talos does not boot without them (pkg/kernel/kspp); a leading minus takes an argument away.
REQUIRED = ("slab_nomerge", "pti")


@dataclass(frozen=True)
class Argument:
    """One argument; ``index`` is the entry of the user's list that it stands in, which may hold several."""

    text: str
    index: int

    @property
    def key(self) -> str:
        return self.text.partition("=")[0]

    @property
    def name(self) -> str:
        """The key as the kernel reads it, which takes quotes away."""
        return self.key.lstrip('"')


def split(entries: Sequence[str]) -> list[Argument]:
    """The arguments in the entries of the list."""
    return [Argument(text, index) for index, entry in enumerate(entries) for text in entry.split()]


def grouped(arguments: Sequence[Argument]) -> list[Argument]:
    """In the order in which the kernel gets them: all values of a key together, where the first of them was."""
    groups: dict[str, list[Argument]] = {}
    for argument in arguments:
        groups.setdefault(argument.key, []).append(argument)
    return [argument for group in groups.values() for argument in group]


def findings(entries: Sequence[str], version: tuple[int, int], at: Path) -> Iterator[Finding]:
    """What is wrong with the arguments for that minor version of Talos."""
    arguments = split(entries)
    yield from _misplaced(arguments, at)
    for argument in arguments:
        reason = _ignored(argument, version) or _needed(argument)
        if reason:
            yield Finding((*at, argument.index), f"{argument.text}: {reason}")


def regrouped(entries: Sequence[str]) -> str:
    """What the kernel gets, when its order is not the user's; empty when it is."""
    arguments = split(entries)
    before, after = (" ".join(each.text for each in some) for some in (arguments, grouped(arguments)))
    return after if after != before else ""


def _misplaced(arguments: Sequence[Argument], at: Path) -> Iterator[Finding]:
    before, after = ([each for each in some if each.name in _HUGE] for some in (arguments, grouped(arguments)))
    wrong = next((theirs for mine, theirs in zip(before, after, strict=True) if mine.text != theirs.text), None)
    if wrong is not None:
        line = " ".join(each.text for each in after)
        reason = f"the kernel would get {line}: one page size here, a second one by SysfsConfig (nr_hugepages)"
        yield Finding((*at, wrong.index), reason)


def _ignored(argument: Argument, version: tuple[int, int]) -> str:
    row = next((each for each in USELESS if argument.name in each.names), None)
    if row is None and argument.name == "isolcpus" and "nohz" in argument.text.partition("=")[2].split(","):
        row = USELESS[0]
    if row is None or (row.since is not None and version >= row.since):
        return ""
    until = f" before Talos {row.since[0]}.{row.since[1]}" if row.since else ""
    return f"{row.reason}{until}, and ignores it"


def _needed(argument: Argument) -> str:
    taken = argument.key[1:] if argument.key.startswith("-") else ""
    return "Talos does not boot without it" if taken in REQUIRED else ""
