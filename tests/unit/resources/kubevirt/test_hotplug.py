# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to plug into a machine, what is refused, and when the guest has it."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    InvalidInput,
    NfviError,
    Precondition,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt import plugged
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.cluster import plugging
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.hotplug import Wanted, findings, plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.lifecycle import Seen

POD_NIC, POD_NET = {"name": "default", "masquerade": {}}, {"name": "default", "pod": {}}
N3_NIC, N3_NET = {"name": "n3", "bridge": {}, "macAddress": "02:00:00:00:00:03"}, {
    "name": "n3", "multus": {"networkName": "n3"},
}  # fmt: skip
ROOT = {"name": "root", "containerDisk": {"image": "x"}}
DATA = {"name": "data", "persistentVolumeClaim": {"claimName": "data", "hotpluggable": True}}


def vm(nics=(), nets=(), volumes=(), disks=(), **status):
    devices = {"interfaces": [POD_NIC, *nics], "disks": [{"name": "root", "disk": {"bus": "virtio"}}, *disks]}
    spec = {"networks": [POD_NET, *nets], "volumes": [ROOT, *volumes], "domain": {"devices": devices}}
    meta = {"name": "fw", "namespace": "n"}
    return {"metadata": meta, "spec": {"runStrategy": "Always", "template": {"spec": spec}}, "status": status}


def guest(*, interfaces=(), volumes=(), conditions=(), phase="Running"):
    status = {"interfaces": list(interfaces), "volumeStatus": list(volumes), "conditions": list(conditions)}
    return {"metadata": {"name": "fw", "namespace": "n", "uid": "1"}, "status": {"phase": phase, **status}}


def wanted(interfaces=(), volumes=()):
    return Wanted.parse(Given({"name": "fw", "interfaces": list(interfaces), "volumes": list(volumes)}, ("vms", 0)))


def plug(machine, vmi=None, *, on=True, **what):
    return plan(Seen(machine, vmi), wanted(**what), volumes_work=on)


WITH_N3 = vm([N3_NIC], [N3_NET])
WITH_DATA = vm(volumes=[DATA], disks=[{"name": "data", "disk": {"bus": "scsi"}}])


def test_a_new_interface_goes_behind_the_others():
    made = plug(vm(), guest(), interfaces=[{"name": "n3", "network": "n3", "mac": "02:00:00:00:00:03"}])
    assert made.template == {"networks": [POD_NET, N3_NET], "domain": {"devices": {"interfaces": [POD_NIC, N3_NIC]}}}
    assert [change.action for change in made.changes] == ["plug", "plug"]
    assert made.verbs == ()


@pytest.mark.parametrize(
    "same",
    [
        {"name": "n3", "network": "n3"},
        {"name": "n3", "network": "n3", "mac": "02:00:00:00:00:03", "link": "up"},
        {"name": "never", "state": "absent"},
    ],
)
def test_what_is_so_already_is_left_alone(same):
    assert plug(WITH_N3, guest(), interfaces=[same]).template is None


def bare_vm(**devices):
    found = vm()
    found["spec"]["template"]["spec"].pop("networks")
    found["spec"]["template"]["spec"]["domain"]["devices"].pop("interfaces")
    found["spec"]["template"]["spec"]["domain"]["devices"].update(devices)
    return found


def test_the_pod_network_that_comes_by_itself_is_not_lost():
    running = guest()
    running["spec"] = {"networks": [POD_NET], "domain": {"devices": {"interfaces": [POD_NIC]}}}
    n3 = {"name": "n3", "network": "n3", "mac": "02:00:00:00:00:03"}
    made = plug(bare_vm(), running, interfaces=[n3])
    assert made.template == {"networks": [POD_NET, N3_NET], "domain": {"devices": {"interfaces": [POD_NIC, N3_NIC]}}}
    assert [change.action for change in made.changes] == ["update", "update", "plug", "plug"]
    with pytest.raises(Precondition, match="would lose the pod network"):
        plug(bare_vm(), interfaces=[n3])
    alone = plug(bare_vm(autoattachPodInterface=False), interfaces=[n3])
    assert alone.template["networks"] == [N3_NET]
    assert plug(bare_vm(), interfaces=[{"name": "n3", "state": "absent"}]).template is None


def test_an_interface_of_a_guest_is_marked_and_of_none_taken_out():
    gone = {"name": "n3", "state": "absent"}
    marked = plug(WITH_N3, guest(), interfaces=[gone])
    assert marked.template["domain"]["devices"]["interfaces"][1] == {**N3_NIC, "state": "absent"}
    assert marked.template["networks"] == [POD_NET, N3_NET]
    taken = plug(WITH_N3, interfaces=[gone])
    assert taken.template == {"networks": [POD_NET], "domain": {"devices": {"interfaces": [POD_NIC]}}}
    assert marked.changes == taken.changes
    assert max(change.impact for change in taken.changes) is Impact.OUTAGE


def test_an_interface_on_its_way_out_is_waited_for():
    leaving = vm([{**N3_NIC, "state": "absent"}], [N3_NET])
    assert plug(leaving, guest(), interfaces=[{"name": "n3", "state": "absent"}]).template is None
    with pytest.raises(Precondition, match="n3 is being unplugged") as refused:
        plug(leaving, guest(), interfaces=[{"name": "n3", "network": "n3"}])
    assert refused.value.retryable


def test_another_network_and_a_link_are_changed_in_place():
    made = plug(WITH_N3, guest(), interfaces=[{"name": "n3", "network": "n9", "link": "down"}])
    assert made.template["networks"][1]["multus"] == {"networkName": "n9"}
    assert made.template["domain"]["devices"]["interfaces"][1]["state"] == "down"


@pytest.mark.parametrize(
    ("machine", "what", "error", "text", "path"),
    [
        (WITH_N3, {"name": "n3", "network": "n3", "mac": "02:00:00:00:00:09"}, InvalidInput, "with 02:", "mac"),
        (WITH_N3, {"name": "n3", "network": "n3", "binding": "sriov"}, InvalidInput, "with bridge", "binding"),
        (vm(), {"name": "default", "network": "n3"}, InvalidInput, "on the pod", None),
        (vm(), {"name": "default", "state": "absent"}, InvalidInput, "on the pod", None),
        (vm([{"name": "n3", "sriov": {}}], [N3_NET]), {"name": "n3", "state": "absent"}, Unsupported, "bridge", None),
    ],
)  # fmt: skip
def test_interfaces_that_are_refused(machine, what, error, text, path):
    with pytest.raises(error, match=text) as refused:
        plug(machine, guest(), interfaces=[what])
    assert refused.value.path == (("vms", 0, "interfaces", 0, path) if path else ("vms", 0, "interfaces", 0))


def test_volumes_are_asked_for_one_after_the_other():
    made = plug(WITH_DATA, guest(), volumes=[
        {"name": "more", "data_volume": "more", "bus": "virtio", "serial": "S"}, {"name": "data", "state": "absent"},
    ])  # fmt: skip
    disk = {"name": "more", "disk": {"bus": "virtio"}, "serial": "S"}
    source = {"dataVolume": {"name": "more", "hotpluggable": True}}
    assert made.verbs == (
        ("addvolume", {"name": "more", "disk": disk, "volumeSource": source}),
        ("removevolume", {"name": "data"}),
    )
    assert made.template is None


@pytest.mark.parametrize(
    ("machine", "what"),
    [
        (WITH_DATA, {"name": "data", "claim": "data"}),
        (vm(), {"name": "data", "state": "absent"}),
        (vm(volumeRequests=[{"addVolumeOptions": {"name": "data"}}]), {"name": "data", "claim": "data"}),
        (vm(volumeRequests=[{"removeVolumeOptions": {"name": "data"}}]), {"name": "data", "state": "absent"}),
    ],
)
def test_volumes_that_are_as_wanted_or_will_be(machine, what):
    assert plug(machine, guest(), on=False, volumes=[what]).verbs == ()


@pytest.mark.parametrize(
    ("machine", "what", "error", "text"),
    [
        (WITH_DATA, {"name": "data", "claim": "other"}, InvalidInput, "data is of data: unplug it first"),
        (WITH_DATA, {"name": "data", "claim": "data", "bus": "virtio"}, InvalidInput, "plugged in by scsi"),
        (WITH_DATA, {"name": "again", "claim": "data"}, InvalidInput, "data is plugged in already, as data"),
        (vm(), {"name": "root", "state": "absent"}, Precondition, "because it is not hotpluggable"),
        (
            vm(volumeRequests=[{"removeVolumeOptions": {"name": "d"}}]),
            {"name": "d", "claim": "d"},
            Precondition,
            "being",
        ),
    ],
)
def test_volumes_that_are_refused(machine, what, error, text):
    with pytest.raises(error, match=text):
        plug(machine, guest(), volumes=[what])


def test_volumes_take_a_feature_gate_and_interfaces_take_none():
    with pytest.raises(Unsupported, match="plugs no volumes") as refused:
        plug(vm(), guest(), on=False, volumes=[{"name": "data", "claim": "data"}])
    assert refused.value.path == ("vms", 0, "volumes", 0)
    assert plug(vm(), guest(), on=False, interfaces=[{"name": "n3", "network": "n3"}]).changes


@pytest.mark.parametrize(
    "given",
    [
        {"interfaces": [{"name": "a", "network": "a"}, {"name": "a", "state": "absent"}]},
        {"volumes": [{"name": "a"}]},
        {"interfaces": [{"name": "a"}]},
        {},
    ],
)
def test_input_that_means_nothing(given):
    with pytest.raises(NfviError):
        wanted(**given)


def test_a_machine_named_twice():
    assert [each.reason for each in findings([wanted([{"name": "a", "state": "absent"}])] * 2)] == [
        "fw was named before"
    ]


IN_GUEST = {"name": "n3", "infoSource": "domain, multus-status"}
READY = {"name": "data", "phase": "Ready"}
MIGRATE = {"type": "MigrationRequired", "status": "True"}
BOTH = {"interfaces": [{"name": "n3", "network": "n3"}], "volumes": [{"name": "data", "claim": "data"}]}


@pytest.mark.parametrize(
    ("vmi", "settle", "verdict"),
    [
        (guest(interfaces=[IN_GUEST], volumes=[READY]), False, Ready()),
        (guest(volumes=[READY]), True, NotYet("interface n3 is not in the guest")),
        (guest(interfaces=[{"name": "n3", "infoSource": "multus-status"}], volumes=[READY]), True,
         NotYet("interface n3 is not in the guest")),
        (guest(volumes=[READY], conditions=[MIGRATE]), True, Ready()),
        (guest(volumes=[READY], conditions=[MIGRATE]), False,
         NotYet("interface n3 is not in the guest, it awaits a migration")),
        (guest(interfaces=[IN_GUEST], volumes=[{"name": "data", "phase": "Pending", "message": "no PVC"}]), True,
         NotYet("volume data is Pending: no PVC")),
        (guest(interfaces=[IN_GUEST]), True, NotYet("volume data is not known to the guest yet")),
        (guest(phase="Failed"), True, Never("its guest has ended")),
    ],
)  # fmt: skip
def test_when_a_guest_has_it(vmi, settle, verdict):
    assert plugged.in_guest({"n/fw": wanted(**BOTH)}, settle=settle)(vmi) == verdict


@pytest.mark.parametrize(
    ("vmi", "verdict"),
    [
        (guest(), Ready()),
        (guest(interfaces=[IN_GUEST]), NotYet("interface n3 is still in the guest")),
        (guest(volumes=[{"name": "data", "phase": "Detaching"}]), NotYet("volume data is Detaching")),
    ],
)
def test_when_a_guest_has_it_no_more(vmi, verdict):
    gone = wanted([{"name": "n3", "state": "absent"}], [{"name": "data", "state": "absent"}])
    assert plugged.in_guest({"n/fw": gone}, settle=True)(vmi) == verdict


def test_templates_are_waited_for_until_they_cannot_come_further():
    judge = plugged.in_template({"n/fw": wanted([{"name": "n3", "state": "absent"}])}, settle=True)
    assert judge(WITH_N3) == NotYet("interface n3 is still in its template")
    assert judge(vm([N3_NIC], [N3_NET], conditions=[{"type": "RestartRequired", "status": "True"}])) == Ready()
    asked = plugged.in_template({"n/fw": wanted(volumes=[{"name": "data", "claim": "data"}])}, settle=True)
    assert asked(vm()) == NotYet("volume data is not in its template")
    assert asked(WITH_DATA) == Ready()


def test_what_is_missing_is_told_and_what_will_be_is_predicted():
    made = plug(vm(), guest(conditions=[MIGRATE]), **BOTH)
    told, ahead = plugged.summary(made), plugged.predicted(made)
    assert told["migration_required"] is True
    assert told["pending"] == [
        "interface n3 is not in the guest, it awaits a migration",
        "volume data is not known to the guest yet",
    ]
    assert (ahead["interfaces"][0]["plugged"], ahead["volumes"][0]["phase"], ahead["pending"]) == (True, "Ready", [])
    stopped = plugged.predicted(plug(vm(), **BOTH))
    assert (stopped["running"], stopped["interfaces"][0]["plugged"], stopped["pending"]) == (False, False, [])


@pytest.mark.parametrize(
    ("version", "developer", "methods", "able"),
    [
        ("v1.8.4", {}, [], (False, False)),
        ("v1.8.4", {"featureGates": ["HotplugVolumes"]}, ["LiveMigrate"], (True, True)),
        ("v1.9.0", {}, ["Evict"], (True, False)),
        ("v1.9.0", {"disabledFeatureGates": ["DeclarativeHotplugVolumes"]}, [], (False, False)),
    ],
)
def test_what_kubevirt_can_do(version, developer, methods, able):
    spec = {"configuration": {"developerConfiguration": developer}}
    spec["workloadUpdateStrategy"] = {"workloadUpdateMethods": methods}
    found = plugging({"spec": copy.deepcopy(spec), "status": {"targetKubeVirtVersion": version}})
    assert (found.volumes, found.migrates) == able
