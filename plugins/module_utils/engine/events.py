# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest warning that the cluster itself has about an object: often the only place where the reason stands."""

from __future__ import annotations

from ..clients.kube.client import KubeClient
from ..clients.kube.request import Resource
from ..core.error import NfviError
from .item import Item

_EVENTS = Resource("v1", "Event", "events", True)


def warnings_about(client: KubeClient, item: Item) -> str:
    """`` (event …)`` to be put behind a reason; empty when there is none or nobody answers."""
    selector = f"involvedObject.kind={item.kind.kind},involvedObject.name={item.name},type=Warning"
    try:
        found = client.list(_EVENTS, item.namespace or None, field_selector=selector).items
    except NfviError:
        return ""
    if not found:
        return ""
    newest = max(found, key=lambda e: e.get("lastTimestamp") or e.get("eventTime") or "")
    return f" (event {newest.get('reason')}: {newest.get('message')})"
