# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubeconfig says while Kubernetes' CA is replaced, and what is believed of a kubelet and of the CA of pods."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.client import Done
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NotFound, Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import Json
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Readiness, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_pki_kubernetes as kubernetes
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_pki_plan as pki
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_kubeconfig import Kubeconfig
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_nodes import Node, Seen
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_plan import NEW, OLD
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_steps import advanced
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.authority import Place, Trust
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle

from .conftest import START


def written(folder: Path, authority: Pair, user: dict[str, Any]) -> Kubeconfig:
    encoded = base64.b64encode(authority.certificate).decode()
    others = {"name": "other", "cluster": {"server": "https://other", "certificate-authority-data": "!"}}
    document = {
        "apiVersion": "v1",
        "current-context": "mine",
        "clusters": [others, {"name": "edge", "cluster": {"server": "s", "certificate-authority-data": encoded}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "mine", "context": {"cluster": "edge", "user": "me"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(document))
    return Kubeconfig(file)


def client(authority: Pair) -> dict[str, str]:
    month = datetime.timedelta(days=30)
    made = certificates.make_client(authority, ["system:masters", "a"], START, month, common_name="me")
    parts = {"certificate": made.certificate, "key": made.key}
    return {f"client-{name}-data": base64.b64encode(pem).decode() for name, pem in parts.items()}


def test_a_kubeconfig_takes_the_way_of_the_plan(bundle: Bundle, tmp_path: Path) -> None:
    at = bundle
    file = written(tmp_path, bundle.pair("k8s"), client(bundle.pair("k8s")))
    for step in ("accept", "issue", "retire"):
        at = advanced(at, "k8s", step)
        pairs = pki.authorities(at, "k8s")
        found = file.observe(pairs)
        if step != "accept":
            file.write(at, found)
        assert file.observe(pairs) == found.after(step)
    document = yaml.safe_load(file.path.read_text())
    assert document["clusters"][0]["cluster"]["certificate-authority-data"] == "!"
    user = {key: base64.b64decode(text) for key, text in document["users"][0]["user"].items()}
    facts = certificates.facts(user["client-certificate-data"])
    assert (facts.common_name, facts.organizations) == ("me", ("a", "system:masters"))
    assert facts.not_after - facts.not_before == datetime.timedelta(days=30)
    assert certificates.belong_together(Pair(user["client-certificate-data"], user["client-key-data"]))


def test_a_user_with_a_token_keeps_it(bundle: Bundle, tmp_path: Path) -> None:
    at = advanced(advanced(bundle, "k8s", "accept"), "k8s", "issue")
    file = written(tmp_path, bundle.pair("k8s"), {"token": "t"})
    found = file.observe(pki.authorities(at, "k8s"))
    assert (found.trusts, found.signer) == ((OLD,), "")
    file.write(at, found)
    assert file.observe(pki.authorities(at, "k8s")).trusts == (NEW, OLD)
    assert yaml.safe_load(file.path.read_text())["users"][0]["user"] == {"token": "t"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "is not a kubeconfig"),
        ("{}", "has no context None"),
        ("{current-context: a, contexts: [{name: a, context: {cluster: b}}, 1]}", "certificate-authority-data"),
    ],
)
def test_what_is_no_kubeconfig_with_certificates_is_refused(
    bundle: Bundle, tmp_path: Path, text: str, said: str
) -> None:
    file = Kubeconfig(tmp_path / "kubeconfig")
    pairs = pki.authorities(bundle, "k8s", due=True)
    with pytest.raises(NotFound):
        file.observe(pairs)
    file.path.write_text(text)
    with pytest.raises(InvalidInput, match=said):
        file.observe(pairs)


SECOND = 10**9
RUNNING = {"state": "Running", "healthy": True, "since": 1000 * SECOND}


def lease(second: int) -> dict[str, str]:
    return {"c1": datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


@pytest.mark.parametrize(
    ("kubelet", "leases", "nodename", "verdict"),
    [
        (RUNNING, lease(1001), "c1", Ready()),
        (RUNNING, lease(999), "c1", NotYet("its kubelet has not been heard of since it was started")),
        (RUNNING, {}, "c1", NotYet("its kubelet has not been heard of since it was started")),
        (RUNNING, {}, "", Ready()),
        ({**RUNNING, "state": "Stopping"}, lease(1001), "c1", NotYet("its kubelet is not well: Stopping")),
        ({**RUNNING, "healthy": False}, lease(1001), "c1", NotYet("its kubelet is not well: Running")),
        (None, lease(1001), "c1", NotYet("its kubelet is not well: missing")),
        (RUNNING, Unreachable("gone"), "c1", NotYet("no API server tells of its kubelet: gone")),
    ],
)
def test_a_kubelet_is_well_when_it_was_heard_of_since_it_was_started(
    kubelet: Json, leases: Json, nodename: str, verdict: Readiness
) -> None:
    seen = Seen(Node("10.0.0.1"), "c1", "b", True, Trust(NEW), Place(section="cluster"), nodename=nodename)
    assert kubernetes._reports(seen, Done(kubelet), leases) == verdict


def test_pods_are_given_the_new_ca_alone(bundle: Bundle) -> None:
    old, new = bundle.pair("k8s"), advanced(advanced(bundle, "k8s", "accept"), "k8s", "issue").pair("k8s")
    wanted = certificates.facts(new.certificate).fingerprint
    verdicts = [
        kubernetes._hands_out(pem.decode(), wanted)
        for pem in (new.certificate, old.certificate, new.certificate + old.certificate)
    ]
    assert [isinstance(each, Ready) for each in verdicts] == [True, False, False]
