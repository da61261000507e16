# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's control socket: one JSON line each way, in the state directory, for its owner only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

SOCKET = "control.sock"
Json = Any
Handler = Callable[[Json], Awaitable[Json]]


class NotRunning(Exception):
    """No simulator answers in this state directory."""


class Denied(Exception):
    """The simulator refused the request; the message says why."""


async def listen(state: Path, handler: Handler) -> asyncio.Server:
    """Serve ``handler`` in ``state``; a ValueError it raises becomes the caller's Denied."""
    with contextlib.suppress(FileNotFoundError):
        (state / SOCKET).unlink()
    with _short_path(state) as path:
        server = await asyncio.start_unix_server(lambda reader, writer: _answer(handler, reader, writer), path)
    (state / SOCKET).chmod(0o600)
    return server


def ask(state: Path, request: Json, timeout: float = 30.0) -> Json:
    """Send ``request`` and return the answer; raises NotRunning or Denied."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            with _short_path(state) as path:
                connection.connect(path)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(connection.makefile().readline() or "null")
        except (OSError, ValueError) as problem:
            raise NotRunning(str(problem)) from problem
    if answer is None:
        raise NotRunning("the simulator ended before it answered")
    if "denied" in answer:
        raise Denied(answer["denied"])
    return answer["result"]


async def _answer(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        answer = {"result": await handler(json.loads(await reader.readline()))}
    except ValueError as refusal:
        answer = {"denied": str(refusal)}
    writer.write(json.dumps(answer).encode() + b"\n")
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.close()


@contextlib.contextmanager
def _short_path(state: Path) -> Iterator[str]:
    """A path to the socket of less than 108 bytes (unix(7)), however deep the state directory lies."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)
