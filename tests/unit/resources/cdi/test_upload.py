# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of CDI for an upload, and how far it is."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.cdi.upload import (
    DIGEST,
    Volume,
    holds,
    is_done,
    refuse_foreign,
    size_of,
    takes,
    written,
)

ONE, OTHER = "1" * 64, "2" * 64
POD = "cdi.kubevirt.io/storage.pod"


def volume(**options):
    return Volume.parse(Given({"name": "disk", "namespace": "n", **options}))


def live(kind="DataVolume", digest=ONE, notes=None, **status):
    annotations = {**({DIGEST: digest} if digest else {}), **(notes or {})}
    return {"kind": kind, "metadata": {"name": "disk", "namespace": "n", "annotations": annotations}, "status": status}


def test_a_data_volume_for_an_upload():
    made = volume(storage_class="fast", access_modes=["ReadWriteMany"], volume_mode="Block", labels={"a": "b"})
    assert made.manifest(10 * 2**30, ONE) == {
        "apiVersion": "cdi.kubevirt.io/v1beta1",
        "kind": "DataVolume",
        "metadata": {
            "name": "disk",
            "namespace": "n",
            "annotations": {DIGEST: ONE, "cdi.kubevirt.io/storage.bind.immediate.requested": "true"},
            "labels": {"a": "b"},
        },
        "spec": {
            "source": {"upload": {}},
            "contentType": "kubevirt",
            "storage": {
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "fast",
                "accessModes": ["ReadWriteMany"],
                "volumeMode": "Block",
            },
        },
    }


def test_a_claim_for_an_upload():
    made = volume(target="claim", content_type="archive", immediate_binding=False).manifest(512, ONE)
    assert made["metadata"]["annotations"] == {
        DIGEST: ONE,
        "cdi.kubevirt.io/storage.upload.target": "",
        "cdi.kubevirt.io/storage.contentType": "archive",
    }
    assert made["spec"] == {"resources": {"requests": {"storage": "512"}}, "accessModes": ["ReadWriteOnce"]}


@pytest.mark.parametrize(("text", "size"), [("10Gi", 10 * 2**30), ("1500M", 1500 * 10**6), ("4096", 4096), (512, 512)])
def test_sizes(text, size):
    assert size_of(Given(text)) == size
    assert size_of(Given(written(size))) == size


@pytest.mark.parametrize("options", [{"size": "10 GB"}, {"size": "0"}, {"checksum": "md5:1"}, {"target": "disk"}])
def test_input_that_means_nothing(options):
    with pytest.raises(InvalidInput):
        volume(**options)


def test_a_checksum_is_the_same_with_its_name_and_without():
    assert volume(checksum=f"sha256:{ONE}").digest == volume(checksum=ONE.upper()).digest == ONE


@pytest.mark.parametrize(
    ("found", "before", "after"),
    [
        (live(phase="UploadScheduled"), NotYet("UploadScheduled"), NotYet("UploadScheduled")),
        (live(phase="UploadReady"), Ready(), NotYet("UploadReady")),
        (live(phase="Succeeded"), Ready(), Ready()),
        (live(phase="Failed"), Never("Failed"), Never("Failed")),
        (live(phase="UploadScheduled", restartCount=3), Never("UploadScheduled"), Never("UploadScheduled")),
        (live("PersistentVolumeClaim"), NotYet("upload pod: none yet"), NotYet("upload pod: none yet")),
        (live("PersistentVolumeClaim", notes={f"{POD}.phase": "Running", f"{POD}.ready": "true"}), Ready(),
         NotYet("upload pod: UploadReady")),
        (live("PersistentVolumeClaim", notes={f"{POD}.phase": "Succeeded"}), Ready(), Ready()),
    ],
)  # fmt: skip
def test_how_far_it_is(found, before, after):
    assert (takes(found), is_done(found)) == (before, after)


def test_a_volume_that_waits_for_a_pod_says_what_helps():
    told = takes(live(phase="WaitForFirstConsumer"))
    assert isinstance(told, NotYet)
    assert "immediate_binding" in told.why


def test_what_is_filled_with_something_else_is_not_overwritten_unasked():
    refuse_foreign(None, ONE, volume(), "DataVolume n/disk")
    refuse_foreign(live(phase="Succeeded"), ONE, volume(), "DataVolume n/disk")
    refuse_foreign(live(phase="UploadReady", digest=OTHER), ONE, volume(), "DataVolume n/disk")
    refuse_foreign(live(phase="Succeeded", digest=OTHER), ONE, volume(replace=True), "DataVolume n/disk")
    with pytest.raises(Conflict, match="it holds 222222222222"):
        refuse_foreign(live(phase="Succeeded", digest=OTHER), ONE, volume(), "DataVolume n/disk")
    with pytest.raises(Conflict, match="nobody knows"):
        refuse_foreign(live(phase="Succeeded", digest=""), ONE, volume(), "DataVolume n/disk")
    assert holds(live(digest="")) == ""
