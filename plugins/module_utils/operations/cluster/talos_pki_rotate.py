# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace a CA of a cluster: the secrets bundle says how far it is, then everything is brought to that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core.error import Conflict, Finding, NotFound, Precondition, Unreachable, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, render
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config import bundle as bundles
from ...resources.machine_config.authority import Place, Trust, place, trust
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.documents import parse
from . import talos_files as files
from .talos_client import duration
from .talos_pki_access import Credentials, Talosconfig
from .talos_pki_judges import Judges, TalosJudges
from .talos_pki_kubeconfig import Kubeconfig
from .talos_pki_kubernetes import KubernetesJudges
from .talos_pki_nodes import Node, Seen, look_at, refuse_unnamed
from .talos_pki_plan import (
    AUTHORITIES,
    NEW,
    OLD,
    TALOS,
    Authority,
    Holder,
    State,
    authorities,
    fingerprints,
    steps,
    whole,
)
from .talos_pki_steps import Rotator
from .talos_session import TalosSession, values


@dataclass(frozen=True)
class Wanted:
    """Which CA is to be replaced, when, and whom that concerns. Times are UTC, waits seconds."""

    authority: Authority
    kubeconfig: Path | None
    secrets: Path
    nodes: tuple[Node, ...]
    rotate_before: datetime.timedelta
    made_before: datetime.datetime | None
    wait_timeout: float
    reach_timeout: float

    @classmethod
    def parse(cls, given: Given, now: datetime.datetime) -> Wanted:
        """From the module's options."""
        nodes = given.each("nodes", Node.parse)
        if not nodes:
            given.at("nodes").refuse("no machine is named")
        refuse(_twice(nodes))
        rotate_before = duration(given, "rotate_before", datetime.timedelta(days=365))
        if rotate_before >= certificates.CA_LIFETIME:
            given.at("rotate_before").refuse("is not shorter than a CA's lifetime", hint="a CA is made for 3650 days")
        return cls(
            authority=AUTHORITIES[given.text("authority", "talos")],
            kubeconfig=_kubeconfig(given),
            secrets=Path(given.text("secrets")).expanduser(),
            nodes=nodes,
            rotate_before=rotate_before,
            made_before=_moment(given, now) if given.has("made_before") else None,
            wait_timeout=float(given.integer("wait_timeout", 120, low=1)),
            reach_timeout=float(given.integer("reach_timeout", 60, low=0)),
        )

    def is_due(self, authority: Pair, now: datetime.datetime) -> bool:
        """Whether this CA is to be replaced; the one that takes its place never is."""
        facts = certificates.facts(authority.certificate)
        old = self.made_before is not None and facts.not_before < self.made_before
        return old or facts.not_after - now <= self.rotate_before


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Everything is looked at first; then step after step, each verified on every machine before the next."""
    now = certificates.now()
    wanted = Wanted.parse(given, now)
    bundle = _bundle(wanted.secrets, mode)
    if bundle is None:
        return Result(verified=False).named("pki", None)
    authority = wanted.authority
    seen = _observe(wanted, bundle, mode)
    if seen is None:
        return Result(verified=False).named("pki", _described(bundle, authority, []))
    credentials = _credentials(wanted, session, mode)
    state = _state(wanted, bundle, credentials, seen, due=wanted.is_due(bundle.pair(authority.name), now))
    _refuse_foreign(state)
    todo = steps(state)
    if todo:
        refuse_unnamed(seen)
    if mode.apply and todo:
        judges: Judges = TalosJudges() if authority is TALOS else KubernetesJudges(tuple(seen))
        waits = (wanted.wait_timeout, wanted.reach_timeout)
        rotator = Rotator(authority, wanted.secrets, *waits, credentials, judges, seen, mode)
        bundle = rotator.carry_out(todo, bundle)
        seen = rotator.seen
    exposed = Plan.of(files.exposed(wanted.secrets, state.bundle)) if not todo else Plan()
    if mode.apply and exposed:
        files.protect(wanted.secrets)
    return Result(whole(todo) + exposed).named("pki", _described(bundle, authority, seen))


def _kubeconfig(given: Given) -> Path | None:
    if not given.has("kubeconfig"):
        return None
    if given.text("authority", "talos") == "talos":
        given.at("kubeconfig").refuse("has nothing to do with the CA of Talos", hint="authority: kubernetes")
    return Path(given.text("kubeconfig")).expanduser()


def _credentials(wanted: Wanted, session: TalosSession, mode: Mode) -> Credentials | None:
    """The file that is kept working; none in check mode while this very run would make it."""
    if wanted.authority is TALOS:
        return Talosconfig(session, {node.label: node.peer for node in wanted.nodes})
    path = wanted.kubeconfig
    return None if path is None or (mode.pending and not path.exists()) else Kubeconfig(path)


def _moment(given: Given, now: datetime.datetime) -> datetime.datetime:
    """A day or a moment; one without a zone is UTC."""
    text = given.text("made_before")
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        given.at("made_before").refuse(f"{text!r} is no moment", hint="for example 2026-11-21 or 2026-11-21T14:05:29Z")
    found = found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    if found > now:
        given.at("made_before").refuse("is in the future: a new CA would be older than that, too")
    return found


def _twice(nodes: tuple[Node, ...]) -> Iterator[Finding]:
    first: set[str] = set()
    for index, node in enumerate(nodes):
        if node.label in first:
            yield Finding(("nodes", index, "address"), f"{node.address} is named twice")
        first.add(node.label)


def _bundle(path: Path, mode: Mode) -> Bundle | None:
    """The bundle; None in check mode while this very run would make it."""
    data = files.read(path)
    if data is not None:
        return bundles.parse(data.decode(errors="replace"), object=f"secrets bundle {path}")
    if mode.pending:
        return None
    raise NotFound("there is no such file", object=f"secrets bundle {path}", hint="kubevim.nfvi.talos_secrets makes it")


def _observe(wanted: Wanted, bundle: Bundle, mode: Mode) -> list[Seen] | None:
    """One look at each; None in check mode while a machine is still to be started by this very run."""
    outcomes = look_at(
        list(wanted.nodes), bundle, wanted.authority.name, mode, wanted.reach_timeout if mode.apply else 0.0
    )
    if mode.pending and any(isinstance(outcome, (Unreachable, Precondition)) for outcome in outcomes):
        return None
    return values(outcomes)


def _state(wanted: Wanted, bundle: Bundle, credentials: Credentials | None, seen: list[Seen], *, due: bool) -> State:
    name = wanted.authority.name
    rotation, pairs = bundle.rotation(name), authorities(bundle, name, due=due)
    return State(
        authority=wanted.authority,
        bundle=f"secrets bundle {wanted.secrets}",
        step=rotation.step if rotation else None,
        due=due,
        access=credentials.observe(pairs) if credentials else None,
        holders=tuple(_holders(wanted.authority, seen, fingerprints(pairs))),
    )


def _holders(authority: Authority, seen: list[Seen], names: dict[str, str]) -> Iterator[Holder]:
    """Before each machine the file of its configuration, so that nobody finds it stale."""
    for each in seen:
        path = each.node.config
        if path is not None:
            kept, where = _trust_in_file(path, authority.name)
            yield Holder(each.node.file_label, kept.among(names), where, each.leads)
        yield Holder(each.node.label, each.trust.among(names), each.place, each.leads, authority.impact)


def _trust_in_file(path: Path, name: str) -> tuple[Trust, Place]:
    target = f"configuration {path}"
    data = files.read(path)
    if data is None:
        raise NotFound("there is no such file", object=target, hint="kubevim.nfvi.talos_config writes it")
    found = parse(data.decode(errors="replace"), object=target)
    return trust(found, name, object=target), place(found, name)


def _refuse_foreign(state: State) -> None:
    """Refuse machines and files of another cluster, or whose CA somebody else has replaced."""
    for holder in state.holders:
        if holder.trust.issuing not in (OLD, NEW):
            missing = f"has no {render((holder.place.kind, *holder.place.path(holder.place.ca)))}"
            reason = "has another CA than the secrets bundle" if holder.trust.issuing else missing
            raise Conflict(reason, object=holder.target, hint="was it replaced with another tool, or bundle?")
    if state.access and not set(state.access.trusts) & {OLD, NEW}:
        raise Conflict("belongs to another cluster", object=state.access.target)


def _described(bundle: Bundle, authority: Authority, seen: list[Seen]) -> Json:
    facts = certificates.facts(bundle.pair(authority.name).certificate)
    rotation = bundle.rotation(authority.name)
    return {
        "step": rotation.step if rotation else "none",
        "fingerprint": facts.fingerprint,
        "not_before": facts.not_before.isoformat(),
        "not_after": facts.not_after.isoformat(),
        "nodes": [each.told() for each in seen],
    }
