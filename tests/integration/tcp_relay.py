# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP relay whose connections can be cut, and which can stop listening: a network that fails on request."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class TcpRelay:
    """Listens on 127.210.255.2 and passes bytes on to ``target``, (address, port)."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.accepted = 0
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.210.255.2", 0))
        self.port = self._listener.getsockname()[1]
        self.address = "127.210.255.2"

    def __enter__(self) -> TcpRelay:
        self._serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()

    def cut(self) -> None:
        """Reset every connection."""
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def refuse(self) -> None:
        """Cut all, and take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def listen_again(self) -> None:
        """The opposite of `refuse`."""
        self._listener = socket.create_server((self.address, self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _peer = listener.accept()
                far = socket.create_connection(self._target)
                self.accepted += 1
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
