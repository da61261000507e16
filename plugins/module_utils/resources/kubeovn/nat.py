# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation of addresses as its user declares it: gateways, their EIPs and rules, in one list a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...core.error import Forbidden, NfviError, Precondition, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.kind import Kind
from ...engine.manifest import manifest
from ...engine.observe import Query, ask
from .nat_forms import FORMS, LISTS, Thing
from .nat_rules import DEFAULT_EXTERNAL, findings, scene

# What has to be looked at besides what is written.
_BESIDE = {
    "iptables": ("Subnet", "OvnEip"),
    "ovn": ("Subnet", "Vpc", "IP", "Vip", "IptablesEIP"),
}
# pkg/util/const.go VpcNatConfig and VpcNatGatewayConfig: the image, and whether there are gateways at all.
_IMAGE, _SWITCH = "ovn-vpc-nat-config", "ovn-vpc-nat-gw-config"


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every gateway, EIP and rule of the lists present or absent."""
    flavour = given.choice("flavour", FORMS)
    for key in LISTS:
        if given.has(key) and key not in FORMS[flavour]:
            given.at(key).refuse(f"is no option of flavour {flavour}: OVN translates in the VPC's own router")
    act = _absent if given.text("state") == "absent" else _present
    return _told(act(given, flavour, kube, mode), flavour)


def _present(given: Given, flavour: str, kube: Kube, mode: Mode) -> Converged:
    things = [form.parse(each, flavour) for key, form in FORMS[flavour].items() for each in given.items(key)]
    _refuse_broken(things)
    live = _live(kube, flavour, mode)
    refuse(findings(scene(things, live)))
    if flavour == "iptables" and not mode.pending:
        _refuse_unprepared(given, kube, things, live)
    return kube.converge([(thing.place, thing.manifest) for thing in things], "present", mode)


def _refuse_broken(things: Iterable[Thing]) -> None:
    """What is wrong with one alone comes before what is wrong between two."""
    found = [(thing, each) for thing in things for check in thing.kind.checks for each in check(thing.manifest)]
    refuse(replace(each, path=thing.place.of(each.path)) for thing, each in found)


def _live(kube: Kube, flavour: str, mode: Mode) -> Mapping[str, list[Json]]:
    """All objects of the kinds that matter, by kind."""
    rows = [form.kind for form in FORMS[flavour].values()]
    rows += [row for row in (kube.registry.find("kubeovn.io/v1", name) for name in _BESIDE[flavour]) if row]
    return {row.kind: kube.everything(row, mode) for row in rows}


def _refuse_unprepared(given: Given, kube: Kube, things: Sequence[Thing], live: Mapping[str, list[Json]]) -> None:
    """Without its ConfigMaps the controller touches no gateway and no EIP, and says so in its log only."""
    subnets = {each["metadata"]["name"] for each in live["Subnet"]}
    for thing in things:
        implied = thing.kind.kind == "IptablesEIP" and not thing.spec.get("externalSubnet")
        if implied and DEFAULT_EXTERNAL not in subnets:
            path = thing.place.of(("spec", "externalSubnet"))
            raise Precondition(f"Subnet {DEFAULT_EXTERNAL}, which is meant without it, does not exist", path=path)
    space = given.text("kubeovn_namespace", "kube-system")
    for name, key, wanted in ((_IMAGE, "image", None), (_SWITCH, "enable-vpc-nat-gw", "true")):
        _refuse_setting(kube, space, name, key, wanted)


def _refuse_setting(kube: Kube, space: str, name: str, key: str, wanted: str | None) -> None:
    row = kube.registry.find("v1", "ConfigMap")
    assert row is not None
    answer = ask(kube.client, [Query(row, space, name)])[0]
    if isinstance(answer, Forbidden):
        return  # who may not look is told by time
    if isinstance(answer, NfviError):
        raise answer
    found = str((answer[0].get("data") or {}).get(key) or "") if answer else ""
    if not found or (wanted and found != wanted):
        reason = f"{key} is not {wanted or 'set'}: kube-ovn-controller makes no NAT gateway without it"
        raise Precondition(
            reason,
            object=f"ConfigMap {space}/{name}",
            path=("kubeovn_namespace",),
            hint="is Kube-OVN in another namespace? Its chart sets it by func.ENABLE_NAT_GW",
        )


def _absent(given: Given, flavour: str, kube: Kube, mode: Mode) -> Converged:
    """Rules go before their EIPs, and these before their gateway: so what lives is asked what it refers to."""
    going = []
    for key, form in FORMS[flavour].items():
        items = given.items(key)
        live = {each["metadata"]["name"]: each for each in kube.everything(form.kind, mode)} if items else {}
        going += [(form.place(item), _as_it_is(form.kind, item.name("name"), live)) for item in items]
    return kube.converge(going, "absent", mode)


def _as_it_is(kind: Kind, name: str, live: Mapping[str, Json]) -> Json:
    return manifest(kind, name, spec=(live.get(name) or {}).get("spec") or {})


def _told(converged: Converged, flavour: str) -> Result:
    """Each list under its own name, empty where the flavour has none."""
    result = converged.named(LISTS[0])
    for key in LISTS:
        form = FORMS[flavour].get(key)
        result = result.named(key, [each for each in converged.objects if form and each["kind"] == form.kind.kind])
    return result
