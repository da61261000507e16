# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a machine has arrived where a step wanted it: pure judgements of what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.error import NfviError
from ...core.path import Json
from ...core.readiness import Never, NotYet, Readiness, Ready
from .talos_machine import Machine

# Services that are started by the boot sequence, after installation; etcd then waits for bootstrap, and with it the
# machine's stage stays `booting` (v1alpha1_sequencer_tasks.go, StartAllServices, of siderolabs/talos).
_LATE = ("etcd", "kubelet")
_FAILED = "Failed"


# A machine that did not answer this often in a row, or showed another certificate in maintenance mode (it makes one at
# every boot), has restarted; fewer may be a hiccup of the network, or an address that came up.
_GONE = 3


@dataclass(frozen=True)
class Journey:
    """What is known of a machine on its way.

    ``boot_before``: the boot that must be over, None when none must be. ``etcd_before``: it ran etcd, and is not back
    before it does again, so that the next machine may go. ``failures_before`` and ``certificate_before``: what its
    events told of, and which certificate it showed, before it was configured. ``left``: it was seen outside maintenance
    mode since. ``ready_before``: it was ready in Talos' own sense, and is not back before it is so again.
    ``signs``: looks in a row that speak for a restart.
    """

    boot_before: str | None = None
    etcd_before: bool = False
    failures_before: tuple[str, ...] = ()
    certificate_before: str = ""
    left: bool = False
    ready_before: bool = False
    signs: int = 0

    def after(self, seen: Machine | NfviError) -> Journey:
        """The journey, one look further."""
        left = self.left or (isinstance(seen, Machine) and not seen.maintenance)
        signs = self.signs + 1 if self._restarted(seen) else 0
        return replace(self, signs=signs, left=left or signs >= _GONE)

    def _restarted(self, seen: Machine | NfviError) -> bool:
        """Whether this look speaks for a restart."""
        if isinstance(seen, NfviError):
            return True
        return seen.maintenance and bool(self.certificate_before) and seen.certificate != self.certificate_before


def arrived(seen: Machine | NfviError, journey: Journey) -> Readiness:
    """Ready when the machine runs what it was given: its API answers as this cluster's and its services are started."""
    if isinstance(seen, NfviError):
        return NotYet(seen.reason) if seen.retryable else Never(str(seen))
    if seen.maintenance:
        return _in_maintenance(seen, journey)
    if seen.boot_id == journey.boot_before:
        return NotYet("has not restarted yet")
    if journey.etcd_before and not isinstance(etcd_ready(seen.services), Ready):
        return etcd_ready(seen.services)
    if journey.ready_before and not seen.ready:
        return NotYet(f"is {seen.stage} ({', '.join(seen.unmet) or 'not ready yet'})")
    if seen.stage == "running":
        return Ready()
    if seen.stage == "booting":
        return _booting(seen)
    return NotYet(f"is {seen.stage}")


def _in_maintenance(seen: Machine, journey: Journey) -> Readiness:
    failures = seen.failures[len(journey.failures_before) :]
    if failures:
        return Never(f"did not install the configuration: {'; '.join(failures)}")
    if journey.left:
        return Never("is back in maintenance mode: it did not install the configuration, or could not boot it")
    return NotYet("is still in maintenance mode")


def _booting(seen: Machine) -> Readiness:
    started = [seen.services[name] for name in _LATE if name in seen.services]
    failed = [service for service in started if service["state"] == _FAILED]
    if failed:
        return NotYet(f"{failed[0]['id']} failed: {failed[0]['message']}")
    if "etcd" in seen.services or any(service["state"] == "Running" for service in started):
        return Ready()
    return NotYet(f"is booting ({', '.join(seen.unmet) or 'services are not started yet'})")


def etcd_ready(services: dict[str, Json]) -> Readiness:
    """Ready when etcd runs and is healthy."""
    etcd = services.get("etcd")
    if etcd is None:
        return NotYet("etcd is not started yet")
    if etcd["state"] == "Running" and etcd["healthy"]:
        return Ready()
    return NotYet(f"etcd is {etcd['state']}: {etcd['message'] or 'not healthy yet'}")
