# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that users write into machine configurations: addresses, names, versions, checked where they stand."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

# One label of a host name (RFC 1123); Talos takes at most 63 characters and does not look at them (measured).
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?\Z")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")

# Talos' own keys of the kubelet's configuration (pkg/machinery/kubelet/kubelet.go).
KUBELET_PROTECTED = (
    "apiVersion authentication authorization cgroupRoot kind kubeletCgroups port protectKernelDefaults resolvConf "
    "rotateCertificates systemCgroups staticPodPath seccompDefault"
).split()


def wrong_hostname(text: str) -> str | None:
    """Why the text is not a host name, or None."""
    labels = text.split(".")
    if len(text) > 253 or not all(_LABEL.match(label) for label in labels):
        return f"{text!r} is not a host name (lower-case letters, digits and '-', at most 63 a label)"
    return None


def wrong_address(text: str) -> str | None:
    """Why the text is not an IP address, or None."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return f"{text!r} is not an IP address"
    return None


def wrong_prefix(text: str) -> str | None:
    """Why the text is not an address with a prefix length, or None."""
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return f"{text!r} is not an address with a prefix length"
    return None if "/" in text else f"{text!r} has no prefix length (for example {text}/24)"


def wrong_subnet(text: str) -> str | None:
    """Why the text is not a subnet, or None."""
    problem = wrong_prefix(text)
    if problem:
        return problem
    network = ipaddress.ip_interface(text).network
    return None if str(network) == text else f"{text!r} has bits set beyond its prefix (the subnet is {network})"


def wrong_endpoint(text: str) -> str | None:
    """Why the text is not the URL of a Kubernetes API, or None."""
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    return None if good else f"{text!r} is not an https URL (for example https://10.0.0.10:6443)"


def wrong_label(key: str, value: str) -> str | None:
    """Why this is not a Kubernetes label, or None (k8s.io/apimachinery pkg/util/validation)."""
    prefix, slash, name = key.rpartition("/")
    if slash and (wrong_hostname(prefix) or not prefix):
        return f"{key!r} does not begin with a DNS name"
    if not _LABEL_NAME.match(name):
        return f"{key!r} is not a label's name"
    return None if value == "" or _LABEL_NAME.match(value) else f"{value!r} is not a label's value"


def mac(text: str) -> str | None:
    """The MAC address in Linux' notation (aa:bb:cc:dd:ee:ff), or None when it is none."""
    plain = text.strip().lower().replace("-", ":")
    return plain if _MAC.match(plain) else None
