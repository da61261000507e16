# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a snapshot of a volume can be used."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.snapshots.kinds import GROUP_SNAPSHOT, SNAPSHOT


def test_ready_to_use_or_the_last_error():
    for kind in (SNAPSHOT, GROUP_SNAPSHOT):
        assert kind.judge({"status": {"readyToUse": True}}) == Ready()
        assert kind.judge({"status": {"readyToUse": False}}) == NotYet("not ready to use yet")
        failing = {"error": {"message": "Failed to create snapshot content with error: no class"}, "readyToUse": False}
        assert kind.judge({"status": failing}) == NotYet(failing["error"]["message"])


def test_of_one_thing_only():
    both = {"source": {"persistentVolumeClaimName": "a", "volumeSnapshotContentName": "b"}}
    assert [finding for check in SNAPSHOT.checks for finding in check({"spec": both})]
