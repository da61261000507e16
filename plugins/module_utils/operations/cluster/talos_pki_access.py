# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who we are to machines while a CA is being replaced: for the run itself, and in the user's talosconfig."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ...clients.talos import certificates, talosconfig
from ...clients.talos.certificates import Pair
from ...clients.talos.client import Peer, TalosClient
from ...clients.talos.talosconfig import Context, Identity
from ...core import yaml_text
from ...core.error import InvalidInput, StalePlan
from ...core.readiness import Readiness
from ...resources.machine_config.bundle import Bundle
from . import talos_files as files
from .talos_pki_looks import version, welcomed
from .talos_pki_plan import NEW, TALOS, Access, fingerprints
from .talos_session import TalosSession

# A run's own client lives for the run only. It begins a little earlier, for machines whose clock is late.
LIFETIME, EARLIER = datetime.timedelta(hours=2), datetime.timedelta(minutes=2)


def identity(trusted: list[Pair], signer: Pair) -> Identity:
    """An administrator whose certificate is of ``signer``, and who trusts machines of any of these CAs."""
    start = certificates.now() - EARLIER
    client = certificates.make_client(signer, ["os:admin"], start, LIFETIME)
    return Identity(b"".join(pair.certificate for pair in trusted), client)


def own(bundle: Bundle) -> Identity:
    """The one that every machine accepts, however far the bundle's step is carried out."""
    pair, rotation = bundle.pair(TALOS.name), bundle.rotation(TALOS.name)
    return identity([pair, *([rotation.other] if rotation else [])], pair)


class Credentials(Protocol):
    """A file by which its owner reaches the API whose CA is replaced, and who is never locked out."""

    def observe(self, pairs: Mapping[str, Pair]) -> Access:
        """Whom it trusts, and who has signed its client; raises `NotFound` or `InvalidInput`."""

    def write(self, bundle: Bundle, found: Access) -> None:
        """Make it what the bundle says now; raises `StalePlan` when somebody else has changed it."""

    @property
    def names(self) -> list[str]:
        """Everything that it leads to."""

    def welcome(self, names: list[str]) -> list[Readiness]:
        """How it is received there."""


@dataclass(frozen=True)
class Talosconfig:
    """The context of the user's talosconfig, and the machines that it leads to."""

    session: TalosSession
    peers: Mapping[str, Peer]

    @property
    def names(self) -> list[str]:
        """See `Credentials`."""
        return list(self.peers)

    def observe(self, pairs: Mapping[str, Pair]) -> Access:
        """See `Credentials`."""
        context = self.session.context
        target = f"context {context.name} in talosconfig {self.session.path}"
        return access(target, context.identity.authority, context.identity.client.certificate, pairs)

    def write(self, bundle: Bundle, found: Access) -> None:
        """See `Credentials`; other contexts of the file stay as they are at that moment."""
        before, authority, path = self.session.context, bundle.trusted(TALOS.name), self.session.path
        with files.locked(path):
            document = talosconfig.load(
                (files.read(path) or b"").decode(errors="replace"), object=f"talosconfig {path}"
            )
            fresh = talosconfig.context_in(document, before.name, object=f"talosconfig {path}")
            if fresh != before:
                raise StalePlan("was changed meanwhile", object=found.target)
            client = fresh.identity.client
            if found.signer != NEW:
                client = renewed(client, authority)
            context = Context(fresh.name, Identity(authority.certificate, client), fresh.endpoints, fresh.nodes)
            text = yaml_text.dump(talosconfig.merged(document, context, current=False))
            files.replace(path.resolve(), text.encode())
        vars(self.session).pop("context", None)  # it is read again when it is next needed

    def welcome(self, names: list[str]) -> list[Readiness]:
        """See `Credentials`."""
        client = TalosClient(self.session.context.identity)
        return [welcomed(outcome) for outcome in client.each([self.peers[name] for name in names], version)]


def access(target: str, authority: bytes, client: bytes, pairs: Mapping[str, Pair]) -> Access:
    """What a file says: the CAs that it trusts, and its client's certificate (none: it is known by something else)."""
    names = fingerprints(pairs)
    try:
        trusted = certificates.fingerprints(authority)
        signers = [name for name, pair in pairs.items() if client and certificates.issued_by(client, pair.certificate)]
    except InvalidInput as error:
        raise error.about(target) from None
    signer = next(iter(signers), "another" if client else "")
    return Access(target, tuple(names.get(each, each) for each in trusted), signer)


def renewed(found: Pair, authority: Pair) -> Pair:
    """A client of another CA for the same name, roles and time."""
    facts, now = certificates.facts(found.certificate), certificates.now()
    latest = certificates.facts(authority.certificate).not_after - now
    lifetime = min(facts.not_after - facts.not_before, latest)
    return certificates.make_client(authority, facts.organizations, now, lifetime, common_name=facts.common_name)
