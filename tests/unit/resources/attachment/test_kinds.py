# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text in which an attachment's CNI configuration lies."""

from __future__ import annotations

import json

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.attachment.kinds import NAD


def nad(config):
    text = config if isinstance(config, str) else json.dumps(config)
    return {"metadata": {"name": "n6", "namespace": "upf"}, "spec": {"config": text}}


def wrong(config):
    return [str(finding) for check in NAD.checks for finding in check(nad(config))]


@pytest.mark.parametrize(
    "config",
    [
        "",
        {"type": "macvlan", "master": "ens1"},
        {"plugins": [{"type": "macvlan"}, {"type": "tuning"}]},
        {"type": "kube-ovn", "provider": "n6.upf.ovn"},
        {"type": "macvlan", "ipam": {"type": "kube-ovn", "provider": "n6.upf"}},
    ],
)
def test_accepted(config):
    assert wrong(config) == []


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("{", "is not JSON: Expecting property name"),
        ("[]", "names no plugin"),
        ({"cniVersion": "0.3.1"}, "names no plugin"),
        ({"plugins": [{"type": "macvlan"}, {}]}, "names no plugin"),
        ({"type": "kube-ovn"}, "Kube-OVN knows this attachment as n6.upf.ovn"),
        ({"type": "kube-ovn", "provider": "n6.upf"}, "Kube-OVN knows this attachment as n6.upf.ovn"),
        ({"type": "macvlan", "ipam": {"type": "kube-ovn", "provider": "n6.other"}}, "knows this attachment as n6.upf"),
        ({"plugins": [{"type": "kube-ovn", "provider": "x"}]}, "Kube-OVN knows this attachment as n6.upf.ovn"),
    ],
)
def test_refused(config, why):
    (found,) = wrong(config)
    assert found.startswith("spec.config")
    assert why in found


def test_order_and_white_space_are_no_change():
    live = nad('{"type": "macvlan",   "master":"ens1"}')
    assert NAD.normalise(nad({"master": "ens1", "type": "macvlan"}), live) == live
    for other in ({"master": "ens2", "type": "macvlan"}, {"master": "ens1"}):
        assert NAD.normalise(nad(other), live) == nad(other)


def test_true_is_not_one():
    wanted = nad({"type": "sriov", "trust": True})
    assert NAD.normalise(wanted, nad({"type": "sriov", "trust": 1})) == wanted


def test_what_was_no_json_before_is_replaced():
    wanted = nad({"type": "macvlan"})
    assert NAD.normalise(wanted, nad("{")) == wanted
    assert NAD.normalise(wanted, None) == wanted
