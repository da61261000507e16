# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/rbac.yaml: what the collection's own service account needs, one ClusterRole a family of modules.

    .venv/bin/python hacking/rbac.py

What a family may do is said here once: the API groups it writes. Which kinds these have, and which others must be read
(what refers to them, and what they refer to), is read off the table of kinds, so that a new row needs nothing here.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".venv" / "collections"))

import yaml  # noqa: E402

from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.kind import Kind  # noqa: E402
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY  # noqa: E402

Obj = dict[str, Any]
Rule = tuple[str, str]  # group, resource

FILE = ROOT / "docs" / "rbac.yaml"
MODULES = "nfvi.kubevim.io/modules"
READ = ("get", "list", "watch")
# A server-side apply that makes an object is a patch and a create.
WRITE = (*READ, "create", "patch", "delete")

KINDS = tuple(REGISTRY.all())
# What lets its writer gain rights, or stand between everybody and the API server: for who installs operators only.
POWERFUL = frozenset({
    "clusterroles", "clusterrolebindings", "roles", "rolebindings", "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations", "apiservices", "customresourcedefinitions", "priorityclasses", "storageclasses",
    "persistentvolumes",
})  # fmt: skip
# Written by modules of their own: a node by a drain, the operators' own objects by who runs the cluster.
SET_APART = frozenset({"nodes", "kubevirts", "cdis", "cdiconfigs"})
HEAD = """\
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by hacking/rbac.py from the table of kinds; do not edit.
#
# Least privilege for the service account that this collection works with: apply the file, then bind the account to the
# roles of the modules that it calls (the annotation nfvi.kubevim.io/modules says which they are), with a RoleBinding
# where one namespace is all it is for:
#
#   kubectl apply -f rbac.yaml
#   kubectl create clusterrolebinding nfvi-kubeovn --clusterrole=kubevim-nfvi-kubeovn --serviceaccount=nfvi:site
#
# No role has a wildcard, `escalate`, `bind` or `impersonate`. So who installs an operator that brings roles of its own
# (k8s_component, helm_release) needs, besides kubevim-nfvi-components, the rights that these roles grant: Kubernetes
# lets nobody grant what they do not have. Kinds that this collection does not know need a role of yours.
"""


@dataclass(frozen=True)
class Family:
    """A role: its ``modules``, what they ``write`` besides the kinds of the ``groups``, ``read`` without writing, and
    may do ``besides`` (by group, resource with its subresource); of what is ``named`` they read these objects only."""

    modules: tuple[str, ...]
    groups: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    write: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    besides: Mapping[Rule, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[Rule, tuple[str, ...]] = field(default_factory=dict)

    def written(self) -> list[Kind]:
        """The kinds that it may make, change and delete."""
        return [kind for kind in KINDS if self._writes(kind)]

    def _writes(self, kind: Kind) -> bool:
        if kind.plural in self.write:
            return True
        chosen = kind.plural in self.only if self.only else kind.plural not in POWERFUL | SET_APART
        return kind.group in self.groups and chosen


CORE = ("", "apps", "batch", "policy", "networking.k8s.io")
KUBEVIRT = tuple(
    sorted({kind.group for kind in KINDS if kind.group.endswith("kubevirt.io") and "cdi." not in kind.group})
)
CDI = ("cdi.kubevirt.io", "forklift.cdi.kubevirt.io")
PLATFORM = (
    "snapshot.storage.k8s.io",
    "groupsnapshot.storage.k8s.io",
    "nfd.k8s-sigs.io",
    "topology.node.k8s.io",
    "nmstate.io",
)
# Without them Kube-OVN's controller touches no NAT gateway (pkg/controller/vpc_nat.go).
NAT_SWITCHES = ("ovn-vpc-nat-config", "ovn-vpc-nat-gw-config")
SUBRESOURCES = "subresources.kubevirt.io"
VM_VERBS = {
    **{(SUBRESOURCES, f"virtualmachines/{verb}"): ("update",) for verb in ("start", "stop", "restart")},
    **{(SUBRESOURCES, f"virtualmachines/{verb}"): ("update",) for verb in ("addvolume", "removevolume")},
    **{(SUBRESOURCES, f"virtualmachineinstances/{verb}"): ("update",) for verb in ("pause", "unpause", "softreboot")},
}
MACHINES = ("virtualmachines", "virtualmachineinstances", "virtualmachineinstancemigrations")

FAMILIES: Mapping[str, Family] = {
    "info": Family(
        ("k8s_info", "kubeovn_info", "kubevirt_info", "site_info", "sriov_info"),
        read=tuple(kind.plural for kind in KINDS if kind.plural != "secrets"),
    ),
    "objects": Family(
        ("helm_release", "k8s_component", "k8s_info", "k8s_objects"),
        CORE,
        besides={("", "secrets"): ("update",)},  # helm's own book
    ),
    "components": Family(
        ("helm_release", "k8s_component", "k8s_objects"),
        tuple(sorted({kind.group for kind in KINDS if kind.plural in POWERFUL})),
        only=POWERFUL,
    ),
    "drain": Family(
        ("k8s_drain",),
        read=("nodes", "pods", "poddisruptionbudgets", "kubevirts", *MACHINES),
        besides={
            ("", "nodes"): ("patch",),
            ("", "pods/eviction"): ("create",),
            ("kubevirt.io", "virtualmachineinstances"): ("delete",),
        },
    ),
    "kubeovn": Family(
        ("k8s_objects", "kubeovn_nat", "kubeovn_network", "kubeovn_security_group", "kubeovn_subnet", "kubeovn_vpc"),
        ("kubeovn.io",),
        read=("nodes",),  # a provider network names them
        named={("", "configmaps"): NAT_SWITCHES},
    ),
    "kubeovn-port": Family(
        ("kubeovn_port",),
        read=("security-groups", "virtualmachineinstances"),
        besides={
            ("", "pods"): (*READ, "patch"),
            ("apps", "replicasets"): READ,
            **{("apps", each): (*READ, "patch") for each in ("deployments", "statefulsets", "daemonsets")},
            ("kubevirt.io", "virtualmachines"): (*READ, "patch"),
        },
    ),
    "kubevirt": Family(
        ("k8s_objects", "kubevirt_hotplug", "kubevirt_vm", "kubevirt_vm_action"),
        KUBEVIRT,
        write=("secrets",),
        read=("kubevirts",),
        besides=VM_VERBS,
    ),
    "kubevirt-cluster": Family(
        ("k8s_objects", "kubevirt_cluster"),
        write=("kubevirts", "cdis", "cdiconfigs"),
        besides={("apps", "deployments"): READ, ("", "pods"): READ},
    ),
    "cdi": Family(
        ("cdi_upload", "k8s_objects"),
        CDI,
        write=("persistentvolumeclaims",),
        read=("cdiconfigs",),
        besides={("upload.cdi.kubevirt.io", "uploadtokenrequests"): ("create",)},
    ),
    "attachments": Family(
        ("k8s_objects", "network_attachment"), ("k8s.cni.cncf.io", "danm.k8s.io", "danm.io"), read=("kubevirts",)
    ),
    "sriov": Family(
        ("k8s_objects", "sriov_network"),
        ("sriovnetwork.openshift.io",),
        write=("configmaps",),
        read=("nodes", "network-attachment-definitions"),
        besides={("apps", "daemonsets"): (*READ, "patch")},  # of the device plugin, to read its settings anew
    ),
    "platform": Family(
        ("k8s_objects",),
        (
            "snapshot.storage.k8s.io",
            "groupsnapshot.storage.k8s.io",
            "nfd.k8s-sigs.io",
            "topology.node.k8s.io",
            "nmstate.io",
        ),
    ),
    "vnf": Family(
        ("vnf_instance",),
        write=("namespaces", "secrets", "virtualmachines", "datavolumes"),
        read=("virtualmachineinstances",),
        besides=VM_VERBS,
    ),
}


def roles() -> Iterator[Obj]:
    """Every ClusterRole of the file."""
    for name, family in FAMILIES.items():
        meta = {"name": f"kubevim-nfvi-{name}", "annotations": {MODULES: " ".join(family.modules)}}
        yield {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": meta,
            "rules": rules(family),
        }


def rules(family: Family) -> list[Obj]:
    """What a family may do: resources with the same verbs in one rule."""
    verbs: dict[Rule, set[str]] = defaultdict(set)
    written = family.written()
    for kind in _near(written) | {kind for kind in KINDS if kind.plural in family.read}:
        verbs[kind.group, kind.plural] |= {*READ}
    verbs["", "events"] |= {*READ}  # why something does not work
    for kind in written:
        verbs[kind.group, kind.plural] |= {*WRITE}
    for rule, more in family.besides.items():
        verbs[rule] |= {*more}
    return [*_together(verbs), *(_of_names(*rule, names) for rule, names in family.named.items())]


def _of_names(group: str, resource: str, names: tuple[str, ...]) -> Obj:
    return {"apiGroups": [group], "resources": [resource], "resourceNames": [*names], "verbs": [*READ]}


def _near(kinds: Iterable[Kind]) -> set[Kind]:
    """What refers to these kinds, or is referred to by them: looked at before one is written or deleted."""
    names = {kind.kind for kind in kinds}
    wanted = {ref.kind for kind in kinds for ref in kind.refers_to}
    return {kind for kind in KINDS if kind.kind in wanted or any(ref.kind in names for ref in kind.refers_to)}


def _together(verbs: Mapping[Rule, set[str]]) -> Iterator[Obj]:
    order = {verb: number for number, verb in enumerate((*WRITE, "update"))}
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), said in verbs.items():
        alike[group, tuple(sorted(said, key=order.__getitem__))].append(resource)
    for (group, granted), resources in sorted(alike.items()):
        yield {"apiGroups": [group], "resources": sorted(resources), "verbs": list(granted)}


class _Dumper(yaml.SafeDumper):
    """Short lists on one line."""


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    short = len(str(items)) < 90 and all(isinstance(each, str) for each in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


_Dumper.add_representer(list, _list)


def text() -> str:
    """The whole file: one list, as ansible-test wants a single document."""
    found = {"apiVersion": "v1", "kind": "List", "items": list(roles())}
    return HEAD + "---\n" + yaml.dump(found, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=150)


if __name__ == "__main__":
    FILE.write_text(text())
