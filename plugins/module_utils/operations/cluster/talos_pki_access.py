# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who we are to machines whose CA is being replaced: for the run itself, and in the user's talosconfig."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ...clients.talos import certificates, talosconfig
from ...clients.talos.certificates import Pair
from ...clients.talos.talosconfig import Context, Identity
from ...core import yaml_text
from ...core.error import InvalidInput, StalePlan
from ...resources.machine_config.bundle import Bundle
from . import talos_files as files
from .talos_pki_plan import NAME, NEW, Access, fingerprints
from .talos_session import TalosSession

# A run's own client lives for the run only. It begins a little earlier, for machines whose clock is late.
_LIFETIME, _EARLIER = datetime.timedelta(hours=2), datetime.timedelta(minutes=2)


def identity(trusted: list[Pair], signer: Pair) -> Identity:
    """An administrator whose certificate is of ``signer``, and who trusts machines of any of these CAs."""
    start = certificates.now() - _EARLIER
    client = certificates.make_client(signer, ["os:admin"], start, _LIFETIME)
    return Identity(b"".join(pair.certificate for pair in trusted), client)


def own(bundle: Bundle) -> Identity:
    """The one that every machine accepts, however far the bundle's step is carried out."""
    pair, rotation = bundle.pair(NAME), bundle.rotation(NAME)
    return identity([pair, *([rotation.other] if rotation else [])], pair)


def observe_access(session: TalosSession, pairs: Mapping[str, Pair]) -> Access:
    """Whom the talosconfig trusts, and who has signed its client; raises `NotFound` or `InvalidInput`."""
    context, names = session.context, fingerprints(pairs)
    target = f"context {context.name} in talosconfig {session.path}"
    client = context.identity.client.certificate
    try:
        known = certificates.fingerprints(context.identity.authority)
        signers = [name for name, pair in pairs.items() if certificates.issued_by(client, pair.certificate)]
    except InvalidInput as error:
        raise error.about(target) from None
    return Access(target, tuple(names.get(each, each) for each in known), next(iter(signers), "another"))


def write_access(session: TalosSession, bundle: Bundle, found: Access) -> None:
    """Make the talosconfig's context what the bundle says now: its other contexts stay as they are at that moment."""
    before, authority, path = session.context, bundle.trusted(NAME), session.path
    with files.locked(path):
        document = talosconfig.load((files.read(path) or b"").decode(errors="replace"), object=f"talosconfig {path}")
        fresh = talosconfig.context_in(document, before.name, object=f"talosconfig {path}")
        if fresh != before:
            raise StalePlan("was changed meanwhile", object=found.target)
        client = _client(fresh.identity.client, authority, renew=found.signer != NEW)
        context = Context(fresh.name, Identity(authority.certificate, client), fresh.endpoints, fresh.nodes)
        text = yaml_text.dump(talosconfig.merged(document, context, current=False))
        files.replace(path.resolve(), text.encode())
    vars(session).pop("context", None)  # it is read again when it is next needed


def _client(found: Pair, authority: Pair, *, renew: bool) -> Pair:
    """The client that is there, or one of the new CA for the same roles and as long."""
    if not renew:
        return found
    facts, now = certificates.facts(found.certificate), certificates.now()
    latest = certificates.facts(authority.certificate).not_after - now
    lifetime = min(facts.not_after - facts.not_before, latest)
    return certificates.make_client(authority, facts.organizations, now, lifetime)
