# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one of tests/lab/behaviours is played: what is given, what is done, what is then to be seen with kubectl.

`has` is awaited; `lacks` and `quiet` (neither status nor event) are looked at after a harmless object of the same kind,
made later, has been dealt with: then the controller has been at the one in question as well.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from typing import Any

import yaml

from tests.lab.operators_cluster import Cluster, Obj

WORKING_VM: Obj = {
    "apiVersion": "kubevirt.io/v1",
    "kind": "VirtualMachine",
    "metadata": {"name": "refused", "namespace": "t1"},
    "spec": {
        "runStrategy": "Always",
        "template": {
            "metadata": {},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "domain": {
                    "memory": {"guest": "64Mi"},
                    "devices": {
                        "disks": [{"name": "d", "disk": {"bus": "virtio"}}],
                        "interfaces": [{"name": "default", "masquerade": {}}],
                    },
                },
                "networks": [{"name": "default", "pod": {}}],
                "volumes": [{"name": "d", "containerDisk": {"image": f"disk.example/os@sha256:{'0' * 64}"}}],
            },
        },
    },
}
_LONG = "#" * 2049
_NUMBERS = itertools.count()

#: A harmless object per kind, and what is true of it once its controller has dealt with it.
_HARMLESS: dict[str, tuple[Obj, str]] = {
    "vpc": ({"kind": "Vpc", "spec": {}}, "status.standby"),
    "subnet": ({"kind": "Subnet", "spec": {"cidrBlock": "10.250.NUMBER.0/24"}}, "status.conditions.Ready"),
    "vip": ({"kind": "Vip", "spec": {"subnet": "ovn-default"}}, "status.mac"),
    "security-group": ({"kind": "SecurityGroup", "spec": {}}, "status.portGroup"),
    "ovn-eip": ({"kind": "OvnEip", "spec": {"externalSubnet": "ovn-default"}}, "status.macAddress"),
    "qos-policy": ({"kind": "QoSPolicy", "spec": {}}, "status.bindingType"),
}


def vm_from(changes: Obj) -> Obj:
    """The working VM with changes put on top; null takes a field away, LONG stands for too much text."""
    merged = _merge(copy.deepcopy(WORKING_VM), changes)
    return json.loads(json.dumps(merged).replace('"LONG"', json.dumps(_LONG)))  # type: ignore[no-any-return]


def _merge(base: Obj, changes: Obj) -> Obj:
    for key, value in changes.items():
        if value is None:
            base.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value
    return base


class Play:
    """One behaviour in one cluster; what it makes is deleted afterwards."""

    def __init__(self, cluster: Cluster, case: Obj) -> None:
        self._cluster, self._case = cluster, case
        self._made: list[Obj] = []

    def run(self) -> None:
        try:
            self._act()
        finally:
            self._clear()

    def _act(self) -> None:
        case = self._case
        for obj in case.get("given", []):
            self._create(obj)
        self._look(case.get("first", []))
        if "vm" in case:
            self._create(vm_from(case["vm"]))
        if "change" in case:
            self._change(case["change"])
        if "do" in case:
            self._do(case["do"], case.get("refused"))
        self._look(case.get("between", []))
        if "again" in case:
            self._refused("apply", case["do"]["apply"][0], case["again"])
        self._look(case.get("then", []))

    def _change(self, change: Obj) -> None:
        """Another template for the machine that was made, once it runs."""
        name = self._made[-1]["metadata"]["name"]
        self._cluster.wait("vm", name, lambda o: at(o, "status.ready") is True, "t1")
        patch = json.dumps({"spec": {"template": change}})
        self._cluster.kubectl("patch", "vm", name, "-n", "t1", "--type=merge", "-p", patch)

    def _do(self, step: Obj, refused: list[str] | None) -> None:
        for verb, objects in step.items():
            for obj in objects if isinstance(objects, list) else [objects]:
                if refused:
                    self._refused(verb, obj, refused)
                else:
                    self._create(obj, verb)

    def _create(self, obj: Obj, verb: str = "create") -> None:
        self._made.append(obj)
        self._cluster.kubectl(*_arguments(verb), stdin=obj)

    def _refused(self, verb: str, obj: Obj, texts: list[str]) -> None:
        done = self._cluster.kubectl(*_arguments(verb), stdin=obj, check=False)
        assert done.returncode != 0, f"{verb} was not refused"
        assert [text for text in texts if text not in done.stderr] == [], done.stderr

    def _look(self, checks: list[Obj]) -> None:
        for check in checks:
            if "event" in check:
                self._await_event(check["event"])
            elif "launcher" in check:
                self._look_at_launcher(check)
            else:
                self._look_at(check)

    def _look_at(self, check: Obj) -> None:
        kind, name = next(
            (key, value) for key, value in check.items() if key not in ("has", "lacks", "quiet", "namespace")
        )
        namespace = check.get("namespace")
        if "has" in check:
            try:
                self._cluster.wait(kind, name, lambda o: not differences(check["has"], o), namespace, seconds=20)
            except AssertionError as error:
                seen = self._cluster.get(kind, name, namespace) or {}
                raise AssertionError("\n".join(differences(check["has"], seen)) + f"\n{error}") from None
        if check.get("quiet"):
            self._settle(kind)
            assert self._events(name) == []
        seen = self._cluster.get(kind, name, namespace) or {}
        unwanted = [*check.get("lacks", []), *(["status"] if check.get("quiet") else [])]
        assert [path for path in unwanted if at(seen, path) is not None] == [], yaml.safe_dump(seen)

    def _look_at_launcher(self, check: Obj) -> None:
        selector = f"vm.kubevirt.io/name={check['launcher']}"
        done = self._cluster.kubectl("get", "pod", "-n", check["namespace"], "-l", selector, "-o", "json")
        pods = json.loads(done.stdout)["items"]
        assert len(pods) == 1
        assert differences(check["has"], pods[0]) == []

    def _await_event(self, wanted: Obj) -> None:
        about = wanted["about"]
        fields = {key: value for key, value in wanted.items() if key != "about"}
        for event in self._cluster.stream("events", "-A", f"--field-selector=involvedObject.name={about}"):
            if not differences(fields, event):
                return
        raise AssertionError(f"no such event: {wanted}; seen: {self._events(about)}")

    def _events(self, name: str) -> list[str]:
        selector = f"--field-selector=involvedObject.name={name}"
        done = self._cluster.kubectl("get", "events", "-A", selector, "-o", "json")
        return [f"{event['reason']}: {event['message']}" for event in json.loads(done.stdout)["items"]]

    def _settle(self, kind: str) -> None:
        template, done = _HARMLESS[kind]
        name = f"harmless-{next(_NUMBERS)}"
        obj = json.loads(json.dumps({"apiVersion": "kubeovn.io/v1", **template}).replace("NUMBER", name[9:]))
        self._create({**obj, "metadata": {"name": name}})
        self._cluster.wait(kind, name, lambda o: at(o, done) is not None)

    def _clear(self) -> None:
        """Nobody waits for the end (a test of its own does), but for a Vlan's users, which would hang."""
        last = [obj for obj in self._made if obj["kind"] in ("Vlan", "ProviderNetwork")]
        for items in ([obj for obj in self._made if obj not in last], last):
            if items:
                made = {"apiVersion": "v1", "kind": "List", "items": items}
                wait = "--timeout=30s" if last else "--wait=false"
                self._cluster.kubectl("delete", "-f", "-", "--ignore-not-found", wait, "--grace-period=0", stdin=made)


def _arguments(verb: str) -> list[str]:
    server_side = ["--server-side", "--validate=strict"] if verb == "apply" else ["--validate=strict"]
    return [verb, *server_side, "-f", "-"]


def at(obj: Any, path: str) -> Any:
    """The value at a dotted path; a condition is named by its type. None when there is nothing (or only nothing)."""
    for part in path.split("."):
        if isinstance(obj, list):
            obj = next((entry for entry in obj if entry.get("type") == part), None)
        elif isinstance(obj, dict):
            obj = obj.get(part)
        else:
            return None
    return obj


def differences(wanted: Any, seen: Any, path: str = "") -> list[str]:
    """Where what is seen does not hold what is wanted; conditions and containers are found by type or name."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return [line for key, value in wanted.items() for line in differences(value, seen.get(key), f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(seen, list):
        return _in_lists(wanted, seen, path)
    if isinstance(wanted, str) and wanted.startswith("re:"):
        fits = isinstance(seen, str) and re.fullmatch(wanted[3:], seen, re.DOTALL)
    else:
        fits = wanted == seen
    return [] if fits else [f"{path}: wanted {wanted!r}, saw {seen!r}"]


def _in_lists(wanted: list[Any], seen: list[Any], path: str) -> list[str]:
    lines: list[str] = []
    for index, want in enumerate(wanted):
        key = next((k for k in ("type", "name") if isinstance(want, dict) and k in want), None)
        if key is None:
            return [] if wanted == seen else [f"{path}: wanted {wanted!r}, saw {seen!r}"]
        found = next((entry for entry in seen if entry.get(key) == want[key]), None)
        lines += differences(want, found, f"{path}[{want[key]}]") if found else [f"{path}[{index}]: no {want[key]}"]
    return lines
