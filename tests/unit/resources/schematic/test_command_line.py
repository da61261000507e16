# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's command line for a boot from the network, which an image would have built in."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.schematic.command_line import (
    command_line,
    open_findings,
)

ALWAYS = {"talos.platform=metal", "slab_nomerge", "pti=on", "init_on_alloc=1", "printk.devkmsg=on"}


@pytest.mark.parametrize(
    ("version", "has", "has_not"),
    [
        ((1, 9), {"ima_appraise=fix"}, {"selinux=1"}),
        ((1, 10), {"ima_appraise=fix", "selinux=1"}, {"module.sig_enforce=1"}),
        ((1, 11), {"selinux=1"}, {"ima_appraise=fix", "module.sig_enforce=1"}),
        ((1, 12), {"selinux=1", "module.sig_enforce=1"}, {"proc_mem.force_override=never"}),
        ((1, 13), {"selinux=1", "module.sig_enforce=1", "proc_mem.force_override=never"}, {"ima_appraise=fix"}),
    ],
)
def test_each_version_has_its_own(version: tuple[int, int], has: set[str], has_not: set[str]) -> None:
    line = set(command_line([], version, "amd64"))
    assert ALWAYS | has <= line
    assert not has_not & line


def test_what_users_add_replaces_takes_away_and_is_grouped() -> None:
    given = ["console=ttyS0,115200 hugepagesz=1G", "-selinux", "hugepages=4", "hugepagesz=2M"]
    line = command_line(given, (1, 13), "amd64")
    assert [text for text in line if text.startswith("console=")] == ["console=ttyS0,115200"]
    assert "selinux=1" not in line
    assert "-selinux" not in line
    assert line[-3:] == ["hugepagesz=1G", "hugepagesz=2M", "hugepages=4"]


def test_arm_has_its_consoles() -> None:
    assert command_line([], (1, 13), "arm64")[:3] == ["talos.platform=metal", "console=ttyAMA0", "console=tty0"]


@pytest.mark.parametrize(
    "argument",
    ["talos.config=http://x/", "talos.config.inline=abc", "siderolink.api=https://x?jointoken=y", "a=${uuid}", "||"],
)
def test_what_everybody_could_read_or_ipxe_would_is_refused(argument: str) -> None:
    found = list(open_findings(["quiet", argument], ("kernel_args",)))
    assert [each.path for each in found] == [("kernel_args", 1)]
