# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to a feature gate, release by release."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.gates import (
    GATES,
    GONE,
    is_on,
    judge,
    minor_of,
    state_of,
)


def said(gate, version, *, off=False):
    """("refused" or "warned" or "", text)"""
    given = [(("gates", 0), gate)]
    told = judge([], given, version) if off else judge(given, [], version)
    if told.refused:
        return "refused", told.refused[0].reason
    return ("warned", told.warned[0]) if told.warned else ("", "")


@pytest.mark.parametrize(
    ("gate", "version", "verdict", "text"),
    [
        ("CPUManager", "v1.8.4", "", ""),
        ("Snapshot", "v1.8.4", "", ""),
        ("ExpandDisks", "v1.8.4", "", ""),
        ("ExpandDisks", "v1.9.0", "warned", "always on since KubeVirt v1.9: leave it out"),
        ("HotplugVolumes", "v1.8.4", "", ""),
        ("HotplugVolumes", "v1.9.1", "warned", "deprecated since KubeVirt v1.9"),
        ("Macvtap", "v1.8.4", "refused", "was removed"),
        ("ExperimentalVirtiofsSupport", "v1.7.0", "warned", "deprecated"),
        ("ExperimentalVirtiofsSupport", "v1.8.0", "refused", "was removed"),
        ("LiveUpdateNADRef", "v1.7.2", "refused", "comes with KubeVirt v1.8, and this is v1.7"),
        ("cpumanager", "v1.8.4", "refused", "is no feature gate"),
        ("HotplugVolume", "v1.8.4", "refused", "did you mean HotplugVolumes?"),
        ("WonderfulGate", "v1.10.0", "warned", "newer ones are not known here"),
        ("WonderfulGate", "", "refused", "is no feature gate"),
        ("Plugins", "", "", ""),
    ],
)
def test_a_gate_that_is_to_be_on(gate, version, verdict, text):
    word, reason = said(gate, version)
    assert word == verdict
    assert text in reason


@pytest.mark.parametrize(
    ("gate", "version", "verdict", "text"),
    [
        ("Snapshot", "v1.9.0", "", ""),
        ("NUMA", "v1.9.0", "refused", "cannot be switched off"),
        ("Macvtap", "v1.9.0", "", ""),
        ("Plugins", "v1.8.4", "refused", "comes with"),
    ],
)
def test_a_gate_that_is_to_be_off(gate, version, verdict, text):
    word, reason = said(gate, version, off=True)
    assert word == verdict
    assert text in reason


@pytest.mark.parametrize(
    ("gate", "minor", "enabled", "disabled", "on"),
    [
        ("HotplugVolumes", 8, [], [], False),
        ("HotplugVolumes", 8, ["HotplugVolumes"], [], True),
        ("DeclarativeHotplugVolumes", 8, [], [], False),
        ("DeclarativeHotplugVolumes", 9, [], [], True),
        ("DeclarativeHotplugVolumes", 9, [], ["DeclarativeHotplugVolumes"], False),
        ("NUMA", 8, [], [], True),
        ("LiveUpdateNADRef", None, ["LiveUpdateNADRef"], [], True),
        ("Macvtap", 8, ["Macvtap"], [], False),
    ],
)
def test_whether_a_feature_works(gate, minor, enabled, disabled, on):
    assert is_on(gate, minor, enabled, disabled) is on


def test_both_on_and_off_is_refused_where_it_is_off():
    told = judge([(("a", 0), "Sidecar")], [(("b", 0), "Sidecar")], "v1.8.4")
    assert [(finding.path, finding.reason) for finding in told.refused] == [
        (("b", 0), "Sidecar is enabled and disabled")
    ]


def test_versions_are_read():
    assert [minor_of(text) for text in ("v1.8.4", "1.9.0-rc.1", "v1.10", "latest", "v2.0.0", "")] == [
        8, 9, 10, None, None, None,
    ]  # fmt: skip


def test_the_table_goes_forward_only():
    """No gate comes back, and each state is entered once."""
    for gate, history in GATES.items():
        assert [minor for minor, _state in history] == sorted({minor for minor, _state in history}), gate
        assert GONE not in [state for _minor, state in history[:-1]], gate
        assert state_of(gate, 4) is None
