# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What etcd can spare: its voting members, which of them work, and what is left when some go. Judged without asking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Voter:
    """A member that votes; ``why`` says what is wrong with one that is not ``well``. ``id`` is hexadecimal."""

    id: str
    hostname: str
    well: bool = True
    why: str = ""


@dataclass(frozen=True)
class Quorum:
    """The voting members of one etcd; none when it does not run. ``ids`` are those of machines by their addresses."""

    voters: tuple[Voter, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def alone(self) -> bool:
        """Whether there is one member only; its machine cannot go down without etcd."""
        return len(self.voters) == 1

    def of(self, addresses: Collection[str]) -> set[str]:
        """The ids of the voters that run on these machines."""
        return {voter.id for voter in self.voters if voter.id in {self.ids.get(address) for address in addresses}}

    def loss(self, gone: Collection[str]) -> str:
        """Why etcd would lose its majority without these members; empty when it keeps it, or has none to lose there.

        A member that does not work takes nothing with it: restarting its machine may be what repairs it.
        """
        taken = any(voter.well and voter.id in gone for voter in self.voters)
        return self._lack(gone) if taken else ""

    def lack(self) -> str:
        """Why etcd has no majority as it is; empty when it has."""
        return self._lack(())

    def _lack(self, gone: Collection[str]) -> str:
        needed = len(self.voters) // 2 + 1
        left = [voter for voter in self.voters if voter.well and voter.id not in gone]
        if len(left) >= needed:
            return ""
        unwell = [f"{voter.hostname}: {voter.why}" for voter in self.voters if not voter.well]
        rest = f" ({'; '.join(unwell)})" if unwell else ""
        return f"etcd would have {len(left)} of its {len(self.voters)} members, and needs {needed}{rest}"

    def after_leaving(self, gone: Collection[str]) -> Quorum:
        """The etcd whose members these are no longer."""
        return Quorum(tuple(voter for voter in self.voters if voter.id not in gone), self.ids)

    def after_stopping(self, gone: Collection[str]) -> Quorum:
        """The etcd in which these members have stopped for good, and still count."""
        stopped = (Voter(voter.id, voter.hostname, False, "is switched off") for voter in self.voters)
        voters = (old if old.id not in gone else new for old, new in zip(self.voters, stopped, strict=True))
        return Quorum(tuple(voters), self.ids)
