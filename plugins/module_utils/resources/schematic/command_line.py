# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's command line where no Talos image brings one: kernel and initramfs come over the network.

Sources: siderolabs/talos pkg/machinery/kernel/kernel.go with imager/quirks (what belongs to which version),
pkg/imager/imager.go (the order, and what becomes of arguments that users add), platform/metal/metal.go (consoles).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.error import Finding
from ...core.path import Path
from .kernel_args import Argument, grouped, split

Minor = tuple[int, int]
# Bytes that a kernel takes, its last one being a zero (COMMAND_LINE_SIZE of x86 and arm64).
LONGEST = 2047
CONSOLES = {"amd64": ("console=tty0",), "arm64": ("console=ttyAMA0", "console=tty0")}
# Of these a user's replace ours; of others they are added.
_REPLACED = ("console", "talos.platform")
# A configuration, or a token with which one is got: whoever boots or listens would read it.
_SECRET = ("talos.config", "siderolink.api")


@dataclass(frozen=True)
class Defaults:
    """Arguments of Talos' own, from the minor version ``since`` on and before ``until``."""

    arguments: tuple[str, ...]
    since: Minor = (0, 0)
    until: Minor | None = None

    def hold(self, version: Minor) -> bool:
        return self.since <= version and (self.until is None or version < self.until)


DEFAULTS = (
    Defaults(("init_on_alloc=1", "slab_nomerge", "pti=on", "consoleblank=0")),
    Defaults(("nvme_core.io_timeout=4294967295", "printk.devkmsg=on")),
    Defaults(("ima_template=ima-ng", "ima_appraise=fix", "ima_hash=sha512"), until=(1, 11)),
    Defaults(("selinux=1",), since=(1, 10)),
    Defaults(("module.sig_enforce=1",), since=(1, 12)),
    Defaults(("proc_mem.force_override=never",), since=(1, 13)),
)


def command_line(entries: Sequence[str], version: Minor, arch: str, platform: str = "metal") -> list[str]:
    """All arguments in the order in which a factory's image of that version would have them."""
    ours = [f"talos.platform={platform}", *CONSOLES[arch]]
    ours += [text for row in DEFAULTS if row.hold(version) for text in row.arguments]
    theirs = split(entries)
    gone = {each.key[1:] for each in theirs if each.key.startswith("-")}
    gone |= {each.key for each in theirs if each.key in _REPLACED}
    kept = [each for each in split(ours) if each.key not in gone]
    added = [each for each in theirs if not each.key.startswith("-")]
    return [each.text for each in grouped([*kept, *added])]


def open_findings(entries: Sequence[str], at: Path) -> Iterator[Finding]:
    """What must not stand in a command line that everybody on the network can read, and what it cannot carry."""
    for argument in split(entries):
        reason = _unfit(argument)
        if reason:
            yield Finding((*at, argument.index), f"{argument.key}: {reason}")


def _unfit(argument: Argument) -> str:
    if argument.name.startswith(_SECRET):
        return "what boots over the network is open to all: the configuration comes through Talos' API"
    if "${" in argument.text or not argument.text.isascii() or argument.text in ("||", "&&"):
        return "iPXE would read it as something else"
    return ""
