# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Kubernetes may follow which, in which order its components come, and when each has; no cluster is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    InvalidInput,
    NfviError,
    Precondition,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import kubernetes_state
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.kubernetes_skew import (
    Running,
    refuse_skew,
    refuse_talos,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.kubernetes_state import Kubernetes
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_k8s_upgrade_plan import (
    Member,
    Wanted,
    arrived,
    plan,
    problems,
    refuse_versions,
    remarks,
    stages,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_upgrade_rules import Version
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import component_images as images
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.component_images import (
    API_SERVER,
    COMPONENTS,
    KUBELET,
    PROXY,
    STATIC_PODS,
    Component,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    Identity,
    parse,
)

OLD, NEW = "v1.36.0", "v1.36.3"


def main_document(kind: str, version: str = OLD, **more: str) -> Configuration:
    """A configuration as Talos up to 1.13 has it."""
    named = {component: more.get(component.name, component.upstream(version)) for component in COMPONENTS}
    cluster = {each.section[1]: {"image": image, "extraArgs": {}} for each, image in named.items() if each != KUBELET}
    machine = {"type": kind, "kubelet": {"image": named[KUBELET]}}
    return Configuration(({"version": "v1alpha1", "machine": machine, "cluster": cluster if kind != "worker" else {}},))


def documents(version: str = OLD) -> Configuration:
    """The same from 1.14 on."""
    return Configuration(
        (
            {"version": "v1alpha1", "machine": {"type": "controlplane"}, "cluster": {}},
            *({"apiVersion": "v1alpha1", "kind": each.kind, "image": each.upstream(version)} for each in COMPONENTS),
        )
    )


def node(name: str, kubelet: str = OLD, *, control_plane: bool = False, ready: bool = True) -> dict[str, Any]:
    labels = {"node-role.kubernetes.io/control-plane": ""} if control_plane else {}
    condition = {"type": "Ready", "status": "True" if ready else "False", "reason": "KubeletNotReady"}
    addresses = [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": f"10.0.0.{name[1:]}"}]
    status = {"conditions": [condition], "addresses": addresses, "nodeInfo": {"kubeletVersion": kubelet}}
    return {"metadata": {"name": name, "labels": labels}, "status": status}


def pod(program: str, on: str, image: str, *, ready: bool = True, waiting: str = "") -> dict[str, Any]:
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    return {
        "metadata": {"name": f"{program}-{on}", "labels": {"k8s-app": program}},
        "spec": {"nodeName": on, "containers": [{"name": program, "image": image}]},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready), "reason": "ContainersNotReady"}],
            "containerStatuses": [{"name": program, "state": state}],
        },
    }


def control_plane_pods(on: str, version: str = OLD, **changes: Any) -> list[dict[str, Any]]:
    return [pod(each.program, on, each.upstream(version), **changes) for each in STATIC_PODS]


def world(*nodes: dict[str, Any], pods: list[dict[str, Any]] | None = None) -> Kubernetes:
    planes = [each["metadata"]["name"] for each in nodes if each["metadata"]["labels"]]
    found = [one for name in planes for one in control_plane_pods(name)] if pods is None else pods
    return kubernetes_state.read(list(nodes), found)


def member(state: Kubernetes, name: str, configuration: Configuration | None = None, talos: str = "v1.13.0") -> Member:
    found = next(each for each in state.nodes if each.name == name)
    own = configuration or main_document("controlplane" if found.control_plane else "worker")
    return Member(found.address, talos, found, own, found.control_plane)


def wanted(to: str = NEW, **options: Any) -> Wanted:
    return Wanted.parse(Given({"to": to, **options}))


STATE = world(node("e1", control_plane=True), node("e2", control_plane=True), node("e3"), node("e4"), node("e5"))
MEMBERS = {each.address: each for each in (member(STATE, node.name) for node in STATE.nodes)}


# ---- images


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("before", [main_document("controlplane"), documents()])
def test_an_image_is_changed_where_it_stands_and_nothing_else(component: Component, before: Configuration) -> None:
    after = images.with_image(before, component, "example.net/x:v1")
    assert images.image_of(after, component) == "example.net/x:v1"
    assert images.image_of(before, component) == component.upstream(OLD)
    assert len(after.documents) == len(before.documents)
    others = [each for each in COMPONENTS if each != component]
    assert [images.image_of(after, each) for each in others] == [each.upstream(OLD) for each in others]
    assert images.with_image(after, component, component.upstream(OLD)) == before


def test_an_image_that_was_talos_own_choice_is_written_in_the_configurations_own_style() -> None:
    bare = parse("version: v1alpha1\nmachine: {type: controlplane}\n")
    assert images.with_image(bare, API_SERVER, "x:v1").main["cluster"] == {"apiServer": {"image": "x:v1"}}
    multi = Configuration(documents().documents[:-1])
    added = images.with_image(multi, KUBELET, "x:v1").find(Identity("KubeletConfig"))
    assert added == {"apiVersion": "v1alpha1", "kind": "KubeletConfig", "image": "x:v1"}


@pytest.mark.parametrize(
    ("image", "tag", "after"),
    [
        ("registry.k8s.io/kube-apiserver:v1.36.0", "v1.36.0", "registry.k8s.io/kube-apiserver:v1.36.3"),
        ("10.0.0.1:5000/k/kubelet:v1.36.0-fat", "v1.36.0", "10.0.0.1:5000/k/kubelet:v1.36.3-fat"),
    ],
)
def test_a_tag_is_another_version_of_the_same_image(image: str, tag: str, after: str) -> None:
    assert (images.tag(image), images.retagged(image, NEW)) == (tag, after)


def test_images_are_the_named_ones_or_follow_what_is_configured() -> None:
    assert wanted().image(KUBELET, "mirror/kubelet:v1.36.0-slim") == "mirror/kubelet:v1.36.3-slim"
    assert wanted().image(KUBELET, "") == KUBELET.upstream(NEW)
    assert wanted(images={"kubelet": f"other/k:{NEW}-fat"}).image(KUBELET, "mirror/k:v1.36.0") == f"other/k:{NEW}-fat"
    pinned = f"mirror/kubelet:v1.36.0@sha256:{'0' * 64}"
    with pytest.raises(InvalidInput) as caught:
        wanted().image(KUBELET, pinned)
    assert caught.value.path == ("images", "kubelet")
    assert wanted(images={"kubelet": pinned}).image(KUBELET, pinned) == pinned


@pytest.mark.parametrize("image", ["mirror/kubelet:v1.36.1", "no image"])
def test_an_image_of_another_version_is_refused_at_its_place(image: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted(images={"kubelet": image})
    assert caught.value.path == ("images", "kubelet")


# ---- skew


@pytest.mark.parametrize(
    ("program", "running", "to", "kind"),
    [
        ("kube-apiserver", "v1.36.0", "v1.36.3", None),
        ("kube-apiserver", "v1.35.9", "v1.36.0", None),
        ("kube-apiserver", "v1.34.9", "v1.36.0", Unsupported),
        ("kube-scheduler", "v1.34.9", "v1.36.0", Unsupported),
        ("kubelet", "v1.33.0", "v1.36.0", None),
        ("kubelet", "v1.32.9", "v1.36.0", Unsupported),
        ("kubelet", "v1.36.1", "v1.36.0", InvalidInput),
        ("kube-apiserver", "v1.37.0-alpha.1", "v1.36.3", InvalidInput),
        ("kube-apiserver", "v1.36.0-rc.1", "v1.36.0", None),
        ("kube-apiserver", "v1.99.0", "v2.0.0", Unsupported),
    ],
)
def test_which_version_may_follow_which(program: str, running: str, to: str, kind: type[NfviError] | None) -> None:
    found = [Running(program, "node 10.0.0.1", Version.parse(running))]
    if kind is None:
        refuse_skew(Version.parse(to), found)
        return
    with pytest.raises(kind) as caught:
        refuse_skew(Version.parse(to), found)
    assert (type(caught.value), caught.value.path, caught.value.object) == (kind, ("to",), "node 10.0.0.1")


def test_the_hint_names_the_step_that_comes_first() -> None:
    with pytest.raises(Unsupported) as caught:
        refuse_skew(Version.parse("v1.36.0"), [Running("kubelet", "n", Version.parse("v1.31.0"))])
    assert caught.value.hint == "upgrade to 1.34 first"


@pytest.mark.parametrize(("talos", "to"), [("v1.13.0", "v1.37.0"), ("v1.14.0", "v1.31.0"), ("v1.12.3", "v1.36.0")])
def test_a_version_that_the_machines_talos_does_not_run_is_refused(talos: str, to: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_talos(Version.parse(to), [("node a", "v1.13.0" if talos != "v1.13.0" else "v1.14.0"), ("node b", talos)])
    assert caught.value.object == "node b"


def test_what_is_configured_counts_like_what_runs() -> None:
    ahead = member(STATE, "e1", main_document("controlplane", kube_apiserver="registry.k8s.io/kube-apiserver:v1.37.0"))
    with pytest.raises(InvalidInput):
        refuse_versions(wanted(), [ahead, *list(MEMBERS.values())[1:]], STATE)


def test_control_plane_nodes_are_not_left_out_and_other_nodes_are_looked_at() -> None:
    with pytest.raises(Precondition) as caught:
        refuse_versions(wanted(), [MEMBERS["10.0.0.1"]], STATE)
    assert caught.value.object == "node e2"
    done = world(*(node(f"e{n}", control_plane=True) for n in (1, 2)), pods=control_plane_pods("e2", NEW))
    refuse_versions(wanted(), [member(done, "e1")], done)
    old = world(node("e1", control_plane=True), node("e9", "v1.32.0"))
    with pytest.raises(Unsupported) as skewed:
        refuse_versions(wanted(), [member(old, "e1")], old)
    assert skewed.value.object == "node e9"


# ---- order and plan


def test_api_servers_come_first_one_by_one_and_kubelets_last() -> None:
    order = stages(wanted(), list(MEMBERS.values()), limit=2)
    assert [(each.component.name, [one[-1] for one in each.batch]) for each in order] == [
        *((each.name, [number]) for each in STATIC_PODS for number in "12"),
        ("kube_proxy", ["1", "2"]),
        ("kubelet", ["1"]),
        ("kubelet", ["2"]),
        ("kubelet", ["3", "4"]),
        ("kubelet", ["5"]),
    ]
    assert KUBELET not in [each.component for each in stages(wanted(kubelet=False), list(MEMBERS.values()), 1)]


@given(
    strategies.sets(strategies.tuples(strategies.sampled_from(COMPONENTS), strategies.sampled_from(sorted(MEMBERS))))
)
def test_a_plan_is_what_is_left_of_the_whole_plan(done: set[tuple[Component, str]]) -> None:
    order = stages(wanted(), list(MEMBERS.values()), 1)
    whole = plan(wanted(), order, MEMBERS, STATE)
    further = dict(MEMBERS)
    for component, address in done:
        own = further[address]
        if own.control_plane or component == KUBELET:
            after = images.with_image(own.configuration, component, component.upstream(NEW))
            further[address] = replace(own, configuration=after)
    left = {key: task for key, task in whole.items() if key not in {(each.name, address) for each, address in done}}
    assert plan(wanted(), order, further, STATE) == left


def test_another_image_of_the_same_version_is_told_as_such() -> None:
    order = stages(wanted(OLD), [MEMBERS["10.0.0.3"]], 1)
    image = f"mirror.example.net/kubelet:{OLD}"
    tasks = plan(wanted(OLD, images={"kubelet": image}), order, MEMBERS, STATE)
    told = f"upgrade kubelet on node 10.0.0.3: image {KUBELET.upstream(OLD)} → {image}"
    assert [str(task.change) for task in tasks.values()] == [told]


def test_a_proxy_that_is_off_and_named_nowhere_stays_so() -> None:
    own = main_document("controlplane")
    section = {**own.main["cluster"], "proxy": {"disabled": True}}
    off = Configuration(({**own.main, "cluster": section},))
    state = world(node("e1", control_plane=True))
    members = {"10.0.0.1": member(state, "e1", off)}
    tasks = plan(wanted(), stages(wanted(), list(members.values()), 1), members, state)
    assert PROXY.name not in [name for name, _address in tasks]


# ---- what is there


def test_what_does_not_work_is_named() -> None:
    state = world(
        node("e1", control_plane=True, ready=False),
        pods=[
            *control_plane_pods("e1")[:1],
            pod("kube-scheduler", "e1", "x:v1", ready=False, waiting="CrashLoopBackOff"),
        ],
    )
    assert list(problems(wanted(), [member(state, "e1")], state)) == [
        "node 10.0.0.1 is not ready: KubeletNotReady",
        "kube-controller-manager on node 10.0.0.1 is not ready: it has no pod",
        "kube-scheduler on node 10.0.0.1 is not ready: CrashLoopBackOff",
    ]
    assert len(list(problems(wanted(nodes_ready="ignored"), [member(state, "e1")], state))) == 2


@pytest.mark.parametrize(
    ("pods", "verdict"),
    [
        ([], NotYet("there is no pod of it")),
        (control_plane_pods("e1"), NotYet(f"still runs {API_SERVER.upstream(OLD)}")),
        (control_plane_pods("e1", NEW, ready=False), NotYet(f"{NEW} is not ready: ContainersNotReady")),
        (
            control_plane_pods("e1", NEW, ready=False, waiting="ImagePullBackOff"),
            NotYet(f"{NEW} is not ready: ImagePullBackOff"),
        ),
        (control_plane_pods("e1", NEW), Ready()),
    ],
)
def test_a_static_pod_has_arrived_when_the_new_image_is_ready(pods: list[dict[str, Any]], verdict: object) -> None:
    state = world(node("e1", control_plane=True), pods=pods)
    assert arrived(wanted(), API_SERVER, API_SERVER.upstream(NEW), member(state, "e1"), state) == verdict


@pytest.mark.parametrize(
    ("options", "before", "after", "ready"),
    [
        ({}, {"ready": True}, {"kubelet": OLD}, False),
        ({}, {"ready": True}, {"kubelet": NEW, "ready": False}, False),
        ({}, {"ready": True}, {"kubelet": NEW}, True),
        ({"nodes_ready": "ignored"}, {"ready": True}, {"kubelet": NEW, "ready": False}, False),
        ({"nodes_ready": "ignored"}, {"ready": False}, {"kubelet": NEW, "ready": False}, True),
    ],
)
def test_a_kubelet_has_arrived_when_its_node_says_so(
    options: dict[str, Any], before: dict[str, Any], after: dict[str, Any], ready: bool
) -> None:
    own, now = member(world(node("e1", **before)), "e1"), world(node("e1", **after))
    verdict = arrived(wanted(**options), KUBELET, KUBELET.upstream(NEW), own, now)
    assert isinstance(verdict, Ready) is ready


def test_a_kube_proxy_that_stays_behind_is_remarked_on() -> None:
    state = world(node("e1"), pods=[pod("kube-proxy", "e1", PROXY.upstream(OLD))])
    assert PROXY.upstream(OLD) in next(remarks(wanted(), state))
    assert list(remarks(wanted(OLD), state)) == []
