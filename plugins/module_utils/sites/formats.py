# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the values of a site file are written: addresses, networks, MACs, URLs, names. Each refuses at its own place."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Union
from urllib.parse import urlsplit

from ..core.error import InvalidInput
from ..core.given import Given

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

Reader = Callable[[Given, str], str]

# RFC 1123 label: what a host, a Kubernetes namespace and most object names may be.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
_VERSION = re.compile(r"v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\Z")
_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}\Z")


def label(given: Given, key: str) -> str:
    """An RFC 1123 label: lower-case letters, digits and '-', at most 63."""
    text = given.text(key)
    if not _LABEL.match(text):
        given.at(key).refuse(
            f"{text!r} is not a valid name", hint="lower-case letters, digits and '-', at most 63 (RFC 1123)"
        )
    return text


def address(given: Given, key: str) -> str:
    """An IPv4 or IPv6 address in its usual notation."""
    text = given.text(key)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as exc:
        raise InvalidInput(f"{text!r} is not an IP address", path=(*given.path, key)) from exc


def network(given: Given, key: str) -> str:
    """A network in CIDR notation without host bits."""
    text = given.text(key)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as exc:
        raise InvalidInput(f"{text!r} is not a network ({exc})", path=(*given.path, key)) from exc


def mac(given: Given, key: str) -> str:
    """A MAC address, colon separated; made lower case, as Linux and Redfish compare it."""
    text = given.text(key).lower()
    if not _MAC.match(text):
        given.at(key).refuse(
            f"{text!r} is not a MAC address",
            hint='write "aa:bb:cc:dd:ee:ff", quoted: YAML reads some of them as numbers',
        )
    return text


def https_url(given: Given, key: str) -> str:
    """An https URL without query or credentials."""
    text = given.text(key).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        given.at(key).refuse(f"{text!r} is not an https URL", hint="https://<address>[:<port>][/<path>]")
    if parts.username is not None:
        given.at(key).refuse("a URL must not hold credentials", hint="they have options of their own")
    return text


def text(given: Given, key: str) -> str:
    """Any text."""
    return given.text(key)


def version(given: Given, key: str) -> str:
    """A release version as upstream tags it: v1.2.3."""
    text = given.text(key)
    if not _VERSION.match(text):
        given.at(key).refuse(f"{text!r} is not a version", hint="v<major>.<minor>.<patch>")
    return text


def image(given: Given, key: str) -> str:
    """A container image by digest: a tag may be moved, a digest may not."""
    text = given.text(key)
    if not _DIGEST.match(text):
        given.at(key).refuse(
            f"{text!r} is not an image by digest", hint="<registry>/<name>[:<tag>]@sha256:<64 hex digits>"
        )
    return text


def listed(given: Given, key: str, read: Reader) -> tuple[str, ...]:
    """Every item of a list, each read by the same format; empty when absent."""
    return tuple(item_read(item, read) for item in given.items(key))


def item_read(item: Given, read: Reader) -> str:
    """One item of a list, read by a format that reads entries of mappings."""
    try:
        return read(Given({"": item.value}), "")
    except InvalidInput as refusal:
        refusal.path = item.path
        raise


def near(known: Iterable[str]) -> str:
    """What there is instead, for a hint."""
    names = sorted(known)
    return f"there are: {', '.join(names)}" if names else "there are none"
