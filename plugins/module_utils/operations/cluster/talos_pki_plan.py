# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a CA is replaced, as rows: what is still to be done at each step, from what is there.

The order is that of talosctl rotate-ca (pkg/rotate/pki of siderolabs/talos). At every moment each machine accepts
clients of the CA that the talosconfig's (or kubeconfig's) certificate is of, which trusts each machine's certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core.change import Change, Impact
from ...core.path import Path
from ...core.plan import Plan
from ...resources.machine_config.authority import Place, Trust
from ...resources.machine_config.bundle import STEPS, Bundle

OLD, NEW = "old", "new"
# What machines go by after a step, and whom a talosconfig trusts, with the CA that has signed its client. While the
# new one is only accepted, talosconfigs stay as they are.
WANTED = {"accept": Trust(OLD, (NEW,)), "issue": Trust(NEW, (OLD,)), "retire": Trust(NEW)}
ACCESS: dict[str, tuple[tuple[str, ...], str]] = {"issue": ((NEW, OLD), NEW), "retire": ((NEW,), NEW)}


@dataclass(frozen=True)
class Authority:
    """One of the CAs that can be replaced: its ``name`` in the bundle, and what a change of it does to a machine.

    Steps ``in_turn`` are taken by one control-plane machine after the other; at those ``from_below`` the workers are
    first.
    """

    name: str
    in_turn: frozenset[str]
    from_below: frozenset[str] = frozenset()
    impact: Impact = Impact.NONE

    def ordered(self, step: str, holders: Iterable[Holder]) -> list[Holder]:
        """In the order in which they take the step."""
        return sorted(holders, key=lambda holder: holder.leads == (step in self.from_below))


# Workers get their certificates for Talos' API from the control plane's machines, which therefore change one by one.
TALOS = Authority("os", in_turn=frozenset({"issue"}))
# Any change restarts a machine's API server and its kubelet. A kubelet gets another certificate when its own machine
# does not accept the CA of the one that it has: that comes before an API server refuses it.
KUBERNETES = Authority("k8s", frozenset(STEPS), frozenset({"retire"}), Impact.SERVICE_RESTART)
AUTHORITIES = {"talos": TALOS, "kubernetes": KUBERNETES}


def authorities(bundle: Bundle, name: str, *, due: bool = False) -> dict[str, Pair]:
    """The CAs by the names that they have in a plan. ``due``: one that is not being replaced yet will be."""
    issuing, rotation = bundle.pair(name), bundle.rotation(name)
    if rotation is None:
        return {OLD if due else NEW: issuing}
    if rotation.step == "accept":
        return {OLD: issuing, NEW: rotation.other}
    return {NEW: issuing, OLD: rotation.other}


def fingerprints(pairs: Mapping[str, Pair]) -> dict[str, str]:
    """The names of CAs by their fingerprints."""
    return {certificates.facts(pair.certificate).fingerprint: name for name, pair in pairs.items()}


@dataclass(frozen=True)
class Holder:
    """A machine, or the file of its configuration, and whom it goes by (`OLD`, `NEW`, fingerprints of others)."""

    target: str
    trust: Trust
    place: Place
    leads: bool = True
    impact: Impact = Impact.NONE

    def changes(self, step: str) -> Iterator[Change]:
        """What brings it to that step."""
        before, after = self.place.shown(self.trust), self.place.shown(self.after(step).trust)
        for path, value in after.items():
            if before[path] != value:
                yield Change("update", self.target, path, before[path], value, self.impact)

    def after(self, step: str) -> Holder:
        """As it is then: others that it accepts stay."""
        others = [each for each in self.trust.accepted if each not in (OLD, NEW)]
        return replace(self, trust=Trust(WANTED[step].issuing, (*WANTED[step].accepted, *others)))


@dataclass(frozen=True)
class Access:
    """A talosconfig's or kubeconfig's context: whom it trusts, and who has signed its client (nobody, when it is known
    by something else). ``keys`` are those of the two in the file.
    """

    target: str
    trusts: tuple[str, ...]
    signer: str
    keys: tuple[Path, Path] = (("ca",), ("crt",))

    def changes(self, step: str) -> Iterator[Change]:
        """What brings it to that step."""
        if step not in ACCESS:
            return
        trusts, signer = ACCESS[step]
        if set(self.trusts) != set(trusts):
            yield Change("update", self.target, self.keys[0], [*self.trusts], [*trusts])
        if self.signer and self.signer != signer:
            yield Change("update", self.target, self.keys[1], self.signer, signer)

    def after(self, step: str) -> Access:
        """As it is then."""
        if step not in ACCESS:
            return self
        trusts, signer = ACCESS[step]
        return replace(self, trusts=trusts, signer=self.signer and signer)


@dataclass(frozen=True)
class State:
    """What is there. ``step`` is the bundle's, None while no CA is being replaced; ``due``: then one is to be.
    ``access`` is None when no file is to be kept.
    """

    authority: Authority
    bundle: str
    step: str | None
    due: bool
    access: Access | None
    holders: tuple[Holder, ...]


@dataclass(frozen=True)
class Step:
    """One step's changes, in the order in which they are made; ``name`` is empty for the last row, the bundle's."""

    name: str
    bundle: Plan
    access: Plan = field(default_factory=Plan)
    holders: dict[str, Plan] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """All of them."""
        return sum(self.holders.values(), self.bundle + self.access)


def steps(state: State) -> list[Step]:
    """Every step that is not behind us; one that has nothing to change is still to be verified."""
    if state.step is None and not state.due:
        return []
    remaining = STEPS[STEPS.index(state.step) :] if state.step else STEPS
    return list(_steps(state, remaining))


def whole(found: list[Step]) -> Plan:
    """All changes."""
    return sum((step.plan for step in found), Plan())


def _steps(state: State, remaining: tuple[str, ...]) -> Iterator[Step]:
    access, holders, at = state.access, state.holders, state.step
    for name in remaining:
        bundle = Plan.of(_bundle(state, at, name) if at != name else ())
        ordered = state.authority.ordered(name, holders)
        planned = {holder.target: Plan.of(holder.changes(name)) for holder in ordered}
        yield Step(name, bundle, Plan.of(access.changes(name) if access else ()), planned)
        access, at = access.after(name) if access else None, name
        holders = tuple(holder.after(name) for holder in holders)
    yield Step("", Plan.of(_bundle(state, at, None)))


def _bundle(state: State, before: str | None, after: str | None) -> Iterator[Change]:
    name = state.authority.name
    if after == "issue":
        yield Change("update", state.bundle, ("certs", name), OLD, NEW)
    yield Change("update", state.bundle, ("rotation", name, "step"), before, after)
