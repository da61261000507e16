# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of Kubernetes once a step of its CA's replacement is taken.

Every API server is asked on its own machine: behind a balancer one that was left behind would not be seen.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from ...clients.kube import request as ask
from ...clients.kube.client import KubeClient
from ...clients.kube.cluster import Cluster
from ...clients.kube.request import Resource
from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...clients.talos.client import Outcome, TalosClient
from ...clients.talos.connection import Connection
from ...core.error import Forbidden, NfviError, Unauthenticated
from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready
from ...resources.machine_config.bundle import Bundle
from .talos_pki_access import EARLIER, LIFETIME, own
from .talos_pki_judges import Look, configured
from .talos_pki_looks import later
from .talos_pki_nodes import Seen
from .talos_pki_plan import KUBERNETES, NEW, OLD, authorities
from .talos_session import target

# A name that every API server's certificate bears (secrets/kubernetes_cert_sans.go), by whichever address it is called.
_NAME = "kubernetes"
_NODES = Resource("v1", "Node", "nodes", namespaced=False)
_LEASES = Resource("coordination.k8s.io/v1", "Lease", "leases", namespaced=True)
_CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps", namespaced=True)


@dataclass(frozen=True)
class KubernetesJudges:
    """Of the CA of Kubernetes' API, whose servers run on the machines that lead."""

    seen: tuple[Seen, ...]

    def of_machines(self, step: str, bundle: Bundle) -> list[Look]:
        """Its API server shows and accepts what this step wants and nothing else, and its kubelet reaches one."""
        pairs, client = authorities(bundle, KUBERNETES.name), TalosClient(own(bundle))
        trusted = [pairs[OLD], pairs[NEW]] if step == "accept" else [pairs[NEW]]
        known, outdated = _servers(trusted, pairs[NEW]), _servers(trusted, pairs[OLD])
        looks = [configured(KUBERNETES.name, bundle, client), _each(lambda each: _serves(known(each)))]
        if step == "retire":
            looks.append(_each(lambda each: _refuses(outdated(each))))
        return [*looks, self._kubelets(client, known)]

    def of_cluster(self, step: str, bundle: Bundle) -> list[Look]:
        """Pods are given the new CA. Who gives it also signs for kubelets, which the last step relies on."""
        if step == "accept":
            return []
        new = authorities(bundle, KUBERNETES.name)[NEW]
        servers, fingerprint = _servers([new], new), certificates.facts(new.certificate).fingerprint

        def judge(nodes: list[Seen]) -> list[Readiness]:
            return [_hands_out(self._ask(servers, _root), fingerprint)] * len(nodes)

        return [judge]

    def _kubelets(self, client: TalosClient, servers: Callable[[Seen], Cluster]) -> Look:
        """Each kubelet has renewed its lease since it was started: it trusts an API server, and is known to it."""

        def judge(nodes: list[Seen]) -> list[Readiness]:
            outcomes = client.each([each.node.peer for each in nodes], _kubelet)
            leases = self._ask(servers, _renewals)
            return [_reports(each, found, leases) for each, found in zip(nodes, outcomes, strict=True)]

        return judge

    def _ask(self, servers: Callable[[Seen], Cluster], question: Callable[[KubeClient], Json]) -> Json | NfviError:
        """The answer of the first API server that gives one."""
        error: NfviError | None = None
        for each in self.seen:
            if each.leads:
                try:
                    return question(KubeClient(servers(each), patience=0.0))
                except NfviError as problem:
                    error = problem
        return error


def _servers(trusted: list[Pair], signer: Pair) -> Callable[[Seen], Cluster]:
    """Each machine's own API server, to an administrator whose certificate is of ``signer``."""
    start = certificates.now() - EARLIER
    client = certificates.make_client(signer, ["system:masters"], start, LIFETIME, common_name="kubevim:pki")
    authority = b"".join(pair.certificate for pair in trusted)

    def of(seen: Seen) -> Cluster:
        host = target(seen.node.address).host
        server = f"https://{f'[{host}]' if ':' in host else host}:{seen.api_port}"
        return Cluster(server, authority, client.certificate, client.key, tls_server_name=_NAME)

    return of


def _each(judge: Callable[[Seen], Readiness]) -> Look:
    """A look at the machines that have an API server."""
    return lambda nodes: [judge(each) if each.leads else Ready() for each in nodes]


def _serves(cluster: Cluster) -> Readiness:
    try:
        KubeClient(cluster, patience=0.0).list(_NODES, limit=1)
    except NfviError as error:
        return NotYet(f"its API server: {error.reason}")
    return Ready()


def _refuses(cluster: Cluster) -> Readiness:
    try:
        KubeClient(cluster, patience=0.0).list(_NODES, limit=1)
    except Unauthenticated:
        return Ready()
    except Forbidden:
        pass
    except NfviError as error:
        return NotYet(f"its API server: {error.reason}")
    return NotYet("its API server still accepts clients of the old CA")


def _root(kube: KubeClient) -> Json:
    found = kube.send(ask.get(_CONFIG_MAPS, "kube-root-ca.crt", "kube-system"))
    return str(dig(found, ("data", "ca.crt")) or "")


def _hands_out(found: Json | NfviError, fingerprint: str) -> Readiness:
    if isinstance(found, NfviError):
        return NotYet(f"no API server tells what pods trust: {found.reason}")
    known = certificates.fingerprints(found.encode())
    return Ready() if known == (fingerprint,) else NotYet("pods are still given the old CA by the controller manager")


def _renewals(kube: KubeClient) -> Json:
    """When each node's lease was renewed last."""
    leases = kube.list(_LEASES, "kube-node-lease").items
    return {lease["metadata"]["name"]: dig(lease, ("spec", "renewTime")) for lease in leases}


async def _kubelet(connection: Connection, _maintenance: bool) -> Json:
    return await connection.service("kubelet")


def _reports(seen: Seen, outcome: Outcome[Json], leases: Json | NfviError) -> Readiness:
    if isinstance(outcome, NfviError):
        return later(outcome)
    if isinstance(leases, NfviError):
        return NotYet(f"no API server tells of its kubelet: {leases.reason}")
    kubelet = outcome.value or {"state": "missing", "healthy": None}
    if kubelet["state"] != "Running" or kubelet["healthy"] is False:
        return NotYet(f"its kubelet is not well: {kubelet['state']}")
    renewed = leases.get(seen.nodename)
    if seen.nodename and (not renewed or _nanoseconds(renewed) < kubelet["since"]):
        return NotYet("its kubelet has not been heard of since it was started")
    return Ready()


def _nanoseconds(text: str) -> int:
    """Unix time; both this and the machine's own word on its kubelet are of the same clock."""
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e9)
