# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site before anything of it is there: inventory, roles' arguments, wrong site files, the ledger of a run that fails.

Real ansible programs, and nothing behind them: the servers of these sites are loopback addresses where nobody listens.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import ansible_collections

ROOT = Path(__file__).parents[2]
COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
# A block that no lab uses.
BLOCK = "127.251"


@dataclass(frozen=True)
class Entry:
    """A way into a role, and the options of its argument specification."""

    role: str
    name: str
    options: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.role}/{self.name}"


@dataclass(frozen=True)
class Sites:
    """A copy of the lab's site with its tables, a state directory, and the programs to use them with."""

    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "nfvi.yml"

    @property
    def state(self) -> Path:
        return self.folder / "state" / "kubevim-nfvi" / "edge-lab"

    def ansible(self, program: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this interpreter's Ansible; an untrusted template is an error."""
        return subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
                "ANSIBLE_NOCOLOR": "1",
                "COLUMNS": "500",
                "XDG_STATE_HOME": str(self.folder / "state"),
                "_ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR": "error",
                **environment,
            },
        )

    def playbook(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.ansible("ansible-playbook", "-i", self.inventory, *arguments, **environment)

    def play(self, *tasks: dict[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run tasks on localhost."""
        file = self.folder / "play.yml"
        file.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]))
        return self.ansible("ansible-playbook", "-i", "localhost,", file, **environment)

    def listed(self) -> dict[str, Any]:
        """What ansible-inventory shows; it marks every text that is no template."""
        shown = self.ansible("ansible-inventory", "-i", self.inventory, "--list", "--export")
        found: dict[str, Any] = json.loads(shown.stdout, object_hook=lambda each: each.get("__ansible_unsafe", each))
        return found

    def ledgers(self) -> list[list[dict[str, Any]]]:
        files = sorted(self.state.glob("runs/*/ledger.jsonl"))
        return [[json.loads(line) for line in file.read_text().splitlines()] for file in files]


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    (tmp_path / "extensions").symlink_to(ROOT / "extensions")
    lab = (ROOT / "sites" / "edge-lab.yml").read_text().replace("127.55", BLOCK)
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "edge-lab.yml").write_text(lab)
    for table in ("hardware_types", "packages"):
        (tmp_path / "sites" / table).symlink_to(ROOT / "sites" / table)
    (tmp_path / "sites" / "releases").mkdir()
    (tmp_path / "sites" / "releases" / "lab.yml").write_text((ROOT / "sites" / "releases" / "lab.yml").read_text())
    (tmp_path / "nfvi.yml").write_text("plugin: kubevim.nfvi.nfvi\nsites: [sites/edge-lab.yml]\nnodes: true\n")
    secrets = tmp_path / "state" / "kubevim-nfvi-lab" / "demo"
    secrets.mkdir(parents=True)
    (secrets / "bmc-password").write_text("correct horse\n")
    (secrets / "bmc-ca.pem").write_bytes((ROOT / "tests" / "integration" / "authority.pem").read_bytes())
    return Sites(tmp_path)


def test_a_site_is_a_host_with_everything_expanded(sites: Sites) -> None:
    listed = sites.listed()
    assert listed["nfvi_sites"]["hosts"] == listed["tier_edge"]["hosts"] == listed["zone_lab"]["hosts"] == ["edge-lab"]
    assert listed["edge_lab_nodes"]["hosts"] == ["e1.edge-lab"]
    variables = listed["_meta"]["hostvars"]["edge-lab"]
    assert variables["nfvi_site"]["talos"]["cluster"]["endpoint"] == f"https://{BLOCK}.1.1:6443"
    assert variables["nfvi_site"]["bmcs"][0]["password"] == {
        "file": str(sites.folder / "state/kubevim-nfvi-lab/demo/bmc-password")
    }
    assert variables["nfvi_state_dir"] == str(sites.state)


def test_the_inventory_that_ships_is_right(sites: Sites) -> None:
    ran = sites.ansible("ansible-inventory", "-i", ROOT / "inventories" / "lab", "--graph")
    assert "edge-lab" in ran.stdout, ran.stderr


def test_the_example_of_three_servers_is_right(sites: Sites) -> None:
    sites.inventory.write_text(f"plugin: kubevim.nfvi.nfvi\nsites: [{ROOT}/sites/edge-berlin-01.yml]\n")
    listed = sites.listed()
    site = listed["_meta"]["hostvars"]["edge-berlin-01"]["nfvi_site"]
    assert [node["role"] for node in site["nodes"]] == ["controlplane"] * 3
    assert site["talos"]["cluster"]["endpoint"] == "https://10.20.30.10:6443"


def test_a_site_runs_under_ansible_playbooks_own_python(sites: Sites) -> None:
    ran = sites.ansible("ansible", "-i", sites.inventory, "edge-lab", "-m", "ansible.builtin.ping")
    assert "pong" in ran.stdout, ran.stderr
    shown = sites.ansible(
        "ansible", "-i", sites.inventory, "edge-lab", "-m", "debug", "-a", "var=ansible_python_interpreter"
    )
    assert str(Path(sys.executable).parent) in shown.stdout


def test_wrong_site_files_stop_the_play_before_anything_is_touched(sites: Sites) -> None:
    site = sites.folder / "sites" / "edge-lab.yml"
    site.write_text(site.read_text().replace("https://127", "http://127").replace("release: lab", "release: lba"))
    ran = sites.playbook("kubevim.nfvi.site")
    assert ran.returncode == 2
    assert f"{site}:12: nodes[0].bmc.url: 'http://{BLOCK}.2.1:8443' is not an https URL" in ran.stdout
    assert f"{site}:6: release: no release 'lba'" in ran.stdout
    assert "there are: lab" in ran.stdout
    assert not sites.state.exists()


def test_an_inventory_without_a_site_stops_the_play(sites: Sites) -> None:
    ran = sites.ansible("ansible-playbook", "-i", "localhost,", "kubevim.nfvi.site")
    assert ran.returncode == 2
    assert "no site in this inventory" in ran.stdout


def entry_points() -> Iterator[Entry]:
    """Every way into every role."""
    for role in ROLES:
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())
        for name, spec in specs["argument_specs"].items():
            yield Entry(role, name, spec["options"])


def refusals(sites: Sites, given: Callable[[Entry], dict[str, Any]]) -> Iterator[tuple[Entry, str]]:
    """What each role says to the arguments that it is given, from one play."""
    said = {"ansible.builtin.debug": {"msg": "{{ ansible_failed_result.argument_errors }}"}}
    entries = list(entry_points())
    roles = [
        {
            "vars": given(entry),
            "block": [
                {"ansible.builtin.include_role": {"name": f"kubevim.nfvi.{entry.role}", "tasks_from": entry.name}}
            ],
            "rescue": [{"name": f"refused by {entry.label}", **said}],
        }
        for entry in entries
    ]
    told = sites.play(*roles).stdout
    for entry in entries:
        yield entry, told.partition(f"TASK [refused by {entry.label}]")[2].partition("TASK [")[0]


def test_every_role_names_the_arguments_it_lacks(sites: Sites) -> None:
    for entry, said in refusals(sites, lambda _entry: {}):
        required = sorted(name for name, option in entry.options.items() if option.get("required"))
        assert f"missing required arguments: {', '.join(required)}" in said


def test_every_role_refuses_arguments_of_the_wrong_type(sites: Sites) -> None:
    def wrong(entry: Entry) -> dict[str, Any]:
        kinds = {"list": {"not": "a list"}, "dict": ["not a mapping"], "int": "many", "bool": "perhaps"}
        return {name: kinds[option["type"]] for name, option in entry.options.items() if option["type"] in kinds}

    for entry, said in refusals(sites, wrong):
        assert all(f"argument '{name}' is of type" in said for name in wrong(entry))


def resolved(sites: Sites, reference: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Compare what a reference resolves to with the secret, without showing either."""
    that = "query('kubevim.nfvi.secret', [{'password': reference}])[0].password == 'correct horse'"
    task = {"ansible.builtin.assert": {"that": that}, "vars": {"reference": reference}}
    return sites.play(task, **environment)


def test_secrets_are_resolved_where_they_are_used(sites: Sites) -> None:
    vault, password = sites.folder / "vault.yml", sites.folder / "vault-password"
    password.write_text("open sesame\n")
    vault.write_text("bmc: correct horse\n")
    sites.ansible("ansible-vault", "encrypt", "--vault-password-file", password, vault)
    assert vault.read_text().startswith("$ANSIBLE_VAULT")
    file = sites.folder / "state/kubevim-nfvi-lab/demo/bmc-password"
    assert resolved(sites, {"file": str(file)}).returncode == 0
    assert resolved(sites, {"env": "SOME_SECRET"}, SOME_SECRET="correct horse").returncode == 0
    opened = {"ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
    assert resolved(sites, {"vault": str(vault), "key": "bmc"}, **opened).returncode == 0
    assert resolved(sites, {"env": "SOME_SECRET"}, SOME_SECRET="another").returncode == 2


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"file": "/nowhere/secret"}, "secret in file /nowhere/secret: No such file or directory"),
        ({"env": "UNSET_SECRET"}, "secret in environment variable UNSET_SECRET: it is not set"),
        ({"vault": "/nowhere/vault.yml", "key": "a"}, "secret in vault /nowhere/vault.yml"),
    ],
)
def test_a_reference_to_nothing_is_told(sites: Sites, reference: dict[str, str], expected: str) -> None:
    ran = resolved(sites, reference)
    assert ran.returncode == 2
    assert expected in ran.stdout + ran.stderr


def test_a_run_that_fails_says_so_and_gives_the_site_back(sites: Sites) -> None:
    ran = sites.playbook("kubevim.nfvi.site", "-e", "unused=hunter2", "-vvv", "--diff")
    assert ran.returncode == 2
    assert "the next run goes on at phase power" in ran.stdout
    assert "Traceback" not in ran.stdout
    assert "correct horse" not in ran.stdout
    (entries,) = sites.ledgers()
    assert [entry["event"] for entry in entries] == ["run started", "phase started", "run failed"]
    assert "hunter2" not in json.dumps(entries)
    assert (entries[-1]["error"]["kind"], entries[-1]["error"]["retryable"]) == ("unreachable", True)
    assert entries[-1]["next"]["resume"] == "power"
    assert (sites.state / "lock").read_text() == ""
    assert sites.playbook("kubevim.nfvi.site").returncode == 2
    assert len(sites.ledgers()) == 2


def test_one_phase_can_be_run_alone(sites: Sites) -> None:
    ran = sites.playbook("kubevim.nfvi.site", "--tags", "network")
    assert ran.returncode == 2
    (entries,) = sites.ledgers()
    assert [entry.get("phase") for entry in entries] == [None, "network", "network"]


def test_check_mode_writes_nothing_at_all(sites: Sites) -> None:
    ran = sites.playbook("kubevim.nfvi.site", "--check", "--diff")
    assert ran.returncode == 2
    assert "server e1: bmcs[0]: connection refused" in ran.stdout
    assert not sites.state.exists()


def test_two_runs_at_the_same_time_are_one_too_many(sites: Sites) -> None:
    sites.playbook("kubevim.nfvi.site")
    lock = {
        "process": {"host": os.uname().nodename, "pid": os.getpid(), "started": started()},
        "since": "now",
        "command": "x",
    }
    (sites.state / "lock").write_text(json.dumps(lock))
    ran = sites.playbook("kubevim.nfvi.site")
    assert ran.returncode == 2
    assert f"another run works on this site: process {os.getpid()}" in ran.stdout
    assert len(sites.ledgers()) == 1


def started() -> int:
    """When this process started, in clock ticks since boot (proc(5))."""
    return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
