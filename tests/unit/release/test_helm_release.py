# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure rules of helm_release; tests/interop drives the real helm."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.helm.release import (
    Chart,
    Revision,
    Wish,
    separated,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.helm.words import Discretion, error, own_words
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.cluster import Cluster, basic, bearer
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.kubeconfig import read
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.written import kubeconfig, private_file
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.kubectl_yaml import documents
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.kind import Kind
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.release import plan, wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.release.look import Found, State, standing
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubernetes.kinds import SECRET

TARGET = "Release ns/demo"
MASKER = Masker(b"key")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments", True)


def revision(number: int, status: str) -> Revision:
    return Revision(number, status, "demo-1.0.0", "", "2026-11-21T00:00:00Z")


def item(kind: Kind, name: str, **fields: Any) -> Item:
    meta = {"name": name, "namespace": "ns", **fields.pop("metadata", {})}
    return Item(kind, {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta, **fields})


def lines(*changes: plan.Plan) -> list[str]:
    return [line for each in changes for line in each.actions]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (["deployed"], 1),
        (["superseded", "deployed"], 2),
        (["superseded", "deployed", "failed"], 2),
        (["superseded", "superseded", "pending-rollback"], 2),
        (["failed", "pending-install"], None),
        ([], None),
    ],
)
def test_the_revision_that_stands(history: list[str], expected: int | None) -> None:
    found = standing([revision(number, status) for number, status in enumerate(history, 1)])
    assert (found.number if found else None) == expected


def test_recovery_is_a_rollback_or_where_nothing_stood_a_removal() -> None:
    pending = revision(2, "pending-upgrade")
    assert not plan.recovery(TARGET, Found((revision(1, "deployed"),)))
    assert lines(plan.recovery(TARGET, Found((revision(1, "deployed"), pending)))) == [
        f"rollback {TARGET}: status pending-upgrade (revision 2) → deployed (as revision 1)"
    ]
    assert lines(plan.recovery(TARGET, Found((revision(1, "pending-install"),)))) == [
        f"uninstall {TARGET}: status pending-install → (none)"
    ]
    assert plan.recovery(TARGET, Found((revision(1, "deployed"), revision(2, "uninstalling")))).changes[0].action == (
        "uninstall"
    )


def test_a_failed_release_needs_an_upgrade_though_nothing_differs() -> None:
    state = State("demo-1.0.0", "")
    same = Found((revision(1, "deployed"),), state)
    assert not plan.to_present(TARGET, same, state, MASKER)
    failed = Found((revision(1, "deployed"), revision(2, "failed")), state)
    assert lines(plan.to_present(TARGET, failed, state, MASKER)) == [f"update {TARGET}: status failed → deployed"]


def test_secrets_and_values_show_as_digests_and_pods_are_told() -> None:
    template = {"spec": {"template": {"spec": {"image": "a"}}}}
    other = {"spec": {"template": {"spec": {"image": "b"}}}}
    old = State(
        "demo-1.0.0",
        "",
        {"p": "old-secret"},
        (item(SECRET, "s", data={"p": "b2xk"}), item(DEPLOYMENT, "d", **template)),
    )
    new = State(
        "demo-1.1.0", "", {"p": "new-secret"}, (item(SECRET, "s", data={"p": "bmV3"}), item(DEPLOYMENT, "d", **other))
    )
    found = plan.to_present(TARGET, Found((revision(1, "deployed"),), old), new, MASKER)
    assert [change.path for change in found] == [
        ("chart",), ("values", "p"), ("data", "p"), ("spec", "template", "spec", "image"),
    ]  # fmt: skip
    assert found.impact is Impact.POD_RESTART
    for secret in ("old-secret", "new-secret", "b2xk", "bmV3"):
        assert secret not in str(found.diff()) + str(found.actions)


def test_what_is_kept_is_no_deletion() -> None:
    policy = {"annotations": {"helm.sh/resource-policy": "keep"}}
    base = State("demo-1.0.0", "", {}, (item(DEPLOYMENT, "a", metadata=policy), item(DEPLOYMENT, "b")))
    found = Found((revision(1, "deployed"),), base)
    assert lines(plan.to_absent(TARGET, found, MASKER)) == [f"delete {TARGET}", "delete Deployment ns/b"]
    assert plan.kept(base.items, ()) == ["Deployment ns/a"]


def test_what_a_failed_revision_made_is_left_over() -> None:
    base = State("demo-1.0.0", "", {}, (item(DEPLOYMENT, "a"),))
    tried = (item(DEPLOYMENT, "a"), item(DEPLOYMENT, "b"), item(DEPLOYMENT, "c"))
    assert plan.left_over(Found((), base, tried), [item(DEPLOYMENT, "c")]) == ["Deployment ns/b"]


@pytest.mark.parametrize(("major", "atomic"), [(3, "--atomic"), (4, "--rollback-on-failure")])
def test_flags_by_version_and_no_value_among_them(major: int, atomic: str) -> None:
    wish = Wish("demo", "ns", Chart("c"), {"password": "hunter2"}, create_namespace=True, atomic=True, timeout=7)
    flags = wish.flags(major)
    assert {atomic, "--wait", "--create-namespace", "--reset-values", "7s"} <= set(flags)
    assert flags[flags.index("--values") + 1] == "-"
    assert "hunter2" not in " ".join(flags)
    assert not {"--wait", atomic} & set(Wish("demo", "ns", Chart("c"), wait=False).flags(major))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("WARNING: x\nError: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", "busy"),
        ('Error: Kubernetes cluster unreachable: Get "https://x": refused', "unreachable"),
        ("Error: UPGRADE FAILED: context deadline exceeded", "timeout"),
        ("Error: UPGRADE FAILED: resource Deployment/ns/d not ready. status: InProgress, message: a", "timeout"),
        ('Error: INSTALLATION FAILED: x is forbidden: User "a" cannot create resource', "forbidden"),
        ("Error: Unable to continue with install: ConfigMap exists and cannot be imported", "conflict"),
        ("Error: release: not found", "not_found"),
        ("Error: execution error at (a/templates/b.yaml:1:2): no\n\nUse --debug flag", "invalid_input"),
    ],
)
def test_helms_words_have_a_kind(said: str, kind: str) -> None:
    found = error(own_words(said))
    assert found.kind == kind
    assert "Error:" not in found.reason
    assert "debug" not in found.reason


def test_words_do_not_tell_values() -> None:
    text = "correct horse"
    discretion = Discretion.about({"a": [{"b": text}], "n": "demo", "on": True, "pin": 12345}, ["demo"], MASKER)
    encoded = base64.b64encode(text.encode()).decode()
    told = discretion.of(f"demo: {text} and {encoded} and 12345 are true")
    assert told.startswith("demo: <secret ")
    assert not [secret for secret in (text, encoded, "12345") if secret in told]


def test_values_lie_over_each_other_as_helm_lays_them(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: {b: 1, c: 2}\nl: [1, 2]\n")
    given = {"name": "demo", "namespace": "ns", "chart_ref": str(tmp_path), "values_files": [str(tmp_path / "a.yml")]}
    assert wanted.wish(Given({**given, "values": {"a": {"c": 3}, "l": [3]}})).values == {
        "a": {"b": 1, "c": 3},
        "l": [3],
    }


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"name": "A"}, "name"),
        ({"chart_ref": "--post-renderer=x"}, "chart_ref"),
        ({"chart_ref": "https://me:secret@example.net/c.tgz"}, "chart_ref"),
        ({"chart_ref": "c", "chart_repo_url": "ftp://example.net"}, "chart_repo_url"),
        ({"chart_ref": "./none"}, "chart_ref"),
        ({"wait_timeout": 0}, "wait_timeout"),
    ],
)
def test_what_helm_would_take_for_something_else_is_refused(options: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted.wish(Given({"name": "demo", "namespace": "ns", "chart_ref": "repo/c", **options}))
    assert refused.value.path == (path,)
    assert "secret" not in str(refused.value)


def test_documents_that_nothing_separates_are_told_apart() -> None:
    one, two = "apiVersion: v1\nkind: A\nspec:\n  kind: x\n", "# second\napiVersion: v1\nkind: B\n"
    for text in (f"{one}\n{two}", f"---\n{one}---\n{two}"):
        assert [value["kind"] for _line, value in documents(separated(text).encode(), "f")] == ["A", "B"]


@pytest.mark.parametrize("authorization", [None, bearer("t"), basic("me", "pass:word")])
def test_a_written_kubeconfig_leads_to_the_same_cluster(authorization: str | None) -> None:
    cluster = Cluster("https://a:6443", b"ca", b"crt", b"key", authorization, proxy="http://p:1", tls_server_name="n")
    found = kubeconfig(cluster)
    if authorization and authorization.startswith("Basic"):
        user = found["users"][0]["user"]
        assert (user.pop("username"), user.pop("password")) == ("me", "pass:word")
        assert read(found, "here") == Cluster(
            "https://a:6443", b"ca", b"crt", b"key", proxy="http://p:1", tls_server_name="n"
        )
    else:
        assert read(found, "here") == cluster
    with private_file(cluster) as file:
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not file.exists()
