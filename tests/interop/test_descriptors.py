# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Go program compares our Protobuf descriptors with those that Talos' own library registers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from lab.talos import wire

from .tools import DESCRIPTORS


@pytest.fixture(scope="session")
def compare() -> Path:
    """The built program."""
    return DESCRIPTORS.built()


def _run(compare: Path, folder: Path, descriptors: FileDescriptorSet) -> subprocess.CompletedProcess[str]:
    file = folder / "set.pb"
    file.write_bytes(descriptors.SerializeToString())
    return subprocess.run([str(compare), str(file)], capture_output=True, text=True, check=False)


def test_the_simulators_descriptors_are_upstreams(compare: Path, tmp_path: Path) -> None:
    done = _run(compare, tmp_path, wire.descriptor_set())
    assert done.returncode == 0, done.stdout
    assert "74 methods compared, 0 differences" in done.stdout


@pytest.mark.parametrize("broken", ["number", "name", "type", "label", "stream", "method", "message"])
def test_a_difference_is_found(compare: Path, tmp_path: Path, broken: str) -> None:
    descriptors = wire.descriptor_set()
    machine = next(file for file in descriptors.file if file.name == "machine/machine.proto")
    message = next(message for message in machine.message_type if message.name == "VersionInfo")
    field, method = message.field[0], machine.service[0].method[0]
    match broken:
        case "number":
            field.number = 7
        case "name":
            field.name = "label"
        case "type":
            field.type = field.TYPE_BYTES
        case "label":
            field.label = field.LABEL_REPEATED
        case "stream":
            method.server_streaming = True
        case "method":
            del machine.service[0].method[0]
        case "message":
            message.name = "Unicorn"
    done = _run(compare, tmp_path, descriptors)
    assert done.returncode == 1
    assert "1 differences" in done.stdout
