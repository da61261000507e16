# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk images as files, and one of them sent over TLS to a server that takes it, refuses it, or hangs up."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import os
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.upload import Server, post
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Conflict,
    InvalidInput,
    NfviError,
    Unauthenticated,
    Unreachable,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.upload import image
from lab.operators.webhook import self_signed

TOKEN = "hunter2-token"
MIB = 1 << 20


def silent(done: int, size: int) -> None:
    pass


# ---- files


def test_a_raw_image_is_as_large_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "disk.img"
    file.write_bytes(b"x" * 1000)
    found = image.look(file)
    assert (found.form, found.size, found.disk) == ("raw", 1000, 1024)
    seen: list[int] = []
    assert image.digest(found, lambda done, _size: seen.append(done)) == hashlib.sha256(b"x" * 1000).hexdigest()
    assert seen == [1000]


def test_a_qcow2_image_says_how_large_its_disk_is(tmp_path: Path) -> None:
    file = tmp_path / "disk.qcow2"
    file.write_bytes(b"QFI\xfb" + struct.pack(">I", 3) + bytes(16) + struct.pack(">Q", 10 * 2**30) + bytes(80))
    assert (image.look(file).form, image.look(file).disk) == ("qcow2", 10 * 2**30)


def test_a_compressed_image_does_not(tmp_path: Path) -> None:
    file = tmp_path / "disk.gz"
    file.write_bytes(gzip.compress(b"x"))
    assert (image.look(file).form, image.look(file).disk) == ("gz", 0)


@pytest.mark.parametrize("content", [None, b""])
def test_no_image(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "disk"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        image.look(file)
    assert refused.value.path == ("file",)


# ---- the wire


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes what its path says: all of it, nothing, or half."""

    protocol_version = "HTTP/1.1"
    got: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if self.path.startswith("/cut"):
            self.rfile.read(length // 2)
            self.close_connection = True
            return
        digest = hashlib.sha256()
        status = int(self.path.rpartition("/")[2])
        while status < 300 and length:
            piece = self.rfile.read(min(length, 1 << 16))
            digest.update(piece)
            length -= len(piece)
        self.got.append((self.path, self.headers["Authorization"], digest.hexdigest()))
        said = b"" if status < 300 else b"rejecting Upload Request"
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = True

    def log_message(self, *_told: object) -> None:
        pass


@contextmanager
def server() -> Iterator[tuple[str, bytes]]:
    """Its address and its certificate."""

    tls, bundle = self_signed("127.0.0.1")
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.socket = tls.wrap_socket(found.socket, server_side=True)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{found.server_port}", base64.b64decode(bundle)
    finally:
        found.shutdown()
        found.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "disk.img"
    made.write_bytes(b"0123456789abcdef" * (MIB // 4))
    return made


def test_a_file_arrives_as_it_is(file: Path) -> None:
    seen: list[tuple[int, int]] = []
    with server() as (url, ca):
        post(Server(f"{url}/proxy/", ca), "/v1beta1/200", file, TOKEN, lambda *told: seen.append(told))
    path, authorization, digest = Handler.got[-1]
    assert (path, authorization) == ("/proxy/v1beta1/200", f"Bearer {TOKEN}")
    assert digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert seen[-1] == (4 * MIB, 4 * MIB)
    assert [done for done, _size in seen] == sorted(done for done, _size in seen)


def test_a_large_file_never_lies_in_memory(tmp_path: Path) -> None:
    large = tmp_path / "large.img"
    large.touch()
    os.truncate(large, 64 * MIB)
    with server() as (url, ca):
        tracemalloc.start()
        try:
            image.digest(image.look(large), silent)
            post(Server(url, ca), "/200", large, TOKEN, silent)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * MIB


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/401", Unauthenticated, "401 Unauthorized"),
        ("/503", Unreachable, "rejecting Upload Request"),
        ("/409", Conflict, "it has been uploaded before"),
        ("/cut", Unreachable, "127.0.0.1"),
    ],
)
def test_refusals_are_heard_though_all_was_not_sent_and_tell_no_token(
    file: Path, path: str, error: type[NfviError], text: str
) -> None:
    with server() as (url, ca), pytest.raises(error, match=text) as refused:
        post(Server(url, ca), path, file, TOKEN, silent)
    assert TOKEN not in str(refused.value) + repr(refused.value)


def test_a_foreign_certificate_gets_no_token(file: Path) -> None:
    before = len(Handler.got)
    with server() as (url, _ca):
        with pytest.raises(Unauthenticated, match="is not to be trusted"):
            post(Server(url), "/200", file, TOKEN, silent)
        with pytest.raises(InvalidInput, match="is not PEM"):
            post(Server(url, b"nonsense"), "/200", file, TOKEN, silent)
    assert len(Handler.got) == before


def test_nobody_there_and_no_tls(file: Path) -> None:
    with pytest.raises(Unreachable):
        post(Server("https://127.0.0.1:1"), "/200", file, TOKEN, silent)
    with pytest.raises(InvalidInput, match="no https address"):
        post(Server("http://127.0.0.1:1"), "/200", file, TOKEN, silent)
