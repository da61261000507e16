# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService that hand out credentials: Kubeconfig, GenerateClientConfiguration."""

from __future__ import annotations

import base64
import datetime
import gzip
import io
import tarfile
import time
from collections.abc import AsyncIterator
from typing import Any

import yaml
from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .call import Call, Streaming, Unary, check_control_plane, data, reply
from .pki import Authority, client_certificate
from .roles import of_organizations


async def kubeconfig(call: Call, request: Any) -> AsyncIterator[Message]:
    """A fresh admin kubeconfig in a .tar.gz, as one message."""
    check_control_plane(call, "kubeconfig")
    try:
        text = call.machine.kubernetes.kubeconfig(call.machine.spec).encode()
    except LookupError as problem:
        raise GRPCError(Status.UNKNOWN, str(problem)) from problem
    yield data(_archive("kubeconfig", text))


def _archive(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
        tar.addfile(member, io.BytesIO(content))
    return gzip.compress(archive.getvalue())


async def generate_client_configuration(call: Call, request: Any) -> Message:
    """A client certificate for the roles asked for, and a talosconfig with it."""
    check_control_plane(call, "generate client configuration")
    life = request.crt_ttl.seconds
    if life <= 0:
        raise GRPCError(Status.INVALID_ARGUMENT, "crt_ttl should be positive")
    active = call.machine.active
    assert active is not None  # a control plane is configured
    authority_pem = active.pem("machine.ca.crt")
    roles = sorted(of_organizations(list(request.roles)))
    authority = Authority.parse(authority_pem, active.pem("machine.ca.key"))
    issued = client_certificate(authority, roles, datetime.timedelta(seconds=life))
    name = active.get("cluster.clusterName", "")
    context = f"{roles[0].removeprefix('os:')}@{name}" if len(roles) == 1 else name
    files = {"ca": authority_pem, "crt": issued.certificate_pem, "key": issued.talos_key_pem}
    entry = {key: base64.b64encode(content).decode() for key, content in files.items()}
    talosconfig = yaml.safe_dump(
        {"context": context, "contexts": {context: {"endpoints": [], **entry}}}, sort_keys=False
    )
    return reply("machine.GenerateClientConfigurationResponse", **files, talosconfig=talosconfig.encode())


UNARY: dict[str, Unary] = {"GenerateClientConfiguration": generate_client_configuration}
STREAMING: dict[str, Streaming] = {"Kubeconfig": kubeconfig}
