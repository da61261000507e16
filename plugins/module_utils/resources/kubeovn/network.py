# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole network as its user declares it: from the wire to the NAT rule, in one list of objects."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.error import refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.form import Thing
from . import egress_rules, nat, nat_forms, security_group
from .kinds import SUBNET, VPC
from .network_forms import FORMS
from .policy_kinds import SECURITY_GROUP
from .scene import scene
from .subnet import overlaps
from .underlay_rules import refuse_interfaces

GROUPS = "security_groups"
_OF_NAT = tuple(form.kind for forms in nat_forms.FORMS.values() for form in forms.values())
# What a network may consist of, and so what its owner may have left over.
KINDS = (*(form.kind for form in FORMS.values()), SECURITY_GROUP, *_OF_NAT)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every part of the network present or absent."""
    state = given.text("state")
    if state == "absent":
        return _told(given, kube.converge(_wanted(_named(given)), "absent", mode, among=KINDS))
    groups = given.each(GROUPS, security_group.Group.parse)
    things = [*_parsed(given), *(security_group.thing(group) for group in groups)]
    refuse(overlaps([thing for thing in things if thing.kind is SUBNET], kube.everything(SUBNET, mode)))
    refuse(egress_rules.findings(scene(things, {"Vpc": kube.everything(VPC, mode)})))
    refuse_interfaces(things, kube, mode)
    if given.has("nat"):
        nat.refuse_unworkable(given.at("nat"), things, kube, mode)
    warnings = (told for group in groups for told in security_group.warnings(group))
    return _told(given, kube.converge(_wanted(things), "present", mode, among=KINDS)).warning(*dict.fromkeys(warnings))


def _parsed(given: Given) -> list[Thing]:
    things = [form.parse(each) for key, form in FORMS.items() for each in given.items(key)]
    return [*things, *(nat.parsed(given.at("nat")) if given.has("nat") else ())]


def _named(given: Given) -> list[Thing]:
    things = [form.named(each) for key, form in FORMS.items() for each in given.items(key)]
    groups = given.each(GROUPS, security_group.named)
    return [*things, *groups, *(nat.named(given.at("nat")) if given.has("nat") else ())]


def _wanted(things: Sequence[Thing]) -> list[tuple[Json, Json]]:
    return [(thing.place, thing.manifest) for thing in things]


def _told(given: Given, done: Converged) -> Result:
    """The objects section by section, as the network was given."""
    kinds = {key: form.kind.kind for key, form in FORMS.items()} | {GROUPS: SECURITY_GROUP.kind}
    network: Json = {key: [each for each in done.objects if each["kind"] == kind] for key, kind in kinds.items()}
    network["nat"] = (
        nat.told(given.at("nat"), done.objects) if given.has("nat") else {key: [] for key in nat_forms.LISTS}
    )
    return Result(done.plan, {"network": network}, done.warnings, done.verified)
