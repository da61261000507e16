# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything in a cluster, by kubectl, as one comparable text an object.

Set aside is what two clusters built alike differ in: uids, times, versions, generations, random suffixes, generated
secrets. MAC addresses follow from random names, and pods with such names get the addresses of a pool in the order in
which strangers happen to make them: those are told by whose they are.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from difflib import unified_diff
from typing import Any

Kubectl = Callable[..., str]

# What happened, and who is alive at the moment: not state. ComponentStatus asks the scheduler and etcd when it is read;
# a kubelet asks for its certificate as often as it must, and the requests go after an hour.
PASSING = (
    "events",
    "events.events.k8s.io",
    "leases.coordination.k8s.io",
    "componentstatuses",
    "certificatesigningrequests.certificates.k8s.io",
)
# Numbered or dated by the server, or drawn by lot.
SET_ASIDE = re.compile(
    r".*[uU]id|.*Time|.*Timestamp|startedAt|.*[gG]eneration|resourceVersion|managedFields|containerID|"
    r"pod-template-hash|controller-revision-hash|pod-template-generation|revision"
)
DRAWN = {
    re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"): "<uid>",
    re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b"): "<mac>",
    re.compile(r"\b(revision-start-vm-<uid>)-[0-9]+\b"): r"\1-*",
    re.compile(r"\b(kube-api-access|bootstrap-token)-[0-9a-z]{5,6}\b"): r"\1-*",
}
GENERATED = {"Secret": ("data",)}
GENERATED_EVERYWHERE = ("caBundle", "ca.crt", "client-ca-file", "requestheader-client-ca-file")
# What depends on which of two strangers was faster: Kube-OVN notes in a pod's IP the node that it had at that moment,
# and the API server gives a pod the zone that its node had when it was bound.
RACES = {"IP": ("nodeName", "ovn.kubernetes.io/node-name"), "Pod": ("topology.kubernetes.io/zone",)}


def dump(kubectl: Kubectl) -> dict[str, str]:
    """Object -> its text; several pods of one owner are one entry."""
    kinds = [kind for kind in kubectl("api-resources", "--verbs=list", "-o", "name").split() if kind not in PASSING]
    items = _now(json.loads(kubectl("get", ",".join(kinds), "--all-namespaces", "-o", "json"))["items"])
    names = dict(_random_names(items))
    names |= dict(_pool_addresses(items, names))
    shown: dict[str, list[str]] = defaultdict(list)
    for name, text in (_shown(item, names) for item in items):
        shown[name].append(text)
    return {name: "\n".join(sorted(texts)) for name, texts in shown.items()}


def differences(one: dict[str, str], other: dict[str, str]) -> str:
    """What differs between two dumps, line by line; empty when nothing does."""
    told = [
        line
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
        for line in unified_diff(
            one.get(name, "").split("\n"), other.get(name, "").split("\n"), name, name, lineterm=""
        )
    ]
    return "\n".join(told)


def differences_after_a_while(before: dict[str, str], kubectl: Kubectl, seconds: float = 60) -> str:
    """The same with what is there as soon as nothing differs, or else at last: controllers see to what passes, such as
    the readiness of nodes that were away.
    """
    end = time.monotonic() + seconds
    while (told := differences(before, dump(kubectl))) and time.monotonic() < end:
        time.sleep(0.5)
    return told


def _now(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the revisions that their owner has left behind: that is history."""
    newest: dict[str, int] = defaultdict(int)
    for item in items:
        newest[_owner(item)] = max(newest[_owner(item)], item.get("revision", 0))
    return [item for item in items if "revision" not in item or item["revision"] == newest[_owner(item)]]


def _owner(item: dict[str, Any]) -> str:
    return next((str(owner["uid"]) for owner in item["metadata"].get("ownerReferences", [])), "")


def _shown(item: dict[str, Any], names: dict[str, str]) -> tuple[str, str]:
    """A schema has fields that are called like what is set aside, so that it is compared as it is."""
    kept = {"spec": item["spec"]} if item["kind"] == "CustomResourceDefinition" else {}
    text = json.dumps({**_plain(item, item["kind"]), **kept}, sort_keys=True, indent=1)
    for name, plain in names.items():
        text = text.replace(name, plain)
    for pattern, plain in DRAWN.items():
        text = pattern.sub(plain, text)
    metadata = json.loads(text)["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}", text


def _plain(value: Any, kind: str) -> Any:
    """Without what is set aside, at any depth."""
    generated, races = (*GENERATED.get(kind, ()), *GENERATED_EVERYWHERE), RACES.get(kind, ())
    if isinstance(value, dict):
        return {
            key: _hidden(item) if key in generated else _plain(item, kind)
            for key, item in value.items()
            if not SET_ASIDE.fullmatch(key) and key not in races
        }
    return [_plain(item, kind) for item in value] if isinstance(value, list) else value


def _hidden(value: Any) -> Any:
    return dict.fromkeys(value, "generated") if isinstance(value, dict) else "generated"


def _random_names(items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Names that the server made up, each with the same name without its random end; longest first."""
    made_up = {}
    for item in items:
        metadata = item["metadata"]
        prefix = metadata.get("generateName")
        if prefix and metadata["name"] != prefix:
            made_up[metadata["name"]] = prefix + "*"
    return iter(sorted(made_up.items(), key=lambda pair: -len(pair[0])))


def _pool_addresses(items: list[dict[str, Any]], names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The address of each pod with a made-up name, as a whole JSON text."""
    for item in items:
        if item["kind"] == "IP" and item["spec"]["podName"] in names:
            yield f'"{item["spec"]["ipAddress"]}"', f'"<address of {names[item["spec"]["podName"]]}>"'
