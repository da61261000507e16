# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that pods and virtual machines can be attached to beside the cluster's own, as its user sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core import json_text
from ...core.error import Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, prune
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.manifest import manifest
from ...engine.place import Place
from . import danm, kinds
from .cni import PLUGINS, configuration

# Pods that name the attachment get a device of that resource with it (multi-network specification, Multus' defaults).
_RESOURCE = "k8s.v1.cni.cncf.io/resourceName"
# Of the configuration only the provider of an IPAM can still be wrong.
_OPTIONS = {"metadata.name": "name", "metadata.namespace": "namespace", "spec.config": "ipam.provider"}


@dataclass(frozen=True)
class Attachment:
    """``provider`` is what Kube-OVN calls it, empty where Kube-OVN has no part in it; ``subnet`` the one that is to
    give its addresses, if the user names one.
    """

    place: Place
    manifest: Json
    provider: str = ""
    subnet: str = ""

    @property
    def path(self) -> Path:
        return self.place.path

    @property
    def label(self) -> str:
        return f"{self.manifest['metadata']['namespace']}/{self.manifest['metadata']['name']}"


def parse(given: Given) -> Attachment:
    """The attachment that is asked for; what its plugin has no use for is refused."""
    kind = given.choice("type", [*PLUGINS, "danm"])
    name, namespace = given.name("name"), given.name("namespace")
    if kind == "danm":
        _only(given, {"name", "namespace", "type", "cni_version", "danm"}, kind)
        return Attachment(Place(given.path, danm.OPTIONS), _danm_net(given, name, namespace, danm.spec(given)))
    plugin = PLUGINS[kind]
    _only(given, plugin.options, kind)
    for key in plugin.needs:
        if not given.has(key):
            given.at(key).refuse(f"is required for type {kind}")
    config = configuration(given, plugin)
    annotations = prune(**{_RESOURCE: given.get("resource")})
    spec = {"config": json_text.write(config)}
    written = manifest(kinds.NAD, name, namespace=namespace, annotations=annotations, spec=spec)
    provider = _provider(config)
    if given.has("subnet") and not provider:
        given.at("subnet").refuse("Kube-OVN gives no addresses here: type kube-ovn, or ipam.type kube-ovn, would do")
    return Attachment(Place(given.path, _OPTIONS), written, provider, given.text("subnet", ""))


def _only(given: Given, options: set[str] | frozenset[str], kind: str) -> None:
    for key in given.value:
        if given.has(key) and key not in options:
            given.at(key).refuse(f"is no option of type {kind}")


def _provider(config: Json) -> str:
    first = config["plugins"][0] if "plugins" in config else config
    ipam = first.get("ipam") or {}
    return str(first.get("provider") or (ipam.get("provider") if ipam.get("type") == "kube-ovn" else "") or "")


def _danm_net(given: Given, name: str, namespace: str, spec: Json = None) -> Json:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": danm.api_version(given), "kind": "DanmNet", "metadata": meta, **prune(spec=spec)}


def _bare(given: Given) -> Json:
    """What is to go: its name is enough."""
    name, namespace = given.name("name"), given.name("namespace")
    if given.get("type") == "danm":
        return _danm_net(given, name, namespace)
    return manifest(kinds.NAD, name, namespace=namespace)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every attachment of ``attachments`` present or absent."""
    if given.text("state") == "absent":
        going = [(Place(each.path), _bare(each)) for each in given.items("attachments")]
        return kube.converge(going, "absent", mode).named("attachments")
    wanted = given.each("attachments", parse)
    warnings = list(without_addresses(wanted, _providers(wanted, kube, mode), mode))
    done = kube.converge([(each.place, each.manifest) for each in wanted], "present", mode)
    return done.named("attachments").warning(*warnings)


def _providers(wanted: Sequence[Attachment], kube: Kube, mode: Mode) -> Mapping[str, str]:
    """The provider of every Kube-OVN Subnet there is, by name; not asked for where nobody needs to know."""
    row = kube.registry.find("kubeovn.io/v1", "Subnet")
    if row is None or not any(each.provider for each in wanted):
        return {}
    live = kube.everything(row, mode)
    return {each["metadata"]["name"]: str((each.get("spec") or {}).get("provider") or "ovn") for each in live}


def without_addresses(wanted: Sequence[Attachment], there: Mapping[str, str], mode: Mode) -> Iterator[str]:
    """Warns of what no Subnet gives addresses to yet; a Subnet that the user counts on has to be there."""
    for each in wanted:
        if each.subnet and not (mode.pending and each.subnet not in there):
            _insist(each, there)
        elif each.provider and each.provider not in there.values():
            yield (
                f"{each.label}: no Subnet has the provider {each.provider} yet; until one has, pods with this "
                "attachment stay Pending"
            )


def _insist(each: Attachment, there: Mapping[str, str]) -> None:
    path = (*each.path, "subnet")
    if each.subnet not in there:
        raise Precondition(f"Subnet {each.subnet} does not exist", path=path, hint="create it first")
    if there[each.subnet] != each.provider:
        reason = f"Subnet {each.subnet} has the provider {there[each.subnet]}, and this attachment is {each.provider}"
        raise Precondition(reason, path=path)
