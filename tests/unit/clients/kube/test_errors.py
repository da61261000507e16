# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of real servers, verbatim (Kubernetes 1.36, KubeVirt 1.8, Kube-OVN), and what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube import errors
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request
from ansible_collections.kubevim.nfvi.plugins.module_utils.core import error as core

SUBNET = Request(
    "PATCH",
    "/apis/kubeovn.io/v1/subnets/a",
    body={"spec": {"baz": 2, "cidrBlock": 1}},
    doing="apply",
    object="Subnet a",
)


def status(code: int, message: str, reason: str = "", **details: Any) -> bytes:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return json.dumps({**body, "reason": reason, "details": details}).encode()


def told(code: int, message: str, reason: str = "", request: Request = SUBNET, **details: Any) -> core.NfviError:
    return errors.error_from(code, status(code, message, reason, **details), {}, request)


def cause(field: str, message: str, reason: str = "FieldValueInvalid") -> dict[str, str]:
    return {"field": field, "message": message, "reason": reason}


def test_a_field_the_schema_does_not_declare_is_the_users_although_the_server_says_500() -> None:
    text = (
        "failed to create typed patch object (/a; kubeovn.io/v1, Kind=Subnet): .spec.baz: field not declared in schema"
    )
    error = told(500, text)
    assert isinstance(error, core.InvalidInput)
    assert (error.path, error.reason, error.retryable) == (("spec", "baz"), "field not declared in schema", False)
    assert str(error) == "Subnet a: spec.baz: field not declared in schema (the kind's schema has no such field)"


def test_a_wrong_type_is_told_without_its_value() -> None:
    text = (
        "failed to create typed patch object (/a; kubeovn.io/v1, Kind=Subnet): "
        ".spec.cidrBlock: expected string, got &value.valueUnstructured{Value:12345}"
    )
    error = told(500, text)
    assert (error.path, error.reason) == (("spec", "cidrBlock"), "expected string, got another type")


def test_several_fields_at_once() -> None:
    text = (
        "failed to create typed patch object (default/a; /v1, Kind=Pod): errors:\n"
        '  .spec.containers[name="c"].foo: field not declared in schema\n  .spec.bar: field not declared in schema'
    )
    pod = Request("PATCH", "/", body={"spec": {"containers": [{"name": "b"}, {"name": "c", "foo": 1}]}}, object="Pod a")
    error = told(500, text, request=pod)
    assert isinstance(error, errors.Refused)
    assert [each.path for each in error.findings] == [("spec", "containers", 1, "foo"), ("spec", "bar")]
    assert "spec.containers[1].foo: field not declared in schema; spec.bar: field not" in error.reason


def test_strict_decoding_names_every_unknown_field() -> None:
    text = (
        'Subnet in version "v1" cannot be handled as a Subnet: strict decoding error: '
        'unknown field "spec.baz", unknown field "spec.fooBar"'
    )
    error = told(400, text, "BadRequest")
    assert isinstance(error, errors.Refused)
    assert [str(each) for each in error.findings] == ["spec.baz: unknown field", "spec.fooBar: unknown field"]


def test_422_has_all_causes_with_their_paths() -> None:
    error = told(
        422,
        'Pod "a" is invalid: [spec.containers[0].ports[0].hostPort: Invalid value: 99999: …]',
        "Invalid",
        causes=[
            cause(
                "spec.containers[0].ports[0].hostPort", "Invalid value: 99999: must be between 1 and 65535, inclusive"
            ),
            cause("spec.containers[1].image", "Required value", "FieldValueRequired"),
        ],
    )
    assert isinstance(error, errors.Refused)
    assert [each.path for each in error.findings] == [
        ("spec", "containers", 0, "ports", 0, "hostPort"),
        ("spec", "containers", 1, "image"),
    ]


def test_of_a_secret_no_value_is_told() -> None:
    secret = Request("PATCH", "/", body={"data": {"p": "hunter2"}}, object="Secret ns/s")
    refused = [
        told(422, "…", "Invalid", secret, causes=[cause("data[p]", 'Invalid value: "hunter2": must not')]),
        told(422, 'Secret "s" is invalid: data[p]: Invalid value: "hunter2": must not', "Invalid", secret),
        told(
            500,
            "failed to create typed patch object (ns/s; /v1, Kind=Secret): .data.p: "
            "expected string, got &value.valueUnstructured{Value:hunter2}",
            request=secret,
        ),
    ]
    assert not [error for error in refused if "hunter2" in str(error)]
    assert all(isinstance(error, core.InvalidInput) for error in refused)


@pytest.mark.parametrize("code", [400, 403, 409, 422])
def test_a_webhooks_refusal_is_wrong_input_whatever_its_code(code: int) -> None:
    """Kube-OVN's webhook answers overlapping CIDRs with 409: no update conflict, nothing to try again."""
    text = (
        'admission webhook "subnet.kube-ovn.io" denied the request: '
        "subnet x1 cidr 10.1.0.0/25 is conflict with subnet ran-up cidr 10.1.0.0/24"
    )
    error = told(code, text)
    assert isinstance(error, core.InvalidInput)
    assert error.reason == "subnet x1 cidr 10.1.0.0/25 is conflict with subnet ran-up cidr 10.1.0.0/24"
    assert (error.hint, error.retryable) == ("refused by admission webhook subnet.kube-ovn.io", False)


def test_a_webhook_that_says_429_may_say_otherwise_later() -> None:
    """KubeVirt withholds evictions so, until the guest has migrated."""
    why = 'Eviction triggered evacuation of VMI "t1/mv"'
    hook = "virt-launcher-eviction-interceptor.kubevirt.io"
    error = told(429, f'admission webhook "{hook}" denied the request: {why}')
    assert isinstance(error, errors.Withheld)
    assert (error.reason, error.retryable, error.retry_after) == (why, True, None)
    assert error.hint == f"withheld by admission webhook {hook}"


def test_kubevirts_webhook_names_its_fields() -> None:
    field = "spec.template.spec.domain.devices.disks[1].Name"
    error = told(
        422,
        f"admission webhook \"virtualmachine-validator.kubevirt.io\" denied the request: {field} 'd2' not found.",
        "Invalid",
        causes=[cause(field, f"{field} 'd2' not found.")],
    )
    assert error.path == ("spec", "template", "spec", "domain", "devices", "disks", 1, "Name")


def test_conflicts_by_manager() -> None:
    error = told(
        409,
        'Apply failed with 2 conflicts: conflicts with "kube-ovn-controller": .spec.cidrBlock .spec.excludeIps',
        "Conflict",
        causes=[
            cause(
                ".spec.cidrBlock",
                'conflict with "kube-ovn-controller" using kubeovn.io/v1 at 2026-11-21T14:04:16Z',
                "FieldManagerConflict",
            ),
            cause(".spec.excludeIps", 'conflict with "kubectl" using kubeovn.io/v1', "FieldManagerConflict"),
        ],
    )
    assert isinstance(error, errors.ApplyConflict)
    assert error.managers == {
        "kube-ovn-controller": [("spec", "cidrBlock")],
        "kubectl": [("spec", "excludeIps")],
    }
    assert "kube-ovn-controller owns spec.cidrBlock; kubectl owns spec.excludeIps" in str(error)


UID = (
    'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record '
    "(fbe02b06-57c4-42b5-b1c3-26c49c67cf5d). The object might have been deleted and then recreated"
)
MODIFIED = (
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; '
    "please apply your changes to the latest version and try again"
)
RUNNING = 'Operation cannot be fulfilled on virtualmachine.kubevirt.io "vm": VM is already running'
QUOTA = (
    'configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1'
)
POD_SECURITY = 'pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged'
NOBODY = 'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope'
NO_ENDPOINTS = (
    'Internal error occurred: failed calling webhook "virtualmachines-mutator.kubevirt.io": '
    'failed to call webhook: Post "https://virt-api.kubevirt.svc:443/…": no endpoints available for service "virt-api"'
)
FOREIGN = (
    'Internal error occurred: failed calling webhook "w": tls: failed to verify certificate: x509: certificate signed'
)
BUDGET = "Cannot evict pod as it would violate the pod's disruption budget."


@pytest.mark.parametrize(
    ("code", "reason", "message", "details", "kind", "retryable"),
    [
        (401, "Unauthorized", "Unauthorized", {}, core.Unauthenticated, False),
        (403, "Forbidden", NOBODY, {"kind": "nodes"}, core.Forbidden, False),
        (403, "Forbidden", QUOTA, {"name": "b"}, core.Capacity, False),
        (403, "Forbidden", POD_SECURITY, {"name": "a"}, core.Forbidden, False),
        (403, "Forbidden", "…", {"causes": [cause("", "…", "NamespaceTerminating")]}, core.Precondition, True),
        (404, "NotFound", 'subnets.kubeovn.io "zz" not found', {"name": "zz"}, core.NotFound, False),
        (404, "NotFound", "the server could not find the requested resource", {}, errors.NotServed, False),
        (405, "MethodNotAllowed", "the server does not allow this method", {}, core.Unsupported, False),
        (409, "AlreadyExists", 'configmaps "a" already exists', {"name": "a"}, errors.AlreadyExists, False),
        (409, "Conflict", MODIFIED, {"name": "a"}, errors.Modified, True),
        (409, "Conflict", UID, {"name": "a"}, core.StalePlan, True),
        (409, "Conflict", RUNNING, {"name": "vm"}, core.Conflict, False),
        (410, "Expired", "too old resource version: 1 (212)", {}, errors.Expired, True),
        (429, "TooManyRequests", "too many requests", {}, errors.Overloaded, True),
        (429, "TooManyRequests", BUDGET, {"causes": [cause("", "…", "DisruptionBudget")]}, errors.Withheld, True),
        (500, "InternalError", NO_ENDPOINTS, {}, errors.Overloaded, True),
        (500, "InternalError", FOREIGN, {}, core.Internal, False),
        (500, "InternalError", "etcdserver: leader changed", {}, errors.Overloaded, True),
        (500, "InternalError", "runtime error", {}, core.Internal, False),
        (503, "ServiceUnavailable", "apiserver is shutting down", {}, errors.Overloaded, True),
        (504, "Timeout", "Timeout: Too large resource version: 9, current: 2", {}, errors.Overloaded, True),
    ],
)
def test_kinds(
    code: int, reason: str, message: str, details: dict[str, Any], kind: type[core.NfviError], *, retryable: bool
) -> None:
    error = told(code, message, reason, **details)
    assert error.__class__ is kind
    assert error.retryable is retryable
    assert error.object == "Subnet a"
    assert error.reason


def test_what_is_no_status_is_told_in_its_own_words() -> None:
    page = errors.error_from(404, b"404 page not found\n", {}, SUBNET)
    assert isinstance(page, errors.NotServed)
    proxy = errors.error_from(502, b"<h1>Bad\n Gateway</h1>", {"Retry-After": "7"}, SUBNET)
    assert isinstance(proxy, errors.Overloaded)
    assert (proxy.reason, proxy.retry_after) == ("<h1>Bad Gateway</h1> (502)", 7.0)


def test_retry_after_is_also_found_in_the_body() -> None:
    error = told(504, "Timeout", "Timeout", retryAfterSeconds=3)
    assert isinstance(error, errors.Overloaded)
    assert error.retry_after == 3.0
