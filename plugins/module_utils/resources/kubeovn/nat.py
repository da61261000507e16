# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation of addresses as its user declares it: gateways, their EIPs and rules, in one list a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.error import Forbidden, NfviError, Precondition, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.form import Thing
from ...engine.observe import Query, ask
from .nat_forms import FORMS, LISTS, parse
from .nat_kinds import IPTABLES_EIP
from .nat_rules import DEFAULT_EXTERNAL, findings
from .scene import Scene, scene

# What has to be looked at besides what is written.
_BESIDE = {
    "iptables": ("Subnet", "OvnEip"),
    "ovn": ("Subnet", "Vpc", "IP", "Vip", "IptablesEIP"),
}
# pkg/util/const.go VpcNatConfig and VpcNatGatewayConfig: the image, and whether there are gateways at all.
_IMAGE, _SWITCH = "ovn-vpc-nat-config", "ovn-vpc-nat-gw-config"


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every gateway, EIP and rule of the lists present or absent."""
    state = given.text("state")
    things = parsed(given) if state == "present" else named(given)
    if state == "present":
        refuse_unworkable(given, things, kube, mode)
    done = kube.converge([(thing.place, thing.manifest) for thing in things], state, mode)
    return Result(done.plan, told(given, done.objects), done.warnings, done.verified)


def parsed(given: Given) -> list[Thing]:
    """All that is asked for, each by itself not wrong."""
    flavour = _flavour(given)
    return [parse(each, key, flavour) for key in FORMS[flavour] for each in given.items(key)]


def named(given: Given) -> list[Thing]:
    """The same, by its names alone."""
    return [form.named(each) for key, form in FORMS[_flavour(given)].items() for each in given.items(key)]


def _flavour(given: Given) -> str:
    flavour = given.choice("flavour", FORMS)
    for key in LISTS:
        if given.has(key) and key not in FORMS[flavour]:
            given.at(key).refuse(f"is no option of flavour {flavour}: OVN translates in the VPC's own router")
    return flavour


def refuse_unworkable(given: Given, things: Sequence[Thing], kube: Kube, mode: Mode) -> None:
    """Raise for what would be accepted and never work; ``things`` are all that will be there beside what lives."""
    flavour = _flavour(given)
    live = _live(kube, flavour, mode)
    seen = scene(things, live)
    refuse(findings(seen))
    if flavour == "iptables" and not mode.pending:
        _refuse_unprepared(given, kube, seen)


def told(given: Given, objects: Sequence[Json]) -> dict[str, Json]:
    """Each list under its own name, empty where the flavour has none."""
    forms = FORMS[_flavour(given)]
    kinds = {key: forms[key].kind.kind for key in LISTS if key in forms}
    return {key: [each for each in objects if each["kind"] == kinds.get(key)] for key in LISTS}


def _live(kube: Kube, flavour: str, mode: Mode) -> Mapping[str, list[Json]]:
    """All objects of the kinds that matter, by kind."""
    rows = [form.kind for form in FORMS[flavour].values()]
    rows += [row for row in (kube.registry.find("kubeovn.io/v1", name) for name in _BESIDE[flavour]) if row]
    return {row.kind: kube.everything(row, mode) for row in rows}


def _refuse_unprepared(given: Given, kube: Kube, seen: Scene) -> None:
    """Without its ConfigMaps the controller touches no gateway and no EIP, and says so in its log only."""
    for thing in seen.each(IPTABLES_EIP):
        if not thing.get("externalSubnet") and seen.spec("Subnet", DEFAULT_EXTERNAL) is None:
            path = thing.place.of(("spec", "externalSubnet"))
            raise Precondition(f"Subnet {DEFAULT_EXTERNAL}, which is meant without it, does not exist", path=path)
    space = given.text("kubeovn_namespace", "kube-system")
    for name, key, wanted in ((_IMAGE, "image", None), (_SWITCH, "enable-vpc-nat-gw", "true")):
        _refuse_setting(kube, space, name, key, wanted)


def _refuse_setting(kube: Kube, space: str, name: str, key: str, wanted: str | None) -> None:
    answer = ask(kube.client, [Query(kube.registry.row("v1", "ConfigMap"), space, name)])[0]
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
