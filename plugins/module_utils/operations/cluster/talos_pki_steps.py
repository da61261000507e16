# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a CA's replacement, carried out: the bundle first, then access, then machines, verified one and all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...clients.talos import certificates
from ...clients.talos.client import Done, Outcome, TalosClient
from ...clients.talos.connection import Connection
from ...core.error import NfviError, StalePlan
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.readiness import Readiness, Ready
from ...resources.machine_config import bundle as bundles
from ...resources.machine_config.authority import with_trust
from ...resources.machine_config.bundle import Bundle, Rotation
from ...resources.machine_config.documents import parse
from . import talos_files as files
from .talos_pki_access import Credentials, own
from .talos_pki_judges import Judges, Look
from .talos_pki_nodes import Node, Seen, configuration, look_at
from .talos_pki_plan import Authority, Step, authorities, fingerprints
from .talos_session import values
from .talos_wait import patiently, wait_for


@dataclass
class Rotator:
    """A run: which CA, where the bundle is, how long it waits (seconds), and the machines as they were at first.

    ``credentials`` is None when no file is to be kept.
    """

    authority: Authority
    secrets: Path
    wait_timeout: float
    reach_timeout: float
    credentials: Credentials | None
    judges: Judges
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
        self.seen = values(look_at(nodes, bundle, self.authority.name, self.mode, self.reach_timeout))
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
            following = advanced(bundle, self.authority.name, step.name)
            files.replace(self.secrets.resolve(), following.text().encode())
        self._note(step.bundle)
        return following

    def _bring(self, step: Step, bundle: Bundle) -> None:
        """Everything to what the bundle says now."""
        if step.access and self.credentials:
            pairs = authorities(bundle, self.authority.name)
            self.credentials.write(bundle, self.credentials.observe(pairs))
            self._note(step.access)
            self._verify_access(step.name)
        of_machines = self.judges.of_machines(step.name, bundle)
        for batch in self._batches(step.name):
            self._write(step, bundle, [each.node for each in batch])
            self._verify(of_machines, batch)
        self._verify([*of_machines, *self.judges.of_cluster(step.name, bundle)], self.seen)
        self._verify_access(step.name)

    def _batches(self, name: str) -> Iterator[list[Seen]]:
        """Those that take the step at the same time, one group after the other."""
        leading = [each for each in self.seen if each.leads]
        others = [each for each in self.seen if not each.leads]
        if name not in self.authority.in_turn:
            yield [*leading, *others]
            return
        groups = [*([each] for each in leading), others]
        yield from [others, *groups[:-1]] if name in self.authority.from_below else groups

    def _write(self, step: Step, bundle: Bundle, batch: list[Node]) -> None:
        for node in batch:
            plan = step.holders.get(node.file_label)
            if plan and node.config is not None:
                text = (files.read(node.config) or b"").decode(errors="replace")
                files.replace(
                    node.config.resolve(), configured(text, bundle, self.authority.name, node.file_label).encode()
                )
                self._note(plan)
        changing = [node for node in batch if step.holders[node.label]]
        outcomes = patiently(
            lambda some: _send(some, bundle, self.authority.name), changing, self.mode, self.reach_timeout
        )
        for node, outcome in zip(changing, outcomes, strict=True):
            if isinstance(outcome, Done):
                self._note(step.holders[node.label])
        values(outcomes)

    def _verify(self, looks: list[Look], nodes: list[Seen]) -> None:
        """Wait until all of that holds of each machine."""
        by_label = {each.node.label: each for each in nodes}

        def judge(labels: list[str]) -> list[Readiness]:
            some = [by_label[label] for label in labels]
            rounds = zip(*(look(some) for look in looks), strict=True)
            return [next((each for each in told if not isinstance(each, Ready)), Ready()) for told in rounds]

        wait_for(list(by_label), judge, self.mode, self.wait_timeout)

    def _verify_access(self, name: str) -> None:
        """Wait until the user's own file works, which is untouched at the first step."""
        if name != "accept" and self.credentials:
            wait_for(self.credentials.names, self.credentials.welcome, self.mode, self.wait_timeout)

    def _note(self, plan: Plan) -> None:
        self.done.extend(plan.actions)


def advanced(bundle: Bundle, authority: str, name: str) -> Bundle:
    """The bundle one step further with that CA; without a name the rotation is over."""
    issuing, rotation = bundle.pair(authority), bundle.rotation(authority)
    if rotation is None:
        return bundle.rotated(authority, issuing, Rotation(name, bundles.another(authority, certificates.now())))
    if name == "issue":
        return bundle.rotated(authority, rotation.other, Rotation(name, issuing))
    return bundle.rotated(authority, issuing, Rotation(name, rotation.other) if name else None)


def configured(text: str, bundle: Bundle, authority: str, object: str) -> str:
    """A configuration with the CAs of that name that the bundle wants now."""
    found, rotation = parse(text, object=object), bundle.rotation(authority)
    others = [rotation.other.certificate] if rotation and bundle.accepted(authority) else []
    ours = fingerprints(authorities(bundle, authority))
    return with_trust(found, authority, bundle.pair(authority), others, ours).text()


def _send(nodes: list[Node], bundle: Bundle, authority: str) -> list[Outcome[None]]:
    """Each machine's configuration as it is at this moment, with other CAs. Never with a restart."""

    async def send(connection: Connection, _maintenance: bool) -> None:
        text = configured(await configuration(connection), bundle, authority, connection.name)
        await connection.apply(text.encode(), "NO_REBOOT", dry_run=False)

    return TalosClient(own(bundle)).each([node.peer for node in nodes], send)
