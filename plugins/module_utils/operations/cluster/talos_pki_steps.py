# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a CA's replacement, carried out: the bundle first, then access, then machines, verified one and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...clients.talos import certificates
from ...clients.talos.client import Done, Outcome, TalosClient
from ...clients.talos.connection import Connection
from ...core.error import Forbidden, NfviError, StalePlan, Unauthenticated
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...resources.machine_config import bundle as bundles
from ...resources.machine_config.authority import Trust, trust, with_trust
from ...resources.machine_config.bundle import Bundle, Rotation
from ...resources.machine_config.documents import parse
from . import talos_files as files
from .talos_pki_access import identity, observe_access, own, write_access
from .talos_pki_nodes import Node, Seen, configuration, look_at
from .talos_pki_plan import NAME, NEW, OLD, Step, authorities, fingerprints
from .talos_session import TalosSession, values
from .talos_wait import patiently, wait_for

_Look = Callable[[list[Node]], list[Readiness]]


@dataclass
class Rotator:
    """A run: where the bundle is, how long it waits (seconds), and the machines, the control plane first."""

    secrets: Path
    wait_timeout: float
    reach_timeout: float
    session: TalosSession
    seen: list[Seen]
    mode: Mode
    done: list[str] = field(default_factory=list)

    def carry_out(self, todo: list[Step], bundle: Bundle) -> Bundle:
        """All steps; what an error says was done before it, stays done, and the next run goes on from there."""
        try:
            for step in todo:
                bundle = self._advanced(step, bundle)
                if step.name:
                    self.mode.progress(f"CA rotation: {step.name}")
                    self._bring(step, bundle)
        except NfviError as error:
            error.after(self.done)
            raise
        nodes = [each.node for each in self.seen]
        self.seen = values(look_at(nodes, bundle, self.mode, self.reach_timeout))
        return bundle

    def _advanced(self, step: Step, bundle: Bundle) -> Bundle:
        """The bundle at that step, on the disk before anybody is told of it."""
        if not step.bundle:
            return bundle
        target = f"secrets bundle {self.secrets}"
        with files.locked(self.secrets):
            data = files.read(self.secrets) or b""
            if bundles.parse(data.decode(errors="replace"), object=target).content != bundle.content:
                raise StalePlan("was changed meanwhile", object=target)
            following = advanced(bundle, step.name)
            files.replace(self.secrets.resolve(), following.text().encode())
        self._note(step.bundle)
        return following

    def _bring(self, step: Step, bundle: Bundle) -> None:
        """Everything to what the bundle says now."""
        if step.access:
            write_access(self.session, bundle, observe_access(self.session, authorities(bundle)))
            self._note(step.access)
            self._verify_access(step.name)
        nodes = [each.node for each in sorted(self.seen, key=lambda one: not one.leads)]
        for batch in self._batches(step.name):
            self._write(step, bundle, batch)
            self._verify(step.name, bundle, batch)
        self._verify(step.name, bundle, nodes)
        self._verify_access(step.name)

    def _batches(self, name: str) -> Iterator[list[Node]]:
        """Certificates are issued anew one control-plane machine after the other, for workers get theirs from them."""
        leading = [each.node for each in self.seen if each.leads]
        others = [each.node for each in self.seen if not each.leads]
        if name != "issue":
            yield [*leading, *others]
            return
        for node in leading:
            yield [node]
        yield others

    def _write(self, step: Step, bundle: Bundle, batch: list[Node]) -> None:
        for node in batch:
            plan = step.holders.get(node.file_label)
            if plan and node.config is not None:
                text = (files.read(node.config) or b"").decode(errors="replace")
                files.replace(node.config.resolve(), configured(text, bundle, node.file_label).encode())
                self._note(plan)
        changing = [node for node in batch if step.holders[node.label]]
        outcomes = patiently(lambda some: _send(some, bundle), changing, self.mode, self.reach_timeout)
        for node, outcome in zip(changing, outcomes, strict=True):
            if isinstance(outcome, Done):
                self._note(step.holders[node.label])
        values(outcomes)

    def _verify(self, name: str, bundle: Bundle, nodes: list[Node]) -> None:
        """Wait until each machine shows and accepts the certificates of this step, and only those."""
        by_label = {node.label: node for node in nodes}
        judges = _judges(name, bundle)

        def judge(labels: list[str]) -> list[Readiness]:
            some = [by_label[label] for label in labels]
            rounds = zip(*(look(some) for look in judges), strict=True)
            return [next((each for each in told if not isinstance(each, Ready)), Ready()) for told in rounds]

        wait_for(list(by_label), judge, self.mode, self.wait_timeout)

    def _verify_access(self, name: str) -> None:
        """Wait until every machine answers to the user's own talosconfig, which is untouched at the first step."""
        if name == "accept":
            return
        client = TalosClient(self.session.context.identity)
        peers = {each.node.label: each.node.peer for each in self.seen}

        def judge(labels: list[str]) -> list[Readiness]:
            return [_known(outcome) for outcome in client.each([peers[label] for label in labels], _version)]

        wait_for(list(peers), judge, self.mode, self.wait_timeout)

    def _note(self, plan: Plan) -> None:
        self.done.extend(plan.actions)


def advanced(bundle: Bundle, name: str) -> Bundle:
    """The bundle one step further; without a name the rotation is over."""
    issuing, rotation = bundle.pair(NAME), bundle.rotation(NAME)
    if rotation is None:
        return bundle.rotated(NAME, issuing, Rotation(name, bundles.another(NAME, certificates.now())))
    if name == "issue":
        return bundle.rotated(NAME, rotation.other, Rotation(name, issuing))
    return bundle.rotated(NAME, issuing, Rotation(name, rotation.other) if name else None)


def configured(text: str, bundle: Bundle, object: str) -> str:
    """A configuration with the CAs that the bundle wants now."""
    found, rotation = parse(text, object=object), bundle.rotation(NAME)
    others = [rotation.other.certificate] if rotation and bundle.accepted(NAME) else []
    return with_trust(found, bundle.pair(NAME), others, fingerprints(authorities(bundle))).text()


def _send(nodes: list[Node], bundle: Bundle) -> list[Outcome[None]]:
    """Each machine's configuration as it is at this moment, with other CAs. Never with a restart."""

    async def send(connection: Connection, _maintenance: bool) -> None:
        text = configured(await configuration(connection), bundle, connection.name)
        await connection.apply(text.encode(), "NO_REBOOT", dry_run=False)

    return TalosClient(own(bundle)).each([node.peer for node in nodes], send)


def _judges(name: str, bundle: Bundle) -> list[_Look]:
    """What must hold of a machine after a step: each a function of machines."""
    pairs = authorities(bundle)
    trusted = [pairs[OLD], pairs[NEW]] if name == "accept" else [pairs[NEW]]
    wanted, ours = _wanted(bundle), frozenset(fingerprints(pairs))
    client = TalosClient(identity(trusted, pairs[NEW]))
    outdated = TalosClient(identity(trusted, pairs[OLD]))

    async def look(connection: Connection, _maintenance: bool) -> Trust:
        return trust(parse(await configuration(connection), object=connection.name), object=connection.name)

    def known(nodes: list[Node]) -> list[Readiness]:
        outcomes = client.each([node.peer for node in nodes], look)
        return [_goes_by(outcome, wanted, ours) for outcome in outcomes]

    def unknown(nodes: list[Node]) -> list[Readiness]:
        return [_forgotten(outcome) for outcome in outdated.each([node.peer for node in nodes], _version)]

    return [known, unknown] if name == "retire" else [known]


def _wanted(bundle: Bundle) -> Trust:
    rotation = bundle.rotation(NAME)
    others = certificates.fingerprints(rotation.other.certificate) if rotation and bundle.accepted(NAME) else ()
    return Trust(certificates.facts(bundle.pair(NAME).certificate).fingerprint, others)


def _goes_by(outcome: Outcome[Trust], wanted: Trust, ours: frozenset[str]) -> Readiness:
    if isinstance(outcome, NfviError):
        return _later(outcome)
    accepted = tuple(each for each in outcome.value.accepted if each in ours)
    same = (outcome.value.issuing, accepted) == (wanted.issuing, wanted.accepted)
    return Ready() if same else NotYet("does not have the configuration that it was given")


def _forgotten(outcome: Outcome[str]) -> Readiness:
    if isinstance(outcome, Unauthenticated):
        return Ready()
    return _later(outcome) if isinstance(outcome, NfviError) else NotYet("still accepts clients of the old CA")


def _known(outcome: Outcome[str]) -> Readiness:
    """A client who may not ask for the version is known all the same."""
    return _later(outcome) if isinstance(outcome, NfviError) and not isinstance(outcome, Forbidden) else Ready()


def _later(error: NfviError) -> Readiness:
    """Certificates take a moment to be issued."""
    return NotYet(error.reason) if error.retryable or isinstance(error, Unauthenticated) else Never(str(error))


async def _version(connection: Connection, _maintenance: bool) -> str:
    return str((await connection.version())["tag"])
