# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: what is to be done with a release, given what there is of it and what it would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...core.change import Change, Impact
from ...core.diff import differences
from ...core.mask import Masker
from ...core.path import Json, Path, dig
from ...core.plan import Plan
from ...engine.compare import itemised
from ...engine.item import Item
from .look import Found, State

# helm pkg/kube/resource_policy.go: such an object stays when it leaves its release.
_POLICY = ("metadata", "annotations", "helm.sh/resource-policy")
_ANOTHER_HELM = "another helm is at work on it, or was killed at it"


def label(name: str, namespace: str) -> str:
    """What changes call a release."""
    return f"Release {namespace}/{name}"


def said_of(found: Found) -> str:
    """Why nothing is done with a release that is pending."""
    last = found.pending
    if last is None:
        return ""
    return f"revision {last.number} is {last.status} since {last.updated or 'some time'}: {_ANOTHER_HELM}"


def recovery(target: str, found: Found) -> Plan:
    """How a release that a killed helm left is brought back: to what it was before, or to nothing."""
    last = found.pending
    if last is None:
        return Plan()
    if found.standing is None or last.status == "uninstalling":
        return Plan.of([Change("uninstall", target, ("status",), before=last.status)])
    before = f"{last.status} (revision {last.number})"
    after = f"deployed (as revision {found.standing.number})"
    return Plan.of([Change("rollback", target, ("status",), before, after)])


def to_present(target: str, found: Found, wanted: State, masker: Masker) -> Plan:
    """Everything that makes the release, and each of its objects, what is wanted."""
    if found.base is None:
        return Plan.of([Change("create", target, after={"chart": wanted.chart}), *_objects((), wanted.items, masker)])
    changes = [*_release(target, found, found.base, wanted, masker), *_objects(found.base.items, wanted.items, masker)]
    return Plan.of(changes)


def to_absent(target: str, found: Found, masker: Masker) -> Plan:
    """The release, and every object of it that may go with it."""
    if found.base is None:
        return Plan()
    gone = Change("delete", target, before={"chart": found.base.chart})
    return Plan.of([gone, *_objects(found.base.items, (), masker)])


def kept(before: Iterable[Item], after: Iterable[Item]) -> list[str]:
    """Objects that leave the release and stay in the cluster, as they ask themselves."""
    staying = {item.key for item in after}
    return [item.label for item in before if item.key not in staying and _keeps(item)]


def left_over(found: Found, after: Iterable[Item]) -> list[str]:
    """What a failed revision may have made and helm never removes: it looks at the revision that stood before only."""
    known = {item.key for item in (*after, *(found.base.items if found.base else ()))}
    return [item.label for item in found.attempted if item.key not in known]


def _release(target: str, found: Found, base: State, wanted: State, masker: Masker) -> Iterator[Change]:
    if found.last and not found.last.pending and found.last.status != "deployed":
        yield Change("update", target, ("status",), found.last.status, "deployed")
    if base.chart != wanted.chart:
        yield Change("update", target, ("chart",), base.chart, wanted.chart)
    for each in differences(dict(base.values), dict(wanted.values)):
        yield Change("update", target, ("values", *each.path), *(_hidden(v, masker) for v in (each.before, each.after)))


def _objects(before: Iterable[Item], after: Iterable[Item], masker: Masker) -> Iterator[Change]:
    old, new = ({item.key: item for item in items} for items in (before, after))
    for key, item in new.items():
        if key in old:
            yield from _updates(old[key], item, masker)
        else:
            yield Change("create", item.label, after=_shown(item, masker))
    for key, item in old.items():
        if key not in new and not _keeps(item):
            yield Change("delete", item.label, before=_shown(item, masker))


def _updates(old: Item, new: Item, masker: Masker) -> Iterator[Change]:
    hidden_old, hidden_new = _shown(old, masker), _shown(new, masker)
    for each in itemised(differences(old.manifest, new.manifest)):
        before, after = dig(hidden_old, each.path), dig(hidden_new, each.path)
        yield Change("update", new.label, each.path, before, after, _impact(each.path))


def _impact(path: Path) -> Impact:
    """A changed template of pods makes new pods."""
    return Impact.POD_RESTART if path[:2] == ("spec", "template") else Impact.NONE


def _shown(item: Item, masker: Masker) -> Json:
    return masker.masked(item.manifest, item.kind.sensitive)


def _keeps(item: Item) -> bool:
    return str(dig(item.manifest, _POLICY, "")).strip().lower() == "keep"


def _hidden(value: Json, masker: Masker) -> Json:
    """Of values nobody knows which are secrets."""
    if isinstance(value, Mapping):
        return {key: _hidden(item, masker) for key, item in value.items()}
    return None if value is None else masker.mask(value)
