# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""talos_schematic against a factory's API, and by `ansible-playbook` as its documentation promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.talos_schematic import CALL
from tests.promises import playbook
from tests.promises.documented import undocumented

from .image_factory import EMPTY, TWO_ARGUMENTS, ImageFactory

TWO = {"customization": {"extraKernelArgs": ["noapic", "nolapic"]}}
HUGE = ["hugepagesz=1G", "hugepages=16", "hugepagesz=2M", "hugepages=8192"]


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[ImageFactory]:
    with ImageFactory(tmp_path) as running:
        yield running


class Caller:
    """The module as a task calls it, with that factory."""

    def __init__(self, factory: ImageFactory) -> None:
        self.factory = factory
        self.environment = {"REQUESTS_CA_BUNDLE": str(factory.ca)}

    def call(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        self.factory.requests.clear()
        usual = {"talos_version": "v1.13.0", "factory": self.factory.url, "submit": True, "schematic": TWO}
        return run_in_worker(
            CALL, {**usual, **options}, environment=self.environment, check=check, diff=True, progress=str
        )

    def ok(self, **options: Any) -> dict[str, Any]:
        result = self.call(**options)
        assert "failed" not in result, result["msg"]
        return result

    def refused(self, **options: Any) -> dict[str, Any]:
        result = self.call(**options)
        assert result.get("failed"), result
        error: dict[str, Any] = result["error"]
        return error


@pytest.fixture
def caller(factory: ImageFactory) -> Caller:
    return Caller(factory)


def test_it_is_handed_in_once(caller: Caller) -> None:
    actions = [f"create schematic {TWO_ARGUMENTS} at {caller.factory.url}"]
    assert caller.ok(check=True)["actions"] == actions
    assert caller.factory.requests == [f"GET /schematics/{TWO_ARGUMENTS}"]
    done = caller.ok()
    assert done["actions"] == actions
    assert caller.factory.requests == [f"GET /schematics/{TWO_ARGUMENTS}", "POST /schematics"]
    host = caller.factory.url.removeprefix("https://")
    assert done["schematic"] == {
        "id": TWO_ARGUMENTS,
        "yaml": "customization:\n    extraKernelArgs:\n        - noapic\n        - nolapic\n",
        "installer": f"{host}/metal-installer/{TWO_ARGUMENTS}:v1.13.0",
    }
    for check in (True, False):
        assert caller.ok(check=check)["changed"] is False
        assert caller.factory.requests == [f"GET /schematics/{TWO_ARGUMENTS}"]


def test_without_submit_nobody_is_asked(caller: Caller) -> None:
    found = caller.ok(
        submit=False, schematic={}, secureboot=True, registry="mirror.example.com/talos", talos_version="1.13.0"
    )
    assert found["schematic"]["installer"] == f"mirror.example.com/talos/metal-installer-secureboot/{EMPTY}:v1.13.0"
    assert (found["changed"], caller.factory.requests) == (False, [])


def test_extensions_are_the_factorys_unless_they_are_given(caller: Caller) -> None:
    mistaken = {"customization": {"systemExtensions": {"officialExtensions": ["siderolabs/intel-ucodes"]}}}
    error = caller.refused(schematic=mistaken)
    path = "schematic.customization.systemExtensions.officialExtensions[0]"
    assert (error["kind"], error["path"]) == ("invalid_input", path)
    assert "did you mean siderolabs/intel-ucode?" in error["reason"]
    assert "POST /schematics" not in caller.factory.requests
    caller.ok(schematic=mistaken, check=True, known_extensions=["siderolabs/intel-ucodes"])
    assert not [line for line in caller.factory.requests if "extensions" in line]


def test_what_is_found_stops_it_or_is_only_said(caller: Caller) -> None:
    args = {"customization": {"extraKernelArgs": [*HUGE, "nohz_full=2-31"]}}
    error = caller.refused(schematic=args)
    assert error["kind"] == "invalid_input"
    assert "extraKernelArgs[2]: the kernel would get" in error["reason"]
    assert "extraKernelArgs[4]: nohz_full=2-31: the kernel is built without NO_HZ_FULL" in error["reason"]
    assert "POST /schematics" not in caller.factory.requests
    warned = caller.ok(schematic=args, on_finding="warn", check=True)
    assert len(warned["warnings"]) == 3
    assert len(caller.ok(schematic=args, on_finding="warn", check=True, talos_version="v1.15.0")["warnings"]) == 2


# ---- factories that are not as they should be


@pytest.mark.parametrize(
    ("status", "answer", "kind", "said"),
    [
        (201, {"id": EMPTY, "schematic": "customization: {}\n"}, "conflict", f"calls it {EMPTY}"),
        (201, {"id": EMPTY, "schematic": "owner: alice\ncustomization: {}\n"}, "conflict", "give schematic.owner"),
        (201, {"name": "x"}, "unsupported", "no answer of an Image Factory"),
        (201, "<html>", "unsupported", "no answer of an Image Factory"),
        (400, "yaml: line 2: field nope not found", "invalid_input", "field nope not found"),
        (401, "", "unauthenticated", "401"),
        (302, "", "internal", "302"),
        (503, "", "unreachable", "503"),
    ],
)
def test_another_answer_is_one_error(caller: Caller, status: int, answer: Any, kind: str, said: str) -> None:
    caller.factory.status = status
    caller.factory.answer = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
    result = caller.call()
    assert (result["failed"], result["error"]["kind"]) == (True, kind)
    assert caller.factory.url in result["error"]["object"]
    assert said in result["msg"]


def test_something_else_under_its_id_is_refused(caller: Caller) -> None:
    caller.factory.schematics[TWO_ARGUMENTS] = b"customization: {}\n"
    for check in (True, False):
        assert caller.refused(check=check)["kind"] == "conflict"


def test_a_factory_that_is_not_there_is_unreachable_unless_this_run_makes_it(caller: Caller) -> None:
    nobody = "https://127.210.255.254:9"
    error = caller.refused(factory=nobody)
    assert (error["kind"], error["object"], error["path"], error["retryable"]) == (
        "unreachable",
        nobody,
        "factory",
        True,
    )
    told = caller.ok(factory=nobody, check=True, pending=True)
    assert (told["verified"], len(told["actions"])) == (False, 1)


def test_a_foreign_certificate_is_refused(caller: Caller, tmp_path: Path) -> None:
    caller.environment = {"REQUESTS_CA_BUNDLE": str(Path(__file__).with_name("authority.pem"))}
    assert caller.refused()["kind"] == "unauthenticated"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"factory": "http://factory.example.com"}, "factory"),
        ({"factory": "https://a:b@factory.example.com"}, "factory"),
        ({"factory": "factory.example.com"}, "factory"),
        ({"registry": "a b"}, "registry"),
        ({"platform": "../x"}, "platform"),
        ({"talos_version": "latest"}, "talos_version"),
        ({"schematic": {"customization": {"extraKernelArg": []}}}, "schematic.customization.extraKernelArg"),
    ],
)
def test_options_are_refused_at_their_place(caller: Caller, options: dict[str, Any], path: str) -> None:
    error = caller.refused(**options)
    assert (error["kind"], error["path"]) == ("invalid_input", path)
    assert caller.factory.requests == []


# ---- by ansible-playbook


def test_by_playbook_results_are_as_documented_and_secrets_stay_hidden(factory: ImageFactory, tmp_path: Path) -> None:
    secret = "abcdef.0123456789abcdef"
    embedded = {"customization": {"embeddedMachineConfiguration": f"machine:\n  token: {secret}\n"}}
    common = {"talos_version": "v1.13.0", "factory": factory.url}
    tasks = [
        {"name": "named", "kubevim.nfvi.talos_schematic": {**common, "schematic": embedded}},
        {"name": "handed in", "kubevim.nfvi.talos_schematic": {**common, "schematic": TWO, "submit": True}},
        {"name": "again", "kubevim.nfvi.talos_schematic": {**common, "schematic": TWO, "submit": True}},
        {"name": "shipped", "kubevim.nfvi.talos_schematic": {**common, "schematic": TWO, "submit": True}, "async": 60},
        {"name": "refused", "kubevim.nfvi.talos_schematic": {**common, "schematic": {"x": 1}}, "ignore_errors": True},
    ]
    environment = {"REQUESTS_CA_BUNDLE": str(factory.ca)}
    done = playbook.run(tmp_path / "play", tasks, "--diff", environment=environment)
    assert [done[task]["changed"] for task in ("named", "handed in", "again", "shipped")] == [False, True, False, False]
    for task in ("named", "handed in", "again", "refused"):
        assert list(undocumented("talos_schematic", {"failed": False, **done[task]})) == []
    assert secret not in done.output
    assert "<secret " in done["named"]["schematic"]["yaml"]
    checked = playbook.run(tmp_path / "check", tasks[:3], "--check", environment=environment)
    assert [checked[task]["changed"] for task in ("named", "handed in", "again")] == [False] * 3
