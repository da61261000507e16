# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold once a step of a CA's replacement is taken: of each machine, and of the cluster when all have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...clients.talos import certificates
from ...clients.talos.client import Outcome, TalosClient
from ...clients.talos.connection import Connection
from ...core.error import NfviError
from ...core.readiness import NotYet, Readiness, Ready
from ...resources.machine_config.authority import Trust, trust
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.documents import parse
from .talos_pki_access import identity
from .talos_pki_looks import forgotten, later, version
from .talos_pki_nodes import Seen, configuration
from .talos_pki_plan import NEW, OLD, TALOS, authorities, fingerprints

Look = Callable[[list[Seen]], list[Readiness]]


class Judges(Protocol):
    """What must hold after a step; each a function of machines."""

    def of_machines(self, step: str, bundle: Bundle) -> list[Look]:
        """Of a machine that has taken it."""

    def of_cluster(self, step: str, bundle: Bundle) -> list[Look]:
        """Of each machine when all have."""


class TalosJudges:
    """Of the CA of Talos' own API."""

    def of_machines(self, step: str, bundle: Bundle) -> list[Look]:
        """Each machine shows and accepts the certificates of this step, and only those."""
        pairs = authorities(bundle, TALOS.name)
        trusted = [pairs[OLD], pairs[NEW]] if step == "accept" else [pairs[NEW]]
        outdated = TalosClient(identity(trusted, pairs[OLD]))

        def unknown(nodes: list[Seen]) -> list[Readiness]:
            return [forgotten(outcome) for outcome in outdated.each([each.node.peer for each in nodes], version)]

        known = configured(TALOS.name, bundle, TalosClient(identity(trusted, pairs[NEW])))
        return [known, unknown] if step == "retire" else [known]

    def of_cluster(self, step: str, bundle: Bundle) -> list[Look]:
        """Nothing else."""
        return []


def configured(name: str, bundle: Bundle, client: TalosClient) -> Look:
    """Each machine goes by the CAs of that name that the bundle wants now, as ``client`` is told."""
    wanted, ours = _wanted(bundle, name), frozenset(fingerprints(authorities(bundle, name)))

    async def look(connection: Connection, _maintenance: bool) -> Trust:
        return trust(parse(await configuration(connection), object=connection.name), name, object=connection.name)

    def judge(nodes: list[Seen]) -> list[Readiness]:
        outcomes = client.each([each.node.peer for each in nodes], look)
        return [_goes_by(outcome, wanted, ours) for outcome in outcomes]

    return judge


def _wanted(bundle: Bundle, name: str) -> Trust:
    rotation = bundle.rotation(name)
    others = certificates.fingerprints(rotation.other.certificate) if rotation and bundle.accepted(name) else ()
    return Trust(certificates.facts(bundle.pair(name).certificate).fingerprint, others)


def _goes_by(outcome: Outcome[Trust], wanted: Trust, ours: frozenset[str]) -> Readiness:
    if isinstance(outcome, NfviError):
        return later(outcome)
    accepted = tuple(each for each in outcome.value.accepted if each in ours)
    same = (outcome.value.issuing, accepted) == (wanted.issuing, wanted.accepted)
    return Ready() if same else NotYet("does not have the configuration that it was given")
