# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on a core site that are killed again and again, each time further on, and come to the very same end.

All of it runs as talkatively as it can, and the last test looks for each of the site's secrets in what was said.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
import signal
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from .conftest import ALOUD, core_lab
from .site_lab import CORE, Run, SiteLab, edited, until
from .test_site_core import ADD, C3, REMOVE, REPLACE, RESTART, RESTORE, lose_etcd, members, powers, ready, talosctl
from .test_site_kill import workers
from .test_site_truth import all_secrets

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
UPGRADE, UPGRADE_KUBERNETES = "kubevim.nfvi.upgrade", "kubevim.nfvi.upgrade_kubernetes"
OLD, NEW = ("v1.13.0", "v1.36.3"), ("v1.13.1", "v1.36.4")
ALL = ["c1", "c2", "c3"]
# Between two boots of a machine, or two starts of an API server.
SETTLED_WITHIN = 120.0
# A fourth server, which becomes a worker for a while.
RACK = replace(CORE, file="servers: 4\nvip: true\n")
WORKER = """  - name: w1
    address: 127.{block}.1.4
    mac: "02:7f:{block:02x}:00:04:01"
    bmc:
      url: https://127.{block}.2.4:8443
      username: admin
      password: {{file: $XDG_STATE_HOME/kubevim-nfvi-lab/core/bmc-password}}
      ca: $XDG_STATE_HOME/kubevim-nfvi-lab/core/bmc-ca.pem
"""
ROTATE = """
- hosts: nfvi_sites
  gather_facts: false
  tasks:
    - name: Another CA of the Talos API
      kubevim.nfvi.talos_pki_rotate:
        secrets: "{{ nfvi_state_dir }}/secrets.yaml"
        talosconfig: "{{ nfvi_state_dir }}/talosconfig"
        made_before: "@due"
        nodes:
          - {address: "{{ nfvi_site.nodes[0].address }}", config: "{{ nfvi_state_dir }}/config/c1.yaml"}
          - {address: "{{ nfvi_site.nodes[1].address }}", config: "{{ nfvi_state_dir }}/config/c2.yaml"}
          - {address: "{{ nfvi_site.nodes[2].address }}", config: "{{ nfvi_state_dir }}/config/c3.yaml"}
"""


@dataclass(frozen=True)
class Kill:
    """So many seconds after the last of these tasks has begun: all of the run, or only the worker that is at it."""

    tasks: tuple[str, ...]
    after: float
    worker: bool = False

    def strike(self, lab: SiteLab, *arguments: str, playbook: str) -> Run:
        """Start the run and cut it short."""
        under_way = lab.start(*ALOUD, *arguments, playbook=playbook)
        for task in self.tasks:
            under_way.until_task(task)
        (under_way.kill_worker if self.worker else under_way.kill)(self.after)
        run = under_way.finish()
        assert run.returncode != 0, run.output[-3000:]
        assert self.worker or run.returncode == -signal.SIGKILL, run.output[-3000:]
        until(lambda: not workers(lab.folder), "the end of all workers", 10)
        return run


def settled(lab: SiteLab) -> bool:
    """Whether every machine and the API answer; who comes back earlier is told what does not, and to try again."""
    stages = {server["stage"] for server in lab.servers if server["power"] == "On"}
    with contextlib.suppress(AssertionError):
        return stages <= {"running", "maintenance"} and lab.kubectl("get", "--raw", "/readyz") == "ok"
    return False


def machines_answer(lab: SiteLab) -> bool:
    """Whether every machine does; without etcd there is no API that could."""
    addresses = [f"127.{lab.block}.1.{number}" for number in (1, 2, 3)]
    with contextlib.suppress(AssertionError):
        return all("Server:" in talosctl(lab, "-n", each, "-e", each, "version") for each in addresses)
    return False


def at(*tasks: str, after: float, worker: bool = False) -> Kill:
    return Kill(tasks, after, worker)


def c3_leaves(core: SiteLab) -> AbstractContextManager[None]:
    return core.changed_site(C3, C3 + "    state: absent\n")


def with_a_worker(core: SiteLab, state: str = "") -> AbstractContextManager[None]:
    return core.changed_site("networks:\n", WORKER.format(block=core.block) + state + "networks:\n")


def a_worker_leaves(core: SiteLab) -> AbstractContextManager[None]:
    return with_a_worker(core, "    state: absent\n")


def release(line: str, old: str, new: str) -> Callable[[SiteLab], AbstractContextManager[None]]:
    """Another version in the site's release."""

    def changed(core: SiteLab) -> AbstractContextManager[None]:
        return edited(core.folder / "sites" / "releases" / "lab.yml", line, line.replace(old, new))

    return changed


def as_it_was(_core: SiteLab) -> AbstractContextManager[None]:
    return nullcontext()


def nothing(_core: SiteLab) -> None:
    """Every node is up."""


def c3_is_dead(core: SiteLab) -> None:
    """Another server stands at its place, which has never been switched on."""
    core.lab("down", "--keep")
    shutil.rmtree(core.rack / "s3")
    core.lab("up")
    until(lambda: [server["stage"] for server in core.servers[:2]] == ["running", "running"], "the other two")


def etcd_is_lost(core: SiteLab) -> None:
    """Backed up, and then without a majority."""
    core.run(*ALOUD, playbook="kubevim.nfvi.backup").succeeded()
    lose_etcd(core, 1, 2)


def without_c3(core: SiteLab) -> None:
    assert sorted(members(core)) == ["c1", "c2"]
    assert ready(core) == {"c1": "True", "c2": "True"}
    assert powers(core)[:3] == ["On", "On", "Off"]


def complete(core: SiteLab, others: Sequence[str] = ()) -> None:
    """Three members of etcd on three nodes that are ready and take work, as others do that are no members."""
    assert sorted(members(core)) == ALL
    until(lambda: ready(core) == dict.fromkeys([*ALL, *others], "True"), "ready nodes")
    nodes = json.loads(core.kubectl("get", "nodes", "-o", "json"))["items"]
    assert [node["metadata"]["name"] for node in nodes if node["spec"].get("unschedulable")] == []
    assert powers(core)[:3] == ["On", "On", "On"]


def with_the_worker(core: SiteLab) -> None:
    complete(core, ["w1"])
    assert powers(core)[3] == "On"


def without_the_worker(core: SiteLab) -> None:
    complete(core)
    assert powers(core)[3] == "Off"


def of_the_new_talos(core: SiteLab) -> None:
    complete(core)
    nodes = ",".join(f"127.{core.block}.1.{number}" for number in (1, 2, 3))
    assert talosctl(core, "-n", nodes, "version").count(f"Tag:         {NEW[0]}") == len(ALL)


def of_the_new_kubernetes(core: SiteLab) -> None:
    complete(core)
    version = "jsonpath={.items[*].status.nodeInfo.kubeletVersion}"
    assert core.kubectl("get", "nodes", "-o", version).split() == [NEW[1]] * len(ALL)


@dataclass(frozen=True)
class Operation:
    """A playbook, what leads to it, the kills on its way, and what must be so in the end."""

    playbook: str
    arguments: tuple[str, ...]
    kills: tuple[Kill, ...]
    right: Callable[[SiteLab], None] = complete
    before: Callable[[SiteLab], None] = nothing
    site: Callable[[SiteLab], AbstractContextManager[None]] = as_it_was
    answers: Callable[[SiteLab], bool] = settled


CLUSTER, BATCH = "kubevim.nfvi.talos_cluster : ", "kubevim.nfvi.talos_upgrade : The batch is upgraded"
DRAIN, ETCD = "kubevim.nfvi.k8s_drain : Nodes are", "kubevim.nfvi.talos_etcd_restore : "
CONFIG, BOOTSTRAP = "kubevim.nfvi.config : Every machine", "kubevim.nfvi.bootstrap : Etcd and"
TALOS, KUBERNETES = (
    f"version: {OLD[0]}\n  installer: ghcr.io/siderolabs/installer:{OLD[0]}",
    f"kubernetes:\n  version: {OLD[1]}",
)

# In this order: each begins with what the one before it left.
OPERATIONS = {
    "remove": Operation(
        REMOVE,
        ("-e", "node=c3", *RESTART),
        (
            at(f"{CLUSTER}It runs nothing", after=0.2),
            at(f"{CLUSTER}It has left etcd", after=0.1, worker=True),
            at(f"{CLUSTER}It has left etcd", after=1.0),
            at(f"{CLUSTER}Its server is off", after=0.0),
        ),
        without_c3,
        site=c3_leaves,
    ),
    "add": Operation(
        ADD,
        ("-e", "node=c3"),
        (
            at("kubevim.nfvi.power : ", after=0.2),
            at(CONFIG, after=0.2, worker=True),
            at(BOOTSTRAP, after=0.5),
            at(BOOTSTRAP, after=1.0, worker=True),
        ),
    ),
    "replace": Operation(
        REPLACE,
        ("-e", "node=c3", "-e", "confirm=c3", "-e", "nfvi_replace_patience=5"),
        (
            at(f"{CLUSTER}Etcd has no member", after=0.1),
            at(f"{CLUSTER}Kubernetes does not", after=0.0),
            at(CONFIG, after=0.4),
            at(BOOTSTRAP, after=0.8, worker=True),
        ),
        before=c3_is_dead,
    ),
    "upgrade": Operation(
        UPGRADE,
        (*RESTART, "-e", "nfvi_upgrade_soak=1"),
        (
            at(DRAIN, after=0.1, worker=True),
            at(BATCH, after=0.5),
            at(BATCH, DRAIN, after=0.0),
            at(BATCH, after=1.5, worker=True),
        ),
        of_the_new_talos,
        site=release(TALOS, OLD[0], NEW[0]),
    ),
    "upgrade Kubernetes": Operation(
        UPGRADE_KUBERNETES,
        (),
        (
            at("Nodes run the release's Kubernetes", after=1.0, worker=True),
            at("Nodes run the release's Kubernetes", after=3.0),
            at("The files of their configurations", after=0.1),
        ),
        of_the_new_kubernetes,
        site=release(KUBERNETES, OLD[1], NEW[1]),
    ),
    "rotate": Operation(
        "rotate.yml",
        (),
        (at("Another CA", after=0.7), at("Another CA", after=1.5, worker=True)),
    ),
    "restore": Operation(
        RESTORE,
        ("-e", f"nfvi_restore_confirm={CORE.site}"),
        (
            at(f"{ETCD}Nodes have no data", after=0.1, worker=True),
            at(f"{ETCD}Etcd is what", after=0.5),
            at(f"{ETCD}Etcd is what", after=1.5, worker=True),
        ),
        before=etcd_is_lost,
        answers=machines_answer,
    ),
    "add a worker": Operation(
        ADD,
        ("-e", "node=w1"),
        (
            at("kubevim.nfvi.maintenance : ", after=0.1),
            at(CONFIG, after=0.2, worker=True),
            at(CONFIG, after=0.6),
            at("kubevim.nfvi.network : Kube-OVN", after=0.3),
        ),
        with_the_worker,
        site=with_a_worker,
    ),
    "remove a worker": Operation(
        REMOVE,
        ("-e", "node=w1", *RESTART),
        (
            at(f"{CLUSTER}It runs nothing", after=0.1),
            at(f"{CLUSTER}It has left etcd", after=0.1, worker=True),
            at(f"{CLUSTER}Kubernetes does not", after=0.0),
            at(f"{CLUSTER}Its server is off", after=0.0),
        ),
        without_the_worker,
        site=a_worker_leaves,
    ),
}


@dataclass
class Said:
    """All that runs said, and each secret that the site had at any time, by its name and itself."""

    texts: list[str] = field(default_factory=list)
    secrets: set[tuple[str, str]] = field(default_factory=set)

    def of(self, core: SiteLab, run: Run) -> Run:
        self.texts.append(run.output + json.dumps(run.results))
        self.secrets.update(all_secrets(core.state, core.rack))
        return run


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteLab]:
    """The servers, switched off."""
    with core_lab(Path(tmp_path_factory.mktemp("kill")), RACK) as lab:
        yield lab


@pytest.fixture(scope="module")
def said() -> Said:
    return Said()


@contextmanager
def begun(core: SiteLab, operation: Operation) -> Iterator[str]:
    """The operation is about to be; returns its playbook."""
    operation.before(core)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    (core.folder / "rotate.yml").write_text(ROTATE.replace("@due", now))
    with operation.site(core):
        yield operation.playbook


def test_a_site_with_three_nodes(core: SiteLab, said: Said) -> None:
    said.of(core, core.run(*ALOUD).succeeded())
    complete(core)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_run_that_is_killed_again_and_again_comes_to_its_end(core: SiteLab, said: Said, name: str) -> None:
    operation = OPERATIONS[name]
    with begun(core, operation) as playbook:
        for kill in operation.kills:
            said.of(core, kill.strike(core, *operation.arguments, playbook=playbook))
            until(lambda: operation.answers(core), "what the next run asks", SETTLED_WITHIN)
        said.of(core, core.run(*ALOUD, *operation.arguments, playbook=playbook).succeeded())
        operation.right(core)
        assert said.of(core, core.run(*ALOUD, *operation.arguments, playbook=playbook)).succeeded().changed == 0


def test_no_secret_was_shown_or_lies_open(core: SiteLab, said: Said) -> None:
    assert len(said.secrets) > 20
    assert said.texts
    kept = [path for path in core.state.rglob("*") if path.is_file()]
    assert [path for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    ledgers = [path.read_text() for path in core.state.glob("runs/*/*")]
    assert ledgers
    found = {name for name, secret in said.secrets for text in (*said.texts, *ledgers) if secret in text}
    assert found == set()
