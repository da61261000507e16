# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site and what follows from it; everything that can be wrong with it is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import Path as Place
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.load import load

Expanded = Callable[..., dict[str, Any]]
NODE = {"name": "e9", "address": "10.20.30.19", "mac": "aa:bb:cc:dd:ee:09"}


def at(*place: str | int, value: object) -> Callable[[Any], None]:
    """A change of one place."""

    def change(content: Any) -> None:
        content.update(put(content, place, value))

    return change


def more_nodes(count: int, **same: object) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for number in range(2, count + 1):
            node = {"name": f"e{number}", "address": f"10.20.30.1{number}", "mac": f"aa:bb:cc:dd:ee:0{number}"}
            content["nodes"].append({**node, **same})

    return change


def test_what_follows_from_one_server(expanded: Expanded, folder: Path) -> None:
    site = expanded()
    assert site["nodes"] == [
        {
            "name": "e1",
            "role": "controlplane",
            "address": "10.20.30.11",
            "mac": "aa:bb:cc:dd:ee:01",
            "nics": [{"name": "eno1", "plane": "management"}, {"name": "eno2", "plane": "user"}],
        }
    ]
    assert site["talos"]["cluster"] == {
        "name": "edge-1",
        "endpoint": "https://10.20.30.11:6443",
        "talos_version": "v1.13.0",
        "kubernetes_version": "v1.36.3",
        "images": {"installer": "example.org/installer:v1.13.0"},
        "pod_subnets": ["10.16.0.0/16"],
        "service_subnets": ["10.96.0.0/12"],
        "cni": "none",
        "allow_scheduling_on_control_planes": True,
    }
    assert site["talos"]["machines"] == [
        {
            "name": "e1",
            "role": "controlplane",
            "install_disk": "/dev/nvme0n1",
            "links": [{"name": "eno1", "addresses": ["10.20.30.11/24"], "gateway": "10.20.30.1"}],
            "nameservers": ["10.1.1.53"],
            "time_servers": ["time.example.org"],
            "labels": {"topology.kubernetes.io/zone": "de-be"},
        }
    ]
    assert site["talos"]["nodes"] == [
        {"address": "10.20.30.11", "config": f"{site['state_dir']}/config/e1.yaml", "macs": ["aa:bb:cc:dd:ee:01"]}
    ]
    assert site["talos"]["endpoints"] == ["10.20.30.11"]
    assert site["bmcs"] == [
        {
            "name": "e1",
            "url": "https://10.20.31.1",
            "username": "admin",
            "password": {"env": "BMC_PASSWORD"},
            "ca_cert": str(folder / "bmc-ca.pem"),
            "macs": ["aa:bb:cc:dd:ee:01"],
        }
    ]
    assert site["vpcs"] == [{"name": "ran-up"}]
    assert site["subnets"] == [{"name": "n3", "cidr": "10.60.0.0/24", "vpc": "ran-up"}]
    assert site["vnfs"][0] == {
        "name": "fw-1",
        "namespace": "fw-1",
        "package": str(folder / "packages" / "fw"),
        "flavour": "default",
        "connection_points": {"n3": "n3"},
    }
    assert site["release"]["kube_ovn"]["manifests"] == [str(folder / "releases" / "kube-ovn.yaml")]


def test_a_release_pins_what_installs_a_component(expanded: Expanded, folder: Path) -> None:
    def change(content: Any) -> None:
        pinned = {"source": "kube-ovn.yaml", "sha256": "a" * 64}
        content["kube_ovn"]["manifests"] = [pinned, "oci://example.org/x:v1", "../releases"]
        chart = {"source": "oci://example.org/kubevirt@sha256:" + "b" * 64, "values": {"replicas": 1}}
        content["kubevirt"] = {"version": "v1.8.4", "chart": chart, "namespace": "kubevirt", "exclude": ["Job/x"]}

    release = expanded(change, "releases/r1.yml")["release"]
    file = str(folder / "releases" / "kube-ovn.yaml")
    assert release["kube_ovn"]["manifests"] == [
        {"source": file, "sha256": "a" * 64},
        "oci://example.org/x:v1",
        str(folder / "releases"),
    ]
    assert release["kubevirt"] == {
        "version": "v1.8.4",
        "manifests": [],
        "chart": {"source": "oci://example.org/kubevirt@sha256:" + "b" * 64, "values": {"replicas": 1}},
        "images": {},
        "require_digests": True,
        "exclude": ["Job/x"],
        "namespace": "kubevirt",
    }


def test_three_servers_share_an_address(expanded: Expanded) -> None:
    def change(content: Any) -> None:
        more_nodes(3)(content)
        content["network"]["vip"] = "10.20.30.10"

    site = expanded(change)
    assert [node["role"] for node in site["nodes"]] == ["controlplane"] * 3
    assert site["talos"]["cluster"]["endpoint"] == "https://10.20.30.10:6443"
    assert site["talos"]["cluster"]["allow_scheduling_on_control_planes"] is True
    assert [machine["links"][0]["vip"] for machine in site["talos"]["machines"]] == ["10.20.30.10"] * 3


def test_an_absent_node_keeps_its_place_and_nothing_else(expanded: Expanded) -> None:
    """Without its place the second of three control-plane nodes would become a worker."""

    def second_absent(content: Any) -> None:
        more_nodes(3)(content)
        content["network"]["vip"] = "10.20.30.10"
        content["nodes"][1]["state"] = "absent"
        content["nodes"][1]["bmc"] = dict(content["nodes"][0]["bmc"], url="https://10.20.31.2")

    site = expanded(second_absent)
    assert [(node["name"], node["role"]) for node in site["nodes"]] == [("e1", "controlplane"), ("e3", "controlplane")]
    assert [(node["name"], node["role"]) for node in site["absent"]] == [("e2", "controlplane")]
    assert [bmc["url"] for bmc in site["absent"][0]["bmcs"]] == ["https://10.20.31.2"]
    listed = {key: value for key, value in site.items() if key != "absent"}
    assert "10.20.30.12" not in str(listed)
    assert "10.20.31.2" not in str(listed)


def test_a_last_worker_that_is_absent_leaves_its_work_to_the_control_plane(expanded: Expanded) -> None:
    site = expanded(more_nodes(2, state="absent"))
    assert site["talos"]["cluster"]["allow_scheduling_on_control_planes"] is True


def test_the_control_plane_cannot_be_absent(expanded: Expanded) -> None:
    with pytest.raises(InvalidInput, match="nodes: every control-plane node is absent: one must be there"):
        expanded(at("nodes", 0, "state", value="absent"))


def test_with_a_worker_the_control_plane_takes_no_workloads(expanded: Expanded) -> None:
    def change(content: Any) -> None:
        more_nodes(2, role="worker")(content)
        content["network"]["vip"] = "10.20.30.10"

    site = expanded(change)
    assert ["vip" in machine["links"][0] for machine in site["talos"]["machines"]] == [True, False]
    assert [node["role"] for node in site["nodes"]] == ["controlplane", "worker"]
    assert site["talos"]["cluster"]["allow_scheduling_on_control_planes"] is False
    assert site["talos"]["endpoints"] == ["10.20.30.11"]


def test_a_node_may_differ(expanded: Expanded, folder: Path) -> None:
    (folder / "hardware_types" / "other.yml").write_text(
        "nics: [{name: eth0, plane: management}]\ninstall_disk: {type: nvme}\n"
    )

    def change(content: Any) -> None:
        taint = {"key": "dedicated", "value": "upf", "effect": "NoSchedule"}
        content["nodes"][0].update(hardware="other", labels={"rack": "r1"}, taints=[taint])

    machine = expanded(change)["talos"]["machines"][0]
    assert machine["install_disk_selector"] == {"type": "nvme"}
    assert machine["links"][0]["name"] == "eth0"
    assert machine["labels"]["rack"] == "r1"
    assert machine["taints"] == {"dedicated": "upf:NoSchedule"}


def test_the_state_directory_is_the_users_own_unless_named(
    expanded: Expanded, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/tmp/state")
    assert expanded()["state_dir"] == "/var/tmp/state/kubevim-nfvi/edge-1"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/var/tmp/home")
    assert expanded()["state_dir"] == "/var/tmp/home/.local/state/kubevim-nfvi/edge-1"
    assert expanded(at("state_dir", value="kept"))["state_dir"] == str(folder / "kept")


WRONG: list[tuple[Place, object, str]] = [
    (("site", "name"), "Edge_1", "site.name: 'Edge_1' is not a valid name"),
    (("site", "tier"), "egde", "site.tier: 'egde' is not one of edge, regional, core"),
    (("site", "zoen"), "x", r"site.zoen: unknown key \(did you mean zone\?\)"),
    (("hardware",), "bxo", r"hardware: no hardware type 'bxo' in .* \(there are: box\)"),
    (("hardware",), "../box", "hardware: '../box' is not a valid name"),
    (("release",), "r2", r"release: no release 'r2' in .* \(there are: r1\)"),
    (("network", "mgmt"), "10.20.30.1/24", "network.mgmt: '10.20.30.1/24' is not a network"),
    (("network", "gateway"), "10.20.31.1", "network.gateway: 10.20.31.1 is not in the management network"),
    (("network", "vip"), "10.20.30.11", "'10.20.30.11' is already used by network.vip"),
    (("network", "dns"), ["dns.example.org"], r"network.dns\[0\]: 'dns.example.org' is not an IP address"),
    (("network", "pod_subnets"), ["10.20.0.0/16"], r"network.pod_subnets\[0\]: 10.20.0.0/16 overlaps 10.20.30.0/24"),
    (("network", "service_subnets"), ["10.16.8.0/24"], r"network.service_subnets\[0\]: 10.16.8.0/24 overlaps"),
    (("nodes",), [], "nodes: a site has at least one node"),
    (("nodes",), {}, "nodes: a list is expected, not a mapping"),
    (("nodes", 0, "address"), "10.20.30.255", r"nodes\[0\].address: .* is the network or broadcast address"),
    (("nodes", 0, "mac"), 8041827059, r"nodes\[0\].mac: '8041827059' is not a MAC address .*quoted"),
    (("nodes", 0, "role"), "worker", "nodes: every node is a worker"),
    (("nodes", 0, "role"), "master", r"nodes\[0\].role: 'master' is not one of controlplane, worker"),
    (("nodes", 0, "bmc", "url"), "http://10.20.31.1", r"nodes\[0\].bmc.url: 'http://10.20.31.1' is not an https URL"),
    (("nodes", 0, "bmc", "url"), "https://a:b@10.20.31.1", r"nodes\[0\].bmc.url: a URL must not hold credentials"),
    (("nodes", 0, "bmc", "password"), "hunter2", r"nodes\[0\].bmc.password: a secret must not stand here"),
    (("nodes", 0, "bmc", "password"), {"fiel": "x"}, r"nodes\[0\].bmc.password: is not a secret reference"),
    (("nodes", 0, "bmc", "password"), None, r"nodes\[0\].bmc.password: is required"),
    (("nodes", 0, "taints"), [{"key": "a", "effect": "No"}], r"nodes\[0\].taints\[0\].effect: 'No' is not one of"),
    (("nodes", 0, "labels"), ["a"], r"nodes\[0\].labels: a mapping is expected"),
    (("networks", 0, "vpc"), "Ran", r"networks\[0\].vpc: 'Ran' is not a valid name"),
    (("networks", 0, "subnets", 0, "gateway"), "10.61.0.1", r"subnets\[0\].gateway: 10.61.0.1 is not in 10.60.0.0/24"),
    (("networks", 0, "subnets", 0, "cdir"), "10.61.0.1", r"subnets\[0\].cdir: unknown key \(did you mean cidr\?\)"),
    (("networks", 0, "subnets", 0, "name"), "ran-up", "a Subnet cannot have the name of its Vpc"),
    (("networks", 0, "static_routes"), [{"cidr": "x", "next_hop": "y"}], r"networks\[0\].static_routes\[0\]"),
    (("vnfs", 0, "connection_points"), {"n3": "n4"}, r"connection_points.n3: 'n4' is not a subnet .*there are: n3"),
    (("vnfs", 0, "connection_points"), {}, r"vnfs\[0\].connection_points.n3: is required"),
    (("vnfs", 0, "package"), "wf", r"vnfs\[0\].package: no package 'wf' in .* \(there are: fw\)"),
    (("vnfs", 0, "flavour"), "big", r"vnfs\[0\].flavour: 'big' is not one of default"),
    (("slices",), ["embb"], "slices: unknown key"),
]


@pytest.mark.parametrize(("place", "value", "expected"), WRONG, ids=[f"{w[0][-1]}={w[1]}"[:40] for w in WRONG])
def test_what_is_wrong_is_refused_with_its_place(
    expanded: Expanded, folder: Path, place: Place, value: object, expected: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        expanded(at(*place, value=value))
    assert re.search(rf"{re.escape(str(folder))}/site.yml:\d+: .*{expected}", str(refused.value))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"name": "e1"}, r"nodes\[1\].name: 'e1' is already used by nodes\[0\].name"),
        ({"address": "10.20.30.11"}, r"nodes\[1\].address: '10.20.30.11' is already used by nodes\[0\].address"),
        ({"mac": "aa:BB:cc:dd:ee:01"}, r"nodes\[1\].mac: .* is already used by nodes\[0\].mac"),
        ({"role": "controlplane"}, "nodes: 2 control-plane nodes: etcd needs an odd number"),
    ],
)
def test_two_nodes_differ(expanded: Expanded, extra: dict[str, str], expected: str) -> None:
    def change(content: Any) -> None:
        content["nodes"][0]["role"] = "controlplane"
        content["nodes"].append({"role": "worker", **NODE, **extra})

    with pytest.raises(InvalidInput, match=expected):
        expanded(change)


def test_several_control_plane_nodes_need_an_address_of_their_own(expanded: Expanded) -> None:
    with pytest.raises(InvalidInput, match=r"network\.vip: is required with 3 control-plane nodes"):
        expanded(more_nodes(3))


@pytest.mark.parametrize(("vpc", "refused"), [("ran-up", True), ("other", False)])
def test_only_subnets_of_one_vpc_may_not_overlap(expanded: Expanded, vpc: str, *, refused: bool) -> None:
    def change(content: Any) -> None:
        subnet = {"name": "n6", "cidr": "10.60.0.128/25"}
        if vpc == "ran-up":
            content["networks"][0]["subnets"].append(subnet)
        else:
            content["networks"].append({"vpc": vpc, "subnets": [subnet]})

    if not refused:
        assert len(expanded(change)["subnets"]) == 2
        return
    with pytest.raises(InvalidInput, match=re.escape("networks[0].subnets[1].cidr: 10.60.0.128/25 overlaps")):
        expanded(change)


@pytest.mark.parametrize(
    ("file", "place", "value", "expected"),
    [
        ("hardware_types/box.yml", ("nics",), [], "nics: exactly one port must have plane: management"),
        ("hardware_types/box.yml", ("install_disk",), "nvme0n1", "install_disk: 'nvme0n1' is not a device"),
        ("hardware_types/box.yml", ("install_disk",), {"sise": "1"}, r"install_disk.sise: unknown key .*size"),
        ("releases/r1.yml", ("talos", "version"), "1.13", "talos.version: '1.13' is not a version"),
        ("releases/r1.yml", ("talos", "version"), "v1.99.0", "talos.version: Talos v1.99.0 is not supported yet"),
        (
            "releases/r1.yml",
            ("kubernetes", "version"),
            "v1.2.3",
            "kubernetes.version: Talos .* does not run",
        ),
        ("releases/r1.yml", ("kube_ovn", "manifests"), [], "kube_ovn.manifests: at least one manifest"),
        ("releases/r1.yml", ("kube_ovn", "manifests"), ["x.yaml"], r"manifests\[0\]: 'x.yaml' does not exist"),
        (
            "releases/r1.yml",
            ("kubevirt", "manifests"),
            ["http://x/y"],
            r"manifests\[0\]: .* is neither a path nor",
        ),
        ("releases/r1.yml", ("kubevirt", "manifests"), [{"source": "oci://x"}], r"\[0\].source: .* is no reference"),
        ("releases/r1.yml", ("kubevirt", "chart"), {"source": "x.tgz"}, "manifests: .* or a chart, and not both"),
        ("releases/r1.yml", ("kubevirt", "chart"), {"source": "x.tgz"}, "chart.source: 'x.tgz' does not exist"),
        (
            "releases/r1.yml",
            ("kubevirt", "chart"),
            {"source": "x.tgz", "value": {}},
            "chart.value: unknown key",
        ),
        ("releases/r1.yml", ("kubevirt", "require_digests"), "no way", "require_digests: 'no way' is neither"),
        ("releases/r1.yml", ("kubevirt", "images"), {"a": "a:v1"}, "images.a: 'a:v1' is not an image by digest"),
    ],
)
def test_the_tables_are_refused_in_their_own_files(
    expanded: Expanded, folder: Path, file: str, place: Place, value: object, expected: str
) -> None:
    with pytest.raises(InvalidInput, match=rf"{re.escape(str(folder / file))}:\d+: .*{expected}"):
        expanded(at(*place, value=value), file)


def test_a_wrong_descriptor_is_refused_before_anything_is_touched(expanded: Expanded) -> None:
    wrong = at("vdus", 0, "vcpu", value="two")
    with pytest.raises(InvalidInput, match=r"vnfs\[0\].package: .*descriptor.yml: vdus\[0\].vcpu: .*number"):
        expanded(wrong, "packages/fw/descriptor.yml")


def test_everything_is_told_at_once_in_the_order_of_the_file(expanded: Expanded) -> None:
    def change(content: Any) -> None:
        content["site"]["tier"] = "egde"
        content["nodes"][0].update(mac="x", address="y")
        content["vnfs"][0]["package"] = "z"
        content["release"] = "r9"

    with pytest.raises(InvalidInput) as refused:
        expanded(change)
    told = [line.split(": ")[1] for line in str(refused.value).splitlines()]
    assert told == ["site.tier", "release", "nodes[0].address", "nodes[0].mac", "vnfs[0].package"]


def test_a_finding_bears_the_line_it_is_about(folder: Path) -> None:
    site = folder / "site.yml"
    site.write_text(site.read_text().replace("10.20.30.11", "10.20.99.11"))
    with pytest.raises(InvalidInput, match=rf"{re.escape(str(site))}:7: nodes\[0\].address"):
        load(site)


def test_a_key_that_stands_twice_is_refused(folder: Path) -> None:
    site = folder / "site.yml"
    site.write_text(site.read_text() + "release: r1\n")
    with pytest.raises(InvalidInput, match=r"site.yml:4: release: stands twice, in lines 4 and 14"):
        load(site)


@pytest.mark.parametrize("text", ["", "- a\n", "just text\n", "a: [\n", "a: &a [*a]\n"])
def test_what_is_no_site_at_all_is_refused(folder: Path, text: str) -> None:
    (folder / "site.yml").write_text(text)
    with pytest.raises(InvalidInput, match=re.escape(str(folder / "site.yml"))):
        load(folder / "site.yml")


def test_a_site_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere.yml: No such file"):
        load(folder / "nowhere.yml")
