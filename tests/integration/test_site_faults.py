# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad luck: one clear error each, nothing half-done, and the next run goes on from there."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from .conftest import Way
from .site_lab import Run, SiteLab, edited, until
from .throwaway_pki import Authority

Trouble = Callable[[SiteLab], AbstractContextManager[None]]


@dataclass(frozen=True)
class Told:
    """What a user is told: the error's kind, and patterns for its object, reason and hint; whether a retry may help."""

    kind: str
    object: str
    reason: str
    hint: str
    retryable: bool

    def by(self, run: Run) -> None:
        """Check that this, and nothing worse, is what the run told."""
        assert run.returncode == 2, run.output[-3000:]
        assert "Traceback" not in run.output
        error = run.error
        assert (error["kind"], error["retryable"]) == (self.kind, self.retryable), error
        for key in ("object", "reason", "hint"):
            assert re.search(getattr(self, key), error[key]), (key, error)
        assert run.output.count("fatal: ") == 2, run.output  # the task, and the run that ends with it


# ---- before anything is there: the BMC


@contextmanager
def other_password(lab: SiteLab) -> Iterator[None]:
    with lab.changed_site(f"{{file: $XDG_STATE_HOME/kubevim-nfvi-lab/{lab.rack.name}/bmc-password}}", "{env: OTHER}"):
        yield


@contextmanager
def other_authority(lab: SiteLab) -> Iterator[None]:
    (lab.folder / "sites" / "other-ca.pem").write_bytes(Authority().certificate)
    with lab.changed_site(f"$XDG_STATE_HOME/kubevim-nfvi-lab/{lab.rack.name}/bmc-ca.pem", "other-ca.pem"):
        yield


@contextmanager
def other_mac(lab: SiteLab) -> Iterator[None]:
    with lab.changed_site(f"02:7f:{lab.block:02x}:00:01:01", "02:00:00:00:00:99"):
        yield


def fault(name: str, target: str, *options: str) -> Trouble:
    return lambda lab: lab.fault(name, target, *options)


BMC: dict[str, tuple[Trouble, Told]] = {
    "no BMC answers": (
        fault("refuse", "bmc:s1"),
        Told("unreachable", "server e1", "connection refused", "web service.*goes on at phase power", True),
    ),
    "the BMC is broken": (
        fault("error-500", "bmc:s1"),
        Told("internal", "server e1", "GET /redfish/v1/: 500", "log.*goes on at phase power", True),
    ),
    "wrong password": (
        other_password,
        Told("unauthenticated", "server e1", "user name and password", "check username and password", False),
    ),
    "a stranger's certificate": (
        other_authority,
        Told("unauthenticated", "server e1", "certificate is not accepted", "set ca_cert", False),
    ),
    "a server with another MAC": (
        other_mac,
        Told("precondition", "server e1", "no port has 02:00:00:00:00:99; found 02:7f:", "url and macs", False),
    ),
}


def test_trouble_with_a_bmc_is_told_and_touches_nothing(way: Way) -> None:
    lab = way.at("empty")
    before = lab.untouched()["machine"]
    for name, (trouble, told) in BMC.items():
        with trouble(lab):
            told.by(lab.run(OTHER="not the password"))
        assert (name, lab.untouched()["machine"], lab.server["power"]) == (name, before, "Off")
    assert lab.run("--tags", "power").succeeded().actions[-1] == "power-on server e1"


# ---- bad input: refused by name and place, before anything is touched


# What is wrong in which file, and what is said of it.
WRONG = {
    "site-and-release": [
        ("edge-lab.yml", "cidr: 10.60.0.0/24", "cidr: 10.60.0.0/240", r"edge-lab.yml:\d+: .*10\.60\.0\.0/240"),
        ("edge-lab.yml", "hardware: lab-server", "hardwear: lab-server", r"edge-lab.yml:\d+: hardwear.*hardware"),
        ("releases/lab.yml", "version: v1.36.3", "version: v1.2.3", r"lab.yml:\d+: kubernetes.version: .*v1.2.3"),
    ],
    "unsupported-talos": [
        ("releases/lab.yml", "version: v1.13.0", "version: v1.99.0", r"lab.yml:\d+: talos.version: Talos v1.99.0"),
    ],
    "descriptor": [
        ("packages/fw-demo/descriptor.yml", "vcpu: 2", "vcpu: two", r"descriptor.yml.*vdus\[0\].vcpu: a whole number"),
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_stops_the_run_before_anything_is_touched(way: Way, name: str) -> None:
    lab = way.once("finished")
    untouched, mark = lab.untouched(), lab.audited
    with contextlib.ExitStack() as stack:
        for file, before, after, _said in WRONG[name]:
            stack.enter_context(edited(lab.folder / "sites" / file, before, after))
        stack.enter_context(lab.fault("delay", "bmc:s1", "--count", "1", "--seconds", "0"))
        run = lab.run()
        assert "count 1" in lab.lab("fault", "--list")  # nobody has talked to the BMC
    assert run.returncode == 2
    assert [said for *_edit, said in WRONG[name] if not re.search(said, run.output)] == [], run.output
    assert "Traceback" not in run.output
    assert lab.untouched() == untouched
    assert lab.writes(mark) == []


# ---- Talos


@contextmanager
def no_such_disk(lab: SiteLab) -> Iterator[None]:
    with edited(lab.folder / "sites" / "hardware_types" / "lab-server.yml", "/dev/nvme0n1", "/dev/sdz"):
        yield


def node(kind: str, reason: str, hint: str = "goes on at phase config") -> Told:
    return Told(kind, r"node 127\.\d+\.1\.1$", reason, hint, False)


TALOS: dict[str, tuple[Trouble, Told]] = {
    "stuck": (fault("stuck-maintenance", "s1"), node("never_ready", "is back in maintenance mode")),
    "install-fails": (fault("install-fails", "s1"), node("never_ready", "did not install.*no space left on device")),
    "no-such-disk": (no_such_disk, node("never_ready", "did not install.*'/dev/sdz' does not exist")),
}


@pytest.mark.full
@pytest.mark.parametrize("name", TALOS)
def test_a_node_that_never_comes_up(way: Way, name: str) -> None:
    lab, (trouble, told) = way.at("empty"), TALOS[name]
    with trouble(lab):
        told.by(lab.run())
    until(lambda: lab.server["stage"] == "maintenance", "maintenance mode")
    way.converge()


@pytest.mark.full
def test_a_machine_of_another_cluster_is_left_alone(way: Way) -> None:
    """The site's secrets are gone, and new ones are made: the machine has another cluster's certificate now."""
    lab, away = way.at("half"), way.lab.folder / "away"
    shutil.rmtree(away, ignore_errors=True)
    away.mkdir()
    machine = lab.untouched()["machine"]
    for name in ("secrets.yaml", "talosconfig", "kubeconfig", "config"):
        (lab.state / name).rename(away / name)
    node("precondition", "no talosconfig", "reset the machine.*goes on at phase maintenance").by(lab.run())
    for arguments, phase in ((("--tags", "config"), "config"), ((), "maintenance")):
        told = node("unauthenticated", "certificate is not accepted", f"another cluster.*phase {phase}")
        told.by(lab.run(*arguments))
    assert lab.untouched()["machine"] == machine
    shutil.rmtree(lab.state / "config")
    for path in away.iterdir():
        path.replace(lab.state / path.name)
    way.converge()


# ---- Kubernetes

# A connection that is just being made when the trouble begins is cut.
CUT = "TLS failed|connection (lost|reset|refused)|cut"
API: dict[str, tuple[Trouble, str]] = {
    "killed": (fault("kill-apiserver", "s1"), CUT),
    "refuses": (fault("refuse", "api:s1"), CUT),
    "drops": (fault("drop", "api:s1", "--seconds", "0"), CUT),
    "429": (fault("error-429", "api:s1"), f"too many requests|{CUT}"),
    "503": (fault("error-503", "api:s1"), f"503|{CUT}"),
}


@pytest.mark.full
@pytest.mark.parametrize("name", API)
def test_the_api_server_goes_down_in_the_middle_of_an_apply(way: Way, name: str) -> None:
    lab, (trouble, reason) = way.at("half"), API[name]
    playbook = lab.start()
    playbook.until_task("kubevim.nfvi.network : Kube-OVN is installed")
    with trouble(lab):
        Told("unreachable", "", reason, "goes on at phase network", True).by(playbook.finish())
    assert lab.ledger[-1]["next"]["resume"] == "network"
    way.converge()


@pytest.mark.full
def test_an_api_server_that_is_away_for_a_moment_is_no_failure(way: Way) -> None:
    lab = way.at("half")
    playbook = lab.start()
    playbook.until_progress("k8s_component")  # who never reached a server does not wait for it
    with lab.fault("refuse", "api:s1", "--seconds", "3"):
        assert "trying again" in playbook.finish().succeeded().output


@contextmanager
def too_much_memory(lab: SiteLab) -> Iterator[None]:
    with edited(lab.folder / "sites" / "packages" / "fw-demo" / "descriptor.yml", "memory: 2Gi", "memory: 512Gi"):
        yield


@pytest.mark.full
@pytest.mark.parametrize("name", ["by-fault", "too-big"])
def test_a_vm_that_cannot_be_scheduled(way: Way, name: str) -> None:
    lab = way.at("half")
    trouble = {"by-fault": fault("vm-unschedulable", "*"), "too-big": too_much_memory}[name]
    with trouble(lab):
        Told("never_ready", "VirtualMachine fw-demo/fw-demo-fw-0", "0/1 nodes are available", "phase vnfs", False).by(
            lab.run()
        )
    assert lab.ledger[-1]["next"]["remaining"] == ["vnfs", "verify"]
    way.converge()
