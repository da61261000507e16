# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every refusal of the API server as an `NfviError`: pure, a rule a function, each told by the server's own words.

Codes and reasons: k8s.io/apimachinery pkg/api/errors; texts that carry meaning but no reason were seen on real servers.
An error's ``path`` is the place in the object that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from ...core.error import (
    Capacity,
    Conflict,
    Finding,
    Forbidden,
    Internal,
    InvalidInput,
    NfviError,
    NotFound,
    Precondition,
    StalePlan,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from ...core.path import Json, Path, render
from .fieldpath import locate
from .request import Request
from .status import Status


class Refused(InvalidInput):
    """The server, or its webhook, finds fields wrong: ``findings`` has them all, ``path`` is set when it is one."""

    def __init__(self, findings: Iterable[Finding], *, object: str, hint: str = "") -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        several = len(self.findings) > 1
        reason = "; ".join(str(each) for each in self.findings) if several else first.reason
        super().__init__(reason, object=object, path=() if several else first.path, hint=hint)


class ApplyConflict(Conflict):
    """Other field managers own what we want to set: ``managers`` says who owns which paths."""

    def __init__(self, managers: Mapping[str, list[Path]], *, object: str) -> None:
        self.managers = managers
        owners = "; ".join(f"{who} owns {', '.join(map(render, paths))}" for who, paths in managers.items())
        super().__init__(owners, object=object, hint="leave the fields to their owner, or force")


class AlreadyExists(Conflict):
    """Something of that name is there."""


class Modified(Conflict):
    """The object was changed between our reading and our writing."""

    retryable_by_default = True


class Expired(NfviError):
    """The server no longer knows that resource version: list again."""

    kind = "stale_plan"
    retryable_by_default = True


class NotServed(NotFound):
    """The server does not know that kind (or that verb of it), as opposed to not having that object."""


class Overloaded(Unreachable):
    """The server is there, but cannot serve now. ``retry_after`` is in seconds, None when it did not say;
    ``unprocessed`` says that it has not even begun, so that even a POST may be sent again."""

    def __init__(self, status: Status, *, object: str, hint: str = "") -> None:
        self.retry_after = status.retry_after
        self.unprocessed = status.code in (429, 503)
        super().__init__(f"{status.message or 'no reason given'} ({status.code})", object=object, hint=hint)


class Withheld(Precondition):
    """The server, or a webhook (429), does not do it now, as something would be disturbed, and may do it later.

    ``retry_after`` is in seconds, None when it did not say.
    """

    retryable_by_default = True

    def __init__(self, reason: str, *, object: str, hint: str, retry_after: float | None) -> None:
        self.retry_after = retry_after
        super().__init__(reason, object=object, hint=hint)


def error_from(status_code: int, body: Json, headers: Mapping[str, str], request: Request) -> NfviError:
    """The error that an answer of ``status_code`` (≥ 400) means for ``request``."""
    status = Status.parse(status_code, body, headers)
    if denied := _WEBHOOK.match(status.message):
        return _denied(denied, status, request)
    return _RULES.get(status.code, _unexpected)(status, request)


Rule = Callable[[Status, Request], NfviError]

_WEBHOOK = re.compile(r'admission webhook "(?P<name>[^"]+)" denied the request(?:: (?P<why>.*))?', re.S)
_POLICY = re.compile(r"ValidatingAdmissionPolicy '[^']+' with binding '[^']+' denied request: ")
_UNTYPED = re.compile(r"failed to (?:create typed patch object|create manager for existing fields|convert new object)")
_FIELD = re.compile(r"(?P<field>\.[^\n]*?): (?P<why>field not declared in schema|expected [^\n]*|duplicate[^\n]*)")
_UNKNOWN = re.compile(r'(?P<why>unknown|duplicate) field "(?P<field>[^"]+)"')
_MANAGER = re.compile(r'conflict with "(?P<name>(?:[^"\\]|\\.)*)"')
_CALLING = re.compile(r'failed calling webhook "(?P<name>[^"]+)"')
_TRANSIENT = re.compile(r"etcdserver: |leader changed|context deadline exceeded|timeout|connection refused|EOF", re.I)
# What a refusal quotes of the object: in a Secret nobody may read it (text of a Go value, or a quoted one).
_GO_VALUE = re.compile(r"&?value\.valueUnstructured\{.*?\}(?=$|[\s,;])", re.S)
_QUOTED = re.compile(r'((?:Invalid|Unsupported|Duplicate) value): (?:"(?:[^"\\]|\\.)*"|\{.*?\}|\S+?)(?=: |$)', re.S)


def _denied(match: re.Match[str], status: Status, request: Request) -> NfviError:
    """A webhook's refusal, whatever its code (409 and 403 have been seen for plainly wrong input)."""
    why = (match["why"] or "gives no reason").strip()
    if status.code == 429:
        hint = f"withheld by admission webhook {match['name']}"
        return Withheld(_hidden(why, request), object=request.object, hint=hint, retry_after=status.retry_after)
    findings = list(_causes(status, request)) or [Finding((), _hidden(why, request))]
    return Refused(findings, object=request.object, hint=f"refused by admission webhook {match['name']}")


def _bad_request(status: Status, request: Request) -> NfviError:
    unknown = [
        Finding(locate(m["field"], request.body), f"{m['why']} field") for m in _UNKNOWN.finditer(status.message)
    ]
    hint = "the kind's schema has no such field" if unknown else ""
    findings = unknown or list(_causes(status, request)) or [Finding((), _hidden(status.message, request))]
    return Refused(findings, object=request.object, hint=hint)


def _unprocessable(status: Status, request: Request) -> NfviError:
    hint = "refused by a ValidatingAdmissionPolicy" if _POLICY.search(status.message) else ""
    findings = list(_causes(status, request)) or [Finding((), _hidden(status.message, request))]
    return Refused(findings, object=request.object, hint=hint)


def _causes(status: Status, request: Request) -> Iterator[Finding]:
    for cause in status.causes:
        if cause.get("message"):
            yield Finding(locate(cause.get("field", ""), request.body), _hidden(cause["message"], request))


def _hidden(text: str, request: Request) -> str:
    """A refusal's text without Go's notation, and without any value when the object is a Secret."""
    text = _GO_VALUE.sub("another type", text)
    secret = request.object.startswith("Secret ")
    return _QUOTED.sub(r"\1", text) if secret else text


def _unauthenticated(status: Status, request: Request) -> NfviError:
    hint = "are the kubeconfig's certificate or token of this cluster, and not expired?"
    return Unauthenticated("the API server does not accept these credentials", object=request.object, hint=hint)


def _forbidden(status: Status, request: Request) -> NfviError:
    text = status.message
    why = text.partition("is forbidden: ")[2] or text
    if "exceeded quota: " in text:
        return Capacity(why, object=request.object, hint="see the namespace's ResourceQuota")
    if any(cause.get("reason") == "NamespaceTerminating" for cause in status.causes):
        return Precondition("its namespace is being deleted", object=request.object, retryable=True)
    if "violates PodSecurity" in text:
        hint = "see the namespace's pod-security.kubernetes.io labels"
        return Forbidden(why, object=request.object, hint=hint)
    return Forbidden(text, object=request.object, hint="RBAC: who we are may not do this")


def _not_found(status: Status, request: Request) -> NfviError:
    if not status.details.get("name"):
        hint = "is its CustomResourceDefinition installed, in this version?"
        return NotServed(f"{request.path} is not served", object=request.object, hint=hint)
    hint = "create the namespace first" if status.details.get("kind") == "namespaces" else ""
    return NotFound(status.message, object=request.object, hint=hint)


def _conflict(status: Status, request: Request) -> NfviError:
    managers = _managers(status, request)
    if managers:
        return ApplyConflict(managers, object=request.object)
    if status.reason == "AlreadyExists":
        return AlreadyExists(status.message, object=request.object)
    if "UID in" in status.message and "precondition" in status.message:
        return StalePlan("was deleted and made anew meanwhile", object=request.object)
    if "the object has been modified" in status.message:
        return Modified("was changed by somebody else meanwhile", object=request.object)
    return Conflict(status.message, object=request.object)


def _managers(status: Status, request: Request) -> dict[str, list[Path]]:
    """Who owns what, of a failed apply (k8s.io/apimachinery pkg/util/managedfields NewConflictError)."""
    managers: dict[str, list[Path]] = {}
    for cause in status.causes:
        named = _MANAGER.match(cause.get("message", ""))
        if cause.get("reason") == "FieldManagerConflict" and named:
            managers.setdefault(named["name"], []).append(locate(cause.get("field", ""), request.body))
    return managers


def _gone(status: Status, request: Request) -> NfviError:
    return Expired(status.message, object=request.object)


def _throttled(status: Status, request: Request) -> NfviError:
    if any(cause.get("reason") == "DisruptionBudget" for cause in status.causes):
        told = "; ".join(cause.get("message", "") for cause in status.causes) or status.message
        hint = "see its PodDisruptionBudget"
        return Withheld(told, object=request.object, hint=hint, retry_after=status.retry_after)
    return Overloaded(status, object=request.object)


def _failed(status: Status, request: Request) -> NfviError:
    """500: also what server-side apply answers to a field that is not in the schema, or is of the wrong type."""
    if _UNTYPED.match(status.message):
        return _untyped(status, request)
    if calling := _CALLING.search(status.message):
        return _uncalled(calling["name"], status, request)
    if status.retry_after is not None or _TRANSIENT.search(status.message):
        return Overloaded(status, object=request.object)
    return Internal(_hidden(status.message, request) or "the API server failed", object=request.object)


def _untyped(status: Status, request: Request) -> NfviError:
    text = status.message.partition("): ")[2] or status.message
    findings = [
        Finding(locate(match["field"], request.body), _hidden(match["why"], request)) for match in _FIELD.finditer(text)
    ]
    unknown = any("not declared" in finding.reason for finding in findings)
    hint = "the kind's schema has no such field" if unknown else ""
    return Refused(findings or [Finding((), _hidden(text, request))], object=request.object, hint=hint)


def _uncalled(webhook: str, status: Status, request: Request) -> NfviError:
    """The server could not ask a webhook: its pod may still be starting; a wrong certificate stays wrong."""
    hint = f"is the service behind admission webhook {webhook} up?"
    if "x509" in status.message:
        return Internal(status.message, object=request.object, hint=hint)
    return Overloaded(status, object=request.object, hint=hint)


def _unsupported(status: Status, request: Request) -> NfviError:
    return Unsupported(status.message, object=request.object, hint="is this API server new enough?")


def _too_large(status: Status, request: Request) -> NfviError:
    return InvalidInput(
        status.message or "is too large", object=request.object, hint="etcd takes objects up to 1.5 MiB"
    )


def _unexpected(status: Status, request: Request) -> NfviError:
    if status.code >= 500:
        return _failed(status, request)
    return Internal(f"{status.message} ({status.code})", object=request.object)


_RULES: dict[int, Rule] = {
    400: _bad_request,
    401: _unauthenticated,
    403: _forbidden,
    404: _not_found,
    405: _unsupported,
    406: _unsupported,
    409: _conflict,
    410: _gone,
    413: _too_large,
    415: _unsupported,
    422: _unprocessable,
    429: _throttled,
    502: _throttled,
    503: _throttled,
    504: _throttled,
}
