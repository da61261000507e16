# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network attachments (k8s.cni.cncf.io, multi-network specification v1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core import json_text
from ...core.error import Finding
from ...core.path import Json, Path, dig
from ...engine.kind import NAMESPACED, Kind

_CONFIG: Path = ("spec", "config")


def config_findings(nad: Json) -> Iterator[Finding]:
    """What Multus accepts, and no pod ever gets an interface from: no JSON, no plugin, Kube-OVN for somebody else.

    Without a configuration, Multus looks for a file of that name on the node.
    """
    text = dig(nad, _CONFIG)
    if not text:
        return
    try:
        config = json_text.read(str(text))
    except ValueError as exc:
        yield Finding(_CONFIG, str(exc))
        return
    plugins = config.get("plugins", [config]) if isinstance(config, dict) else []
    if not plugins or not all(isinstance(each, dict) and each.get("type") for each in plugins):
        yield Finding(_CONFIG, "names no plugin: type, or plugins with a type each, is required")
        return
    for each in plugins:
        yield from _provider(nad["metadata"], each)


def _provider(meta: Json, plugin: Json) -> Iterator[Finding]:
    """Kube-OVN finds an attachment by its provider, ``<name>.<namespace>``, and ``.ovn`` after it where OVN makes the
    port (docs/advance/multi-nic.md).
    """
    name = f"{meta['name']}.{meta.get('namespace') or 'default'}"
    ipam = plugin.get("ipam") or {}
    asked = [(plugin, f"{name}.ovn")] if plugin["type"] == "kube-ovn" else []
    asked += [(ipam, name)] if isinstance(ipam, dict) and ipam.get("type") == "kube-ovn" else []
    for part, wanted in asked:
        if part.get("provider") != wanted:
            yield Finding(_CONFIG, f"provider is {part.get('provider')!r}: Kube-OVN knows this attachment as {wanted}")


def _same_config(nad: Json, live: Json | None) -> Json:
    return json_text.kept(nad, live, _CONFIG)


NAD = Kind(
    "k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-attachment-definitions", NAMESPACED, rank=2,
    normalise=_same_config, checks=(config_findings,),
)  # fmt: skip

KINDS = (NAD,)
