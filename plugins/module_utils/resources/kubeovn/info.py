# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of Kube-OVN, in one look: a list request a kind, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.error import NfviError, NotFound, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.kind import Kind
from ...engine.observe import Query, ask
from .kinds import VPC
from .summary import VIEWS, Network, Told, not_ready, within


def read(given: Given, kube: Kube, mode: Mode) -> Result:
    """The lists of ``gather``, or all, of the whole cluster or of one VPC; those that are not gathered are empty."""
    chosen = {name: view for name, view in VIEWS.items() if not given.get("gather") or name in given.get("gather")}
    kinds = {kind.kind: kind for view in chosen.values() for kind in view.read}
    try:
        network = _network(kube, list(kinds.values()))
    except (NotFound, Unreachable):
        if not mode.pending:
            raise
        return _result({}, verified=False)
    told = {name: view.told(network) for name, view in chosen.items()}
    vpc = given.text("vpc", "")
    if vpc:
        _insist(vpc, network, mode)
        told = {name: within(vpc, name, each) for name, each in told.items()}
    return _result(told)


def _insist(vpc: str, network: Network, mode: Mode) -> None:
    if not mode.pending and vpc not in [each["metadata"]["name"] for each in network.all(VPC)]:
        raise NotFound("does not exist", object=f"Vpc {vpc}", path=("vpc",))


def _result(told: Mapping[str, list[Told]], *, verified: bool = True) -> Result:
    result = Result(verified=verified)
    for name in VIEWS:
        result = result.named(name, [each.line for each in told.get(name, [])])
    return result.named("not_ready", not_ready([each for lines in told.values() for each in lines]))


def _network(kube: Kube, kinds: Sequence[Kind]) -> Network:
    """Kinds that this version of Kube-OVN does not have are none; without a Vpc kind there is no Kube-OVN."""
    wanted = list({kind.kind: kind for kind in (VPC, *kinds)}.values())
    answers = ask(kube.client, [Query(kind, "") for kind in wanted])
    objects = {}
    for kind, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, NfviError) and (kind is VPC or not isinstance(answer, NotFound)):
            raise answer
        objects[kind.kind] = [] if isinstance(answer, NfviError) else answer
    return Network(objects)
