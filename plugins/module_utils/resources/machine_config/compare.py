# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the configuration a machine has to the one it shall have: changes by document and path, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...core.change import Change, Impact
from ...core.diff import differences
from ...core.mask import Masker
from ...core.path import Json
from .contract import Contract, needs_reboot, whole_needs_reboot
from .documents import Configuration, Identity


def changes(
    target: str, before: Configuration, after: Configuration, contract: Contract, masker: Masker
) -> Iterator[Change]:
    """One change a value, in the order of the documents; comments, order and style are no difference.

    A change whose impact is ``NODE_REBOOT`` takes effect with a reboot only.
    """
    old, new = before.masked(masker).named(), after.masked(masker).named()
    for identity in dict.fromkeys([*new, *old]):
        yield from _document_changes(target, identity, old.get(identity), new.get(identity), contract)


def same(before: Configuration, after: Configuration) -> bool:
    """Whether both mean the same."""
    old, new = before.named(), after.named()
    return old.keys() == new.keys() and all(_plain(old[key]) == _plain(new[key]) for key in new)


def _document_changes(
    target: str, identity: Identity, before: Json, after: Json, contract: Contract
) -> Iterator[Change]:
    """A document that appears or goes is one change; in one that stays, each value is."""
    at = identity.path
    if before is None or after is None:
        restarts = whole_needs_reboot(contract, identity.kind, before or after, gone=after is None)
        yield Change(
            "update", target, at, _plain(before), _plain(after), Impact.NODE_REBOOT if restarts else Impact.NONE
        )
        return
    for found in differences(_plain(before), _plain(after)):
        impact = Impact.NODE_REBOOT if needs_reboot(contract, identity.kind, found.path) else Impact.NONE
        yield Change("update", target, (*at, *found.path), found.before, found.after, impact)


def _plain(value: Json) -> Json:
    """Without what says nothing: an absent key, null and an empty map or list are the same to Talos.

    An empty text is kept: it is a value in maps of the user's own (labels).
    """
    if isinstance(value, Mapping):
        kept = {str(key): _plain(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part is not None and part != {} and part != []}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
