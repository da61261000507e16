# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SR-IOV as its user declares it: what the operator is, which VFs there are, and the networks that pods name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...core.change import Impact
from ...core.clock import Deadline
from ...core.error import Finding, NfviError, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.form import Form, Thing
from ...engine.item import Item
from ...engine.manifest import manifest
from ...engine.place import Place
from ...engine.wait import until_ready
from . import device_plugin, drains, forms, kinds, rules
from .progress import Goal, attachment_kind, policies_in
from .selection import Hardware

CONFIG = "operator_config"
# What an owner may have left over.
KINDS = tuple(form.kind for form in (*forms.LISTS.values(), forms.CONFIG))


@dataclass(frozen=True)
class Wanted:
    """What is declared, part by part."""

    config: tuple[Thing, ...] = ()
    policies: tuple[Thing, ...] = ()
    networks: tuple[Thing, ...] = ()
    namespace: str = ""
    present: bool = True

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's options; names are enough for what is to go."""
        present = given.text("state") == "present"
        networks = [each for key, form in forms.NETWORKS.items() for each in _read(given, key, form, present)]
        policies = _read(given, "policies", forms.POLICY, present)
        config = [_config(given.at(CONFIG), present)] if given.has(CONFIG) else []
        return cls(tuple(config), tuple(policies), tuple(networks), given.text("namespace"), present)

    @property
    def things(self) -> Sequence[Thing]:
        return (*self.config, *self.policies, *self.networks)

    @property
    def state(self) -> str:
        return "present" if self.present else "absent"


def _read(given: Given, key: str, form: Form, present: bool) -> list[Thing]:
    return list(given.each(key, form.parse if present else form.named))


def _config(given: Given, present: bool) -> Thing:
    """There is one, and its name is default."""
    named = Given({**given.value, "name": "default"}, given.path)
    return forms.CONFIG.parse(named) if present else forms.CONFIG.named(named)


@dataclass(frozen=True)
class Cluster:
    """What there was before."""

    hardware: Hardware = field(default_factory=Hardware)
    policies: Sequence[Json] = ()
    configs: Sequence[Json] = ()

    @classmethod
    def read(cls, kube: Kube, namespace: str, mode: Mode) -> Cluster:
        """Nodes and what the operator has in its namespace."""
        row = kube.registry.find("v1", "Node")
        nodes = kube.everything(row, mode) if row else []
        states = {state["metadata"]["name"]: state for state in kube.everything(kinds.NODE_STATE, mode, namespace)}
        policies = kube.everything(kinds.POLICY, mode, namespace)
        return cls(Hardware(nodes, states), policies, kube.everything(kinds.OPERATOR_CONFIG, mode, namespace))

    @property
    def drains(self) -> bool:
        """Whether nodes are drained before their VFs change."""
        return not any(dig(config, ("spec", "disableDrain")) for config in self.configs)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """By the operator, or with the bare device plugin."""
    if given.text("mode") == "device_plugin":
        done = device_plugin.ensure(given, kube, mode)
        return done.named("sriov", {**_told(Converged(done.plan)), **done.things["sriov"]})
    if given.has("device_plugin"):
        given.at("device_plugin").refuse("is for mode device_plugin")
    return _operated(given, kube, mode)


def _operated(given: Given, kube: Kube, mode: Mode) -> Result:
    """Everything declared present or absent, and done on every node that it is about."""
    wanted = Wanted.parse(given)
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    before = Cluster.read(kube, wanted.namespace, mode)
    if wanted.present:
        refuse(_findings(wanted, before))
    done = kube.converge([(thing.place, thing.manifest) for thing in wanted.things], wanted.state, mode, among=KINDS)
    gone = _deleted(done.plan, before.policies)
    plan, told = _with_impact(done.plan, wanted, gone, before)
    if mode.apply and kube.settings.wait:
        _until_done(wanted, gone, before, kube, deadline, mode, done.plan.actions)
    result = Result(plan, {"sriov": _told(done)}, done.warnings, done.verified)
    return result.warning(*told, *_hints(wanted, before))


def _findings(wanted: Wanted, before: Cluster) -> Iterator[Finding]:
    yield from rules.collisions(wanted.policies, before.policies, before.hardware)
    yield from rules.beyond(wanted.policies, before.hardware)
    yield from rules.one_name(wanted.networks, wanted.namespace)


def _deleted(plan: Plan, live: Sequence[Json]) -> frozenset[str]:
    """The names of the policies that go, asked for or left over."""
    targets = {change.target for change in plan if change.action == "delete"}
    return frozenset(str(each["metadata"]["name"]) for each in live if kinds.POLICY.label(each) in targets)


def _with_impact(plan: Plan, wanted: Wanted, gone: frozenset[str], before: Cluster) -> tuple[Plan, list[str]]:
    """The plan with what it does to nodes, and that in words."""
    changing = {change.target.rpartition("/")[2] for change in plan if change.target.startswith(kinds.POLICY.kind)}
    changed = [policy.manifest for policy in wanted.policies if wanted.present and policy.name in changing]
    found = drains.drained(changed, gone, before.hardware)
    if not found:
        return plan, []
    worst = Impact.NODE_REBOOT if before.drains else Impact.OUTAGE
    marked = Plan.of(replace(c, impact=worst) if c.target.startswith(kinds.POLICY.kind) else c for c in plan)
    return marked, list(drains.warnings(found, drains=before.drains))


def _until_done(
    wanted: Wanted, gone: frozenset[str], before: Cluster, kube: Kube, deadline: Deadline, mode: Mode, done: list[str]
) -> None:
    """Wait for the nodes' daemons, then for the attachments; a fault tells what was done before it."""
    items = [*_states(wanted, gone, before), *_attachments(wanted, kube)]
    try:
        until_ready(kube.client, items, {}, deadline, mode)
    except NfviError as error:
        raise error.after(done) from None


def _states(wanted: Wanted, gone: frozenset[str], before: Cluster) -> list[Item]:
    """The node states to wait for, each at the place of a policy that selects its node."""
    policies: dict[str, list[Thing]] = {}
    for policy in wanted.policies if wanted.present else ():
        for node in _awaited(before.hardware, policy):
            policies.setdefault(node, []).append(policy)
    left = {node for node, state in before.hardware.states.items() if policies_in(state) & gone}
    kind = Goal({node: [each.manifest for each in those] for node, those in policies.items()}, gone).kind()
    places = {node: Place(those[0].place.path) for node, those in policies.items()}
    return [
        Item(kind, manifest(kind, node, namespace=wanted.namespace), places.get(node, Place()))
        for node in sorted({*policies, *left})
    ]


def _awaited(hardware: Hardware, policy: Thing) -> list[str]:
    """The nodes with a daemon. Where none has one yet, all: the operator is only about to look at them."""
    chosen = hardware.chosen(policy.manifest)
    return [node for node in chosen if node in hardware.states] or chosen


def _attachments(wanted: Wanted, kube: Kube) -> list[Item]:
    row = kube.registry.find("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")
    if not wanted.present or row is None:
        return []
    networks = {(_space(each, wanted), each.name): each for each in wanted.networks}
    kind = attachment_kind(row, {key: each.manifest for key, each in networks.items()})
    return [
        Item(kind, manifest(kind, name, namespace=space), Place(network.place.path))
        for (space, name), network in networks.items()
    ]


def _space(network: Thing, wanted: Wanted) -> str:
    """Where the operator makes the attachment."""
    return str(network.get("networkNamespace") or wanted.namespace)


def _hints(wanted: Wanted, before: Cluster) -> Iterator[str]:
    """What is not wrong, and may not be meant."""
    if not wanted.present:
        return
    for policy in wanted.policies:
        chosen = before.hardware.chosen(policy.manifest)
        bare = [node for node in chosen if node not in before.hardware.states]
        if bare and len(bare) < len(chosen):
            yield f"policy {policy.name} selects {', '.join(bare)}, where no config daemon runs"
    offered = {policy.get("resourceName") for policy in wanted.policies}
    offered |= {dig(policy, ("spec", "resourceName")) for policy in before.policies}
    for network in wanted.networks:
        if network.get("resourceName") not in offered:
            yield f"no policy offers {network.get('resourceName')}: pods with the network {network.name} stay Pending"


def _told(done: Converged) -> Json:
    """The objects part by part, as they were given."""
    names = {key: form.kind.kind for key, form in forms.LISTS.items()}
    told: Json = {key: [each for each in done.objects if each["kind"] == name] for key, name in names.items()}
    config = [each for each in done.objects if each["kind"] == kinds.OPERATOR_CONFIG.kind]
    return {**told, CONFIG: config[0] if config else {}, "config_map": {}}
