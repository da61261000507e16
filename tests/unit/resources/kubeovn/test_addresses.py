# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as Kube-OVN reads and rewrites them; the pairs were seen on a real kube-ovn-controller."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn import addresses


@pytest.mark.parametrize(
    ("cidr", "written", "gateway", "protocol"),
    [
        ("10.2.0.5/24", "10.2.0.0/24", "10.2.0.1", "IPv4"),
        ("fd00:1::5/64", "fd00:1::/64", "fd00:1::1", "IPv6"),
        ("10.2.0.5/24, fd00:1::5/64", "10.2.0.0/24,fd00:1::/64", "10.2.0.1,fd00:1::1", "Dual"),
    ],
)
def test_a_cidr_is_rewritten(cidr, written, gateway, protocol):
    assert addresses.canonical_cidr(cidr) == written
    assert addresses.default_gateway(cidr) == gateway
    assert addresses.protocol(cidr) == protocol


@pytest.mark.parametrize(
    ("given_ranges", "written"),
    [
        (["10.0.0.9", "10.0.0.1"], ["10.0.0.1", "10.0.0.9"]),
        (["10.0.0.1", "10.0.0.1"], ["10.0.0.1"]),
        (["10.0.0.1", "10.0.0.2"], ["10.0.0.1..10.0.0.2"]),
        (["10.0.0.5..10.0.0.9", "10.0.0.1..10.0.0.6"], ["10.0.0.1..10.0.0.9"]),
        (["fd00::1", "10.0.0.1"], ["10.0.0.1", "fd00::1"]),
    ],
)
def test_excluded_addresses_are_sorted_and_merged(given_ranges, written):
    assert addresses.merged(given_ranges) == written


BLOCK = int(ipaddress.ip_address("10.0.0.0"))
RANGES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=12)


def text(start, length):
    first, last = ipaddress.ip_address(BLOCK + start), ipaddress.ip_address(BLOCK + start + length)
    return f"{first}..{last}"


def members(ranges):
    read = [addresses.read_range(each) for each in ranges]
    return {number for low, high in read for number in range(int(low), int(high) + 1)}


@given(RANGES)
def test_merging_keeps_every_address_and_is_done_once(found):
    ranges = [text(*each) for each in found]
    once = addresses.merged(ranges)
    assert members(once) == members(ranges)
    assert addresses.merged(once) == once
    ends = [addresses.read_range(each) for each in once]
    assert all(int(high) + 1 < int(low) for (_l, high), (low, _h) in itertools.pairwise(ends))


@pytest.mark.parametrize("wrong", ["10.0.0.300", "10.0.0.9..10.0.0.1", "10.0.0.1..fd00::1", "x", ""])
def test_what_is_no_range(wrong):
    with pytest.raises(ValueError, match=r"."):
        addresses.read_range(wrong)


@pytest.mark.parametrize(
    ("address", "cidr", "expected"),
    [
        ("10.0.0.1", "10.0.0.0/24", False),
        ("10.0.1.1", "10.0.0.0/24", True),
        ("10.0.0.0", "10.0.0.0/24", True),
        ("10.0.0.255", "10.0.0.0/24", True),
        ("fd00::", "fd00::/64", True),
        ("fd00::ffff:ffff:ffff:ffff", "fd00::/64", False),
        ("fd00::1", "10.0.0.0/24,fd00::/64", False),
    ],
)
def test_outside(address, cidr, expected):
    assert addresses.outside(address, cidr) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("10.0.0.0/24", "10.0.0.128/25", True),
        ("10.0.0.0/25", "10.0.0.128/25", False),
        ("10.0.0.0/24", "fd00::/64", False),
        ("10.0.0.0/24,fd00::/64", "10.1.0.0/24,fd00::/96", True),
    ],
)
def test_overlapping(left, right, expected):
    for one, other in ((left, right), (right, left)):
        assert addresses.overlapping(one, other) is expected
