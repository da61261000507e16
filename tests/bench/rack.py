# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs of the benchmarks' own; one of them is a rack full of servers that form one cluster."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .measure import Failed, run
from .workplace import ROOT, Task, Workplace

NAME, BLOCK = "bench-rack", 94
# Seconds in which kubelets, all at once, have joined.
_SETTLED = 300.0

Status = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Rack:
    """Where the machines are, and the files that a client needs to talk to them."""

    folder: Path
    addresses: list[str]

    @property
    def talosconfig(self) -> Path:
        return self.folder / "talosconfig"

    @property
    def listed(self) -> Path:
        """The addresses, a line each."""
        return self.folder / "addresses"

    def configuration(self, address: str) -> Path:
        """The machine's configuration."""
        return self.folder / "config" / f"{address}.yaml"


@contextmanager
def lab(workplace: Workplace, name: str, block: int, *options: str) -> Iterator[Status]:
    """A lab that runs as long as the block, and what tells its status; programs are those of this process."""
    state = str(workplace.folder / "state")
    environment = {**os.environ, "XDG_STATE_HOME": state, "PYTHONPATH": str(ROOT / "extensions")}
    workplace.environment["XDG_STATE_HOME"] = state

    def command(*words: str) -> str:
        return run([sys.executable, "-m", "lab", *words, "--name", name], environment, workplace.folder).output

    command("up", "--block", str(block), *options)
    try:
        yield lambda: json.loads(command("status", "--json"))
    finally:
        command("down")


@contextmanager
def rack(workplace: Workplace, count: int, say: Callable[[str], None]) -> Iterator[Rack]:
    """That many machines in one cluster, the first its control plane; they are at rest."""
    timing = {"boot": 0.2, "install": 0.2, "reboot": 0.2}
    file = workplace.write("rack.yml", yaml.safe_dump({"servers": count, "timing": timing}))
    with lab(workplace, NAME, BLOCK, "--file", str(file)) as status:
        machines = Rack(workplace.folder / "rack", [f"127.{BLOCK}.1.{number}" for number in range(1, count + 1)])
        machines.folder.mkdir(mode=0o700)
        machines.listed.write_text("".join(f"{address}\n" for address in machines.addresses))
        done = workplace.playbook(workplace.play("rack", _tasks(machines, status())))
        say(f"{count} machines were switched on and configured in {done.seconds:.0f} s")
        _settle(status)
        yield machines


def _settle(status: Status) -> None:
    """Return when every machine runs: kubelets that still join keep the machine busy that all this runs on."""
    ends = time.monotonic() + _SETTLED
    while {server["stage"] for server in status()["servers"]} != {"running"}:
        if time.monotonic() > ends:
            raise Failed(f"not all machines run after {_SETTLED:g} s")
        time.sleep(1.0)


def _tasks(machines: Rack, status: dict[str, Any]) -> list[Task]:
    """From servers that are off to machines with a configuration."""
    secrets, first = str(machines.folder / "secrets.yaml"), machines.addresses[0]
    cluster = {"name": "rack", "endpoint": f"https://{first}:6443", "cni": "none"}
    versions = {"talos_version": "v1.13.0", "kubernetes_version": "v1.36.0"}
    bmc = {"username": "admin", "ca_cert": f"{status['state']}/bmc-ca.pem"}
    password = Path(status["state"], "bmc-password").read_text().strip()
    bmcs = [{**bmc, "name": each["name"], "url": each["bmc"], "password": password} for each in status["servers"]]
    roles = ["controlplane", *["worker"] * len(machines.addresses)]
    named = [{"name": address, "role": role} for address, role in zip(machines.addresses, roles, strict=False)]
    nodes = [{**node, "install_disk": "/dev/nvme0n1"} for node in named]
    config = {"secrets": secrets, "config_dir": str(machines.folder / "config"), "nodes": nodes}
    talosconfig = {"path": str(machines.talosconfig), "context": "rack", "endpoints": [first]}
    apply = [{"address": node, "config": str(machines.configuration(node))} for node in machines.addresses]
    return [
        {"kubevim.nfvi.bmc_power": {"bmcs": bmcs, "state": "on"}},
        {"kubevim.nfvi.talos_secrets": {"path": secrets, "talos_version": "v1.13.0", "talosconfig": talosconfig}},
        {"kubevim.nfvi.talos_config": {**config, "cluster": {**cluster, **versions}}},
        {"kubevim.nfvi.talos_apply": {"talosconfig": str(machines.talosconfig), "nodes": apply}},
        {"kubevim.nfvi.talos_bootstrap": {"talosconfig": str(machines.talosconfig), "node": first}},
    ]
