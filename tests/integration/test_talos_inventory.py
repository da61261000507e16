# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-inventory and ansible-playbook on a rack of the lab: a control plane, a worker, a machine that waits."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from environment import CORES, core_environment

import ansible_collections
from lab.machine import Machine
from tests.lab.conftest import until

from .test_talos import new_site
from .test_talos_nodes import Rack

COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent
CALLBACKS = Path(__file__).with_name("callback")
PROGRAMS = Path(sys.executable).parent


def _untrusted(value: Any) -> Any:
    """How ansible-inventory writes a text that is never a template, which is what machines say of themselves."""
    return value.get("__ansible_unsafe", value) if isinstance(value, dict) else value


@dataclass
class Inventory(Rack):
    """The rack, and Ansible's own programs in a home where there is nothing else."""

    @property
    def waiting(self) -> Machine:
        return self.machines[2]

    def options(self, module: str) -> dict[str, Any]:
        options = super().options(module)
        if module == "talos_config":
            options["cluster"]["discovery"] = True
            options["nodes"] = options["nodes"][:2]
        if module == "talos_apply":
            options["nodes"] = options["nodes"][:2]
        return options

    def prepare(self) -> None:
        for machine in self.machines:
            self.loop.run(machine.power_on())
        until(lambda: {machine.stage for machine in self.machines} == {"maintenance"}, "maintenance mode")
        for step in ("talos_secrets", "talos_config", "talos_apply"):
            self.done(step)
        until(lambda: [machine.api for machine in self.machines[:2]] == ["secure"] * 2, "configured machines")

    @contextmanager
    def broken(self, fault: str, *machines: Machine) -> Iterator[None]:
        """A fault of these machines' API."""
        names = [f"talos:{machine.spec.name}" for machine in machines]
        faults = self.simulator.faults

        async def switch(on: bool) -> None:
            for name in names:
                (faults.switch_on if on else faults.switch_off)(fault, name)

        self.loop.run(switch(True))
        try:
            yield
        finally:
            self.loop.run(switch(False))

    def run(
        self, program: str, *arguments: str | Path, programs: Path = PROGRAMS, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
        }
        command = [str(programs / program), *map(str, arguments)]
        return subprocess.run(
            command, cwd=home, env={**settings, **environment}, capture_output=True, text=True, timeout=120, check=False
        )

    def file(self, **options: Any) -> Path:
        """An inventory file beside the talosconfig."""
        file = self.folder / "rack.talos.yml"
        file.write_text(yaml.safe_dump({"plugin": "kubevim.nfvi.talos", **options}))
        return file

    def listed(self, *arguments: str, **options: Any) -> tuple[dict[str, Any], str]:
        """What ``ansible-inventory --list`` prints, and what it warns of."""
        done = self.run("ansible-inventory", "-i", self.file(**options), "--list", *arguments)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout, object_hook=_untrusted)
        return found, " ".join(done.stderr.split())

    def refusal(self, **options: Any) -> str:
        done = self.run("ansible-inventory", "-i", self.file(**options), "--list")
        assert done.returncode != 0, done.stdout
        return " ".join(done.stderr.split())

    def looked_up(self, *questions: str) -> tuple[list[Any], str]:
        """The value of each template in a playbook, or what its task failed with; and all that was printed."""
        book, record = self.folder / "lookup.yml", self.folder / "lookup.jsonl"
        tasks = [{"ansible.builtin.debug": {"msg": f"{{{{ {each} }}}}"}, "ignore_errors": True} for each in questions]
        book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        record.unlink(missing_ok=True)
        recorder = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": "record"}
        files = {"NFVI_TEST_RECORD": str(record), "TALOSCONFIG": str(self.folder / "talosconfig")}
        done = self.run("ansible-playbook", "-vvv", book, **recorder, **files)
        results = [json.loads(line)["result"]["msg"] for line in record.read_text().splitlines()]
        assert len(results) == len(questions), done.stdout + done.stderr
        return results, done.stdout + done.stderr

    @property
    def secrets(self) -> list[str]:
        """What must show nowhere."""
        bundle = yaml.safe_load((self.folder / "secrets.yaml").read_text())
        keys = [pair["key"] for pair in bundle["certs"].values()]
        client = yaml.safe_load((self.folder / "talosconfig").read_text())["contexts"]["edge"]["key"]
        return [*keys, client, bundle["trustdinfo"]["token"], bundle["cluster"]["secret"]]


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inventory]:
    with new_site(tmp_path_factory.mktemp("rack"), Inventory, servers=3) as found:
        found.prepare()
        yield found


# ---- a cluster


def test_the_members_of_a_cluster_are_hosts_with_what_they_are(rack: Inventory) -> None:
    found, said = rack.listed(talosconfig="talosconfig")
    hosts = found["_meta"]["hostvars"]
    assert set(hosts) == {"e1", "e2"}
    assert (found["controlplane"]["hosts"], found["worker"]["hosts"]) == (["e1"], ["e2"])
    e2, spec = hosts["e2"], rack.machines[1].spec
    assert (e2["ansible_host"], e2["ansible_connection"], e2["talos_error"]) == (spec.address, "local", "")
    assert (e2["talos_role"], e2["talos_version"], e2["talos_kubernetes_version"]) == ("worker", "v1.13.0", "v1.36.0")
    assert e2["talos_macs"] == sorted(nic.mac for nic in spec.nics)
    assert e2["talos_addresses"] == [spec.address]
    hardware = e2["talos_hardware"]
    assert (hardware["uuid"], hardware["serial"], hardware["product"]) == (spec.uuid, spec.serial, spec.product)
    assert (hardware["sockets"], hardware["threads"]) == (spec.sockets, spec.cpus)
    assert hardware["memory"] == spec.memory
    assert [(disk["name"], disk["size"]) for disk in e2["talos_disks"]] == [(d.name, d.size) for d in spec.disks]
    assert e2["talos_system_disk"] == f"/dev/{spec.disks[0].name}"
    # The installer of its configuration is not made by an Image Factory.
    assert (e2["talos_schematic"], e2["talos_extensions"]) == (None, [])
    assert (e2["talos_stage"], e2["talos_ready"]) == (rack.machines[1].stage, False)
    assert {"talos_v1_13_0", "kubernetes_v1_36_0"} <= set(found)
    assert "WARNING" not in said


def test_what_a_machine_says_is_never_a_template(rack: Inventory) -> None:
    """Anybody can call a machine in maintenance mode what they like."""
    done = rack.run("ansible-inventory", "-i", rack.file(scan=[rack.addresses[2]]), "--list")
    machine = json.loads(done.stdout)["_meta"]["hostvars"][rack.addresses[2]]
    assert machine["talos_hardware"]["uuid"] == {"__ansible_unsafe": rack.waiting.spec.uuid}


def test_groups_and_variables_of_ones_own(rack: Inventory) -> None:
    options = {
        "talosconfig": "talosconfig",
        "strict": True,
        "groups": {"waiting": "not talos_ready"},
        "keyed_groups": [{"key": "talos_links | map(attribute='driver') | unique", "prefix": "nic"}],
        "compose": {"memory_gib": "talos_hardware.memory // 1024 ** 3"},
    }
    done = rack.run("ansible-inventory", "-i", rack.file(**options), "--graph", "--vars")
    driver = rack.machine.spec.nics[0].driver
    product = rack.machine.spec.product.replace(" ", "_")
    for line in (f"@nic_{driver}:", "@waiting:", "@controlplane:", f"@product_{product}:", "memory_gib"):
        assert line in done.stdout, done.stdout + done.stderr
    assert "has no attribute 'nicks'" in rack.refusal(
        talosconfig="talosconfig", strict=True, compose={"wrong": "talos_hardware.nicks"}
    )


def test_a_machine_that_does_not_answer_stays(rack: Inventory) -> None:
    with rack.broken("refuse", rack.machines[1]):
        found, said = rack.listed(talosconfig="talosconfig")
    e2 = found["_meta"]["hostvars"]["e2"]
    assert "connection refused" in e2["talos_error"]
    assert (e2["talos_role"], e2["talos_version"], e2["talos_hardware"]) == ("worker", "v1.13.0", None)
    assert (found["unreachable"]["hosts"], found["worker"]["hosts"]) == (["e2"], ["e2"])
    assert "1 of 2 machines told nothing: e2 (" in said


def test_another_endpoint_knows_the_members_as_well(rack: Inventory) -> None:
    with rack.broken("refuse", rack.machines[0]):
        assert "connection refused" in rack.refusal(talosconfig="talosconfig")
        found, _said = rack.listed(talosconfig="talosconfig", endpoints=rack.addresses[:2])
    assert set(found["_meta"]["hostvars"]) == {"e1", "e2"}
    assert found["unreachable"]["hosts"] == ["e1"]


def test_a_reader_sees_all_but_what_only_administrators_may(rack: Inventory) -> None:
    rack.done("talos_client_config", path=str(rack.folder / "reader"), roles=["os:reader"])
    e1 = rack.listed(talosconfig="reader")[0]["_meta"]["hostvars"]["e1"]
    assert (e1["talos_version"], e1["talos_kubernetes_version"], e1["talos_error"]) == ("v1.13.0", None, "")
    assert e1["talos_hardware"]["uuid"] == rack.machine.spec.uuid


def test_a_machine_that_is_named_need_not_be_a_member(rack: Inventory) -> None:
    found, _said = rack.listed(talosconfig="talosconfig", nodes=[rack.addresses[1], rack.addresses[2]])
    assert set(found["_meta"]["hostvars"]) == {"e1", "e2", rack.addresses[2]}
    assert found["maintenance"]["hosts"] == [rack.addresses[2]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"talosconfig": "nowhere"}, "cannot be read"),
        ({"talosconfig": "talosconfig", "context": "other"}, "has no context 'other'"),
        ({"scan": ["10.0.0.5/24"]}, "scan[0]: 10.0.0.5/24 has host bits set"),
        ({"scan": ["10.0.0.5"], "scan_timeout": 0}, "scan_timeout"),
        ({"talosconfig": "talosconfig", "limit": 0}, "limit: 0 is not within"),
    ],
)
def test_a_wrong_file_is_refused(rack: Inventory, options: dict[str, Any], said: str) -> None:
    assert said in rack.refusal(**options)


# ---- the scan


def test_only_machines_that_wait_are_found(rack: Inventory) -> None:
    first = rack.addresses[0]
    network = f"{first.rpartition('.')[0]}.0/27"
    found, said = rack.listed(scan=[network], scan_timeout=1)
    spec = rack.waiting.spec
    assert list(found["_meta"]["hostvars"]) == [spec.address] == found["maintenance"]["hosts"]
    machine = found["_meta"]["hostvars"][spec.address]
    assert (machine["talos_hardware"]["uuid"], machine["talos_role"]) == (spec.uuid, None)
    assert machine["talos_macs"] == sorted(nic.mac for nic in spec.nics)
    assert len(machine["talos_certificate"]["fingerprint"]) == 44
    assert "WARNING" not in said


def test_what_was_found_is_what_the_modules_ask_for(rack: Inventory) -> None:
    """The fingerprint is the one that talos_apply pins, the addresses are those it looks for."""
    machine = rack.listed(scan=[rack.addresses[2]])[0]["_meta"]["hostvars"][rack.addresses[2]]
    node = {
        "address": machine["talos_address"],
        "config": f"{rack.folder}/config/e2.yaml",
        "fingerprint": machine["talos_certificate"]["fingerprint"],
        "macs": machine["talos_macs"],
    }
    assert rack.done("talos_apply", nodes=[node], check=True, pending=False)["changed"]
    wrong = {**node, "fingerprint": "A" * 43 + "="}
    assert "fingerprint" in rack.refused("talos_apply", nodes=[wrong], check=True, pending=False)["reason"]


def test_a_cluster_and_what_waits_beside_it(rack: Inventory) -> None:
    found, _said = rack.listed(talosconfig="talosconfig", scan=rack.addresses)
    assert set(found["_meta"]["hostvars"]) == {"e1", "e2", rack.addresses[2]}
    assert found["talos"]["hosts"] == ["e1", "e2", rack.addresses[2]]


# ---- every supported Ansible


@pytest.mark.full
@pytest.mark.parametrize("core", sorted(CORES))
def test_every_supported_ansible_lists_the_same(rack: Inventory, core: str) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(rack.folder / core)}
    options = {"talosconfig": "talosconfig", "scan": rack.addresses, "compose": {"disk": "talos_disks[0].name"}}
    for _time in range(2):
        arguments = ("-i", rack.file(**options, **cache), "--list")
        done = rack.run("ansible-inventory", *arguments, programs=core_environment(core) / "bin")
        assert (done.returncode, done.stderr) == (0, "")
        hosts = json.loads(done.stdout)["_meta"]["hostvars"]
        assert [_untrusted(host["disk"]) for host in hosts.values()] == [rack.machine.spec.disks[0].name] * 3
        assert [host["talos_version"] for host in hosts.values()] == [{"__ansible_unsafe": "v1.13.0"}] * 3
        assert [stat.S_IMODE(file.stat().st_mode) for file in (rack.folder / core).iterdir()] == [0o600]


# ---- the cache


def test_the_cache_answers_for_machines_and_keeps_no_secret(rack: Inventory) -> None:
    folder = rack.folder / "cache"
    options = {
        "talosconfig": "talosconfig",
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(folder),
    }
    first, _said = rack.listed(**options)
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [secret for secret in rack.secrets if secret in file.read_text()] == []
    assert "PRIVATE" not in file.read_text()
    with rack.broken("refuse", *rack.machines):
        assert rack.listed(**options) == (first, "")
        assert "connection refused" in rack.refusal(**options, endpoints=[rack.address])  # asks for something else
        done = rack.run("ansible-inventory", "-i", rack.file(**options), "--list", "--flush-cache")
        assert "connection refused" in done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ---- the lookup


def test_any_resource_is_a_value(rack: Inventory) -> None:
    first, link = f"nodes=['{rack.address}']", rack.machine.spec.nics[0]
    (members, address, both, waiting), _said = rack.looked_up(
        f"query('kubevim.nfvi.talos', 'Members', {first})",
        f"lookup('kubevim.nfvi.talos', 'links', id='{link.name}', {first}).spec.permanentAddr",
        f"query('kubevim.nfvi.talos', 'systeminformation', 'hostname', nodes={rack.addresses[:2]})",
        f"lookup('kubevim.nfvi.talos', 'machinestatus', nodes=['{rack.addresses[2]}']).spec.stage",
    )
    assert [member["spec"]["hostname"] for member in members] == ["e1", "e2"]
    assert {member["node"] for member in members} == {rack.address}
    assert address == link.mac
    assert [(each["node"], each["type"].partition(".")[0]) for each in both] == [
        (address, type_) for address in rack.addresses[:2] for type_ in ("SystemInformations", "HostnameStatuses")
    ]
    assert waiting == "maintenance"


def test_a_question_without_an_answer_is_an_error(rack: Inventory) -> None:
    wrong = {
        "'unicorns'": "there is no resource type unicorns",
        "'links', id='eno9'": "has no LinkStatuses.net.talos.dev eno9 in namespace network",
        "'links', nodes=['127.0.0.1:1']": "node 127.0.0.1:1: connection refused",
        "'links', talosconfig='nowhere'": "talosconfig nowhere: cannot be read",
        "'links', context='other'": "has no context 'other'",
    }
    messages, _output = rack.looked_up(*(f"query('kubevim.nfvi.talos', {question})" for question in wrong))
    for message, said in zip(messages, wrong.values(), strict=True):
        assert said in message


def test_no_secret_is_ever_looked_up(rack: Inventory) -> None:
    found, output = rack.looked_up(*(f"query('kubevim.nfvi.talos', '{type_}')" for type_ in ("mc", "kubeletspecs")))
    assert ["<secret " in json.dumps(each) for each in found] == [True, True]
    assert [secret for secret in rack.secrets if secret in output] == []
