# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a CA of Talos' API is replaced, as rows: what is still to be done at each step, from what is there.

The order is that of talosctl rotate-ca (pkg/rotate/pki/talos of siderolabs/talos). At every moment each machine accepts
clients of the CA that the talosconfig's certificate is of, and the talosconfig trusts each machine's certificate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core.change import Change
from ...core.plan import Plan
from ...resources.machine_config.authority import ACCEPTED, CA, Trust
from ...resources.machine_config.bundle import STEPS, Bundle
from ...resources.machine_config.documents import MAIN

NAME, OLD, NEW = "os", "old", "new"
# What machines go by after a step, and whom a talosconfig trusts, with the CA that has signed its client. While the
# new one is only accepted, talosconfigs stay as they are.
WANTED = {"accept": Trust(OLD, (NEW,)), "issue": Trust(NEW, (OLD,)), "retire": Trust(NEW)}
ACCESS: dict[str, tuple[tuple[str, ...], str]] = {"issue": ((NEW, OLD), NEW), "retire": ((NEW,), NEW)}


def authorities(bundle: Bundle, *, due: bool = False) -> dict[str, Pair]:
    """The CAs by the names that they have in a plan. ``due``: one that is not being replaced yet will be."""
    issuing, rotation = bundle.pair(NAME), bundle.rotation(NAME)
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

    def changes(self, step: str) -> Iterator[Change]:
        """What brings it to that step."""
        wanted = self.after(step)
        if self.trust.issuing != wanted.issuing:
            yield Change("update", self.target, (MAIN, *CA), self.trust.issuing, wanted.issuing)
        if self.trust.accepted != wanted.accepted:
            yield Change("update", self.target, (MAIN, *ACCEPTED), [*self.trust.accepted], [*wanted.accepted])

    def after(self, step: str) -> Trust:
        """Whom it goes by then: others that it accepts stay."""
        others = [each for each in self.trust.accepted if each not in (OLD, NEW)]
        return Trust(WANTED[step].issuing, (*WANTED[step].accepted, *others))


@dataclass(frozen=True)
class Access:
    """A talosconfig's context: whom it trusts, and who has signed its client."""

    target: str
    trusts: tuple[str, ...]
    signer: str

    def changes(self, step: str) -> Iterator[Change]:
        """What brings it to that step."""
        if step not in ACCESS:
            return
        trusts, signer = ACCESS[step]
        if set(self.trusts) != set(trusts):
            yield Change("update", self.target, ("ca",), [*self.trusts], [*trusts])
        if self.signer != signer:
            yield Change("update", self.target, ("crt",), self.signer, signer)

    def after(self, step: str) -> Access:
        return Access(self.target, *ACCESS[step]) if step in ACCESS else self


@dataclass(frozen=True)
class State:
    """What is there. ``step`` is the bundle's, None while no CA is being replaced; ``due``: then one is to be."""

    bundle: str
    step: str | None
    due: bool
    access: Access
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
        bundle = Plan.of(_bundle(state.bundle, at, name) if at != name else ())
        planned = {holder.target: Plan.of(holder.changes(name)) for holder in holders}
        yield Step(name, bundle, Plan.of(access.changes(name)), planned)
        access, at = access.after(name), name
        holders = tuple(Holder(holder.target, holder.after(name)) for holder in holders)
    yield Step("", Plan.of(_bundle(state.bundle, at, None)))


def _bundle(target: str, before: str | None, after: str | None) -> Iterator[Change]:
    if after == "issue":
        yield Change("update", target, ("certs", NAME), OLD, NEW)
    yield Change("update", target, ("rotation", NAME, "step"), before, after)
