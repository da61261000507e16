# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's context in a talosconfig: made from the cluster's own CA, kept while it is good, renewed before it ends.

A client certificate cannot be revoked and Talos does not renew it (docs, security/cert-management): both are the
user's duty, so roles and lifetime are chosen small here, and made again in time.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...clients.talos import certificates, talosconfig
from ...clients.talos.certificates import Facts, Pair
from ...clients.talos.talosconfig import Context, Identity
from ...core import yaml_text
from ...core.change import Change
from ...core.error import Conflict, InvalidInput, NfviError, Precondition, StalePlan
from ...core.given import Given
from ...core.path import Json
from ...core.plan import Plan
from . import talos_files as files

_DURATION = re.compile(r"(\d+)([dhm]?)\Z")
_UNITS = {"": "days", "d": "days", "h": "hours", "m": "minutes"}
# What a plan says of a context that gets another certificate.
_RENEWING = (("roles",), ("certificate",), ("not_before",), ("not_after",))


@dataclass(frozen=True)
class Wanted:
    """The context that is asked for.

    ``renew_before`` is how long before its end a certificate is made anew, ``renew`` whether that is allowed;
    ``replace`` allows to overwrite a context of that name that is another cluster's.
    """

    path: Path
    name: str
    endpoints: tuple[str, ...]
    nodes: tuple[str, ...]
    roles: tuple[str, ...]
    renew_before: datetime.timedelta
    lifetime: datetime.timedelta = certificates.CLIENT_LIFETIME
    current: bool = True
    renew: bool = True
    replace: bool = False

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``path``, ``context``, ``endpoints``, ``nodes``, ``roles``; the rest has defaults."""
        lifetime = duration(given, "lifetime", certificates.CLIENT_LIFETIME)
        renew_before = duration(given, "renew_before", min(datetime.timedelta(days=30), lifetime / 3))
        if renew_before >= lifetime:
            given.at("renew_before").refuse("is not shorter than the certificate's lifetime")
        return cls(
            path=Path(given.text("path")).expanduser(),
            name=given.text("context"),
            endpoints=tuple(str(item.value) for item in given.items("endpoints")),
            nodes=tuple(str(item.value) for item in given.items("nodes")),
            roles=tuple(sorted({str(item.value) for item in given.items("roles")})) or ("os:admin",),
            renew_before=renew_before,
            lifetime=lifetime,
            current=given.flag("current", True),
            renew=given.flag("renew", True),
            replace=given.choice("on_conflict", ("fail", "replace"), "fail") == "replace",
        )

    def ends(self, authority: Facts | None, now: datetime.datetime) -> datetime.datetime:
        """When a certificate that is made now ends: never later than the CA that signs it."""
        end = now + self.lifetime
        return min(end, authority.not_after) if authority else end


@dataclass(frozen=True)
class Found:
    """What is in the file: None without a file; no context when it has none of that name, or an unusable one."""

    document: dict[str, Json] | None = field(default=None, repr=False)
    context: Context | None = None
    unusable: NfviError | None = None


def duration(given: Given, key: str, default: datetime.timedelta) -> datetime.timedelta:
    """A text like ``90d``, ``12h`` or ``30m``; a bare number counts days."""
    if not given.has(key):
        return default
    matched = _DURATION.match(given.text(key))
    if not matched:
        given.at(key).refuse(f"{given.text(key)!r} is not a length of time", hint="for example 30d, 12h or 45m")
    try:
        return datetime.timedelta(**{_UNITS[matched[2]]: int(matched[1])})
    except OverflowError:
        given.at(key).refuse("is too long")


def observe(wanted: Wanted) -> Found:
    """What the file holds; raises `InvalidInput` when it is no talosconfig."""
    target = f"talosconfig {wanted.path}"
    data = files.read(wanted.path)
    if data is None:
        return Found()
    document = talosconfig.load(_text(data, target), object=target)
    if wanted.name not in (document.get("contexts") or {}):
        return Found(document)
    try:
        context = talosconfig.context_in(document, wanted.name, object=target)
        for certificate in (context.identity.authority, context.identity.client.certificate):
            certificates.facts(certificate)
        return Found(document, context)
    except InvalidInput as error:
        return Found(document, unusable=error)


def plan(wanted: Wanted, authority: Pair | None, found: Found, now: datetime.datetime) -> Iterator[Change]:
    """What to do about the file; ``authority`` is the cluster's Talos CA, None while it has none. While it is being
    replaced its certificate is followed by the other's, and both are to be trusted.

    Raises `Conflict` when the context is another cluster's, and `Precondition` when it needs a new certificate and
    must not get one.
    """
    target = f"talosconfig {wanted.path}"
    if found.document is None:
        yield Change("create", target)
        return
    if found.context is None and found.unusable is None:
        yield Change("create", f"context {wanted.name} in {target}")
    elif _is_foreign(found, authority):
        yield _replacement(wanted, found)
    elif found.context is not None and authority is not None:
        yield from _differences(wanted, authority, found.context, now)
    before = found.document.get("context")
    if before != wanted.name and (wanted.current or not before):
        yield Change("update", target, ("context",), before, wanted.name)
    yield from files.exposed(wanted.path, target)


def carry_out(wanted: Wanted, authority: Pair, found: Found, todo: Plan, now: datetime.datetime) -> None:
    """Make the file what was planned: other contexts stay as they are at that moment."""
    if not todo:
        return
    if all(change.path == ("mode",) for change in todo):
        files.protect(wanted.path)
        return
    with files.locked(wanted.path):
        fresh = observe(wanted)
        if fresh.context != found.context or (fresh.unusable is None) != (found.unusable is None):
            raise StalePlan(f"context {wanted.name} was changed meanwhile", object=f"talosconfig {wanted.path}")
        context = Context(wanted.name, _identity(wanted, authority, found, todo, now), wanted.endpoints, wanted.nodes)
        document = talosconfig.merged(fresh.document or {}, context, current=wanted.current)
        files.replace(wanted.path.resolve(), yaml_text.dump(document).encode())


def described(
    wanted: Wanted, authority: Pair | None, found: Found, todo: Plan, now: datetime.datetime
) -> dict[str, Json]:
    """The context for people, as it is or as it will be: no key, no certificate.

    The ``fingerprint`` of a certificate that is not made yet is empty.
    """
    signer = certificates.facts(authority.certificate) if authority else None
    planned = renews(todo) or found.context is None
    live = None if planned or found.context is None else certificates.facts(found.context.identity.client.certificate)
    return {
        "path": str(wanted.path),
        "context": wanted.name,
        "endpoints": list(wanted.endpoints),
        "nodes": list(wanted.nodes),
        "roles": list(wanted.roles),
        "not_before": (live.not_before if live else now).isoformat(),
        "not_after": (live.not_after if live else wanted.ends(signer, now)).isoformat(),
        "fingerprint": live.fingerprint if live else "",
    }


def renews(todo: Plan) -> bool:
    """Whether the plan has a new client certificate in it."""
    return any(change.action in ("create", "replace") or change.path in _RENEWING for change in todo)


def _identity(wanted: Wanted, authority: Pair, found: Found, todo: Plan, now: datetime.datetime) -> Identity:
    """The one that is there, or a new one of the cluster's CA."""
    if found.context is not None and not renews(todo):
        return Identity(authority.certificate, found.context.identity.client)
    lifetime = wanted.ends(certificates.facts(authority.certificate), now) - now
    return Identity(authority.certificate, certificates.make_client(authority, wanted.roles, now, lifetime))


def _is_foreign(found: Found, authority: Pair | None) -> bool:
    if found.context is None or authority is None:
        return True
    theirs = certificates.fingerprints(found.context.identity.authority)
    return not set(theirs) & set(certificates.fingerprints(authority.certificate))


def _replacement(wanted: Wanted, found: Found) -> Change:
    """The change that overwrites a context that is not ours; refused unless it was asked for."""
    target = f"context {wanted.name} in talosconfig {wanted.path}"
    if wanted.replace:
        return Change("replace", target)
    unusable = found.unusable
    reason = f"cannot be used: {unusable.reason}" if unusable else "belongs to another cluster"
    raise Conflict(reason, object=target, hint="give another path or context, or remove it")


def _differences(wanted: Wanted, authority: Pair, live: Context, now: datetime.datetime) -> Iterator[Change]:
    target = f"talosconfig {wanted.path}"
    for key in ("endpoints", "nodes"):
        before, after = list(getattr(live, key)), list(getattr(wanted, key))
        if before != after:
            yield Change("update", target, (key,), before, after)
    # Who comes first says nothing: all of them are trusted.
    known, ours = (certificates.fingerprints(pem) for pem in (live.identity.authority, authority.certificate))
    if set(known) != set(ours):
        yield Change("update", target, ("ca",), list(known), list(ours))
    renewal = list(_renewal(wanted, authority, live.identity.client, now))
    if renewal and not wanted.renew:
        reasons = "; ".join(f"{change.path[0]} {change.before} → {change.after}" for change in renewal)
        raise Precondition(
            f"needs a new certificate, which is not allowed: {reasons}", object=target, hint="renew: true"
        )
    yield from renewal


def _renewal(wanted: Wanted, authority: Pair, client: Pair, now: datetime.datetime) -> Iterator[Change]:
    """Why the client needs a new certificate."""
    target = f"talosconfig {wanted.path}"
    live, signer = certificates.facts(client.certificate), certificates.facts(authority.certificate)
    after = wanted.ends(signer, now)
    if sorted(live.organizations) != sorted(wanted.roles):
        yield Change("update", target, ("roles",), list(live.organizations), list(wanted.roles))
    fault = _fault(authority, client, live)
    if fault:
        yield Change("update", target, ("certificate",), fault, "of this cluster's CA")
    if live.not_before > now:
        yield Change("update", target, ("not_before",), live.not_before.isoformat(), now.isoformat())
    if live.not_after - now <= wanted.renew_before and after > live.not_after:
        yield Change("update", target, ("not_after",), _day(live.not_after, after), _day(after, live.not_after))


def _fault(authority: Pair, client: Pair, live: Facts) -> str:
    """Why Talos would not accept the client, whatever its roles and the time; empty when it would."""
    if not certificates.issued_by(client.certificate, authority.certificate):
        return "signed by another CA"
    if not live.client_only:
        return "not for clients alone"
    try:
        return "" if certificates.belong_together(client) else "not of this key"
    except InvalidInput:
        return "without a usable key"


def _day(moment: datetime.datetime, other: datetime.datetime) -> str:
    """The day, with the time of day when the other moment is on the same one."""
    return moment.isoformat() if moment.date() == other.date() else moment.date().isoformat()


def _text(data: bytes, target: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise InvalidInput("is not text", object=target) from exc
