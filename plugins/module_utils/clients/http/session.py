# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET and POST over HTTP(S), as `requests` does it: proxies, ~/.netrc and REQUESTS_CA_BUNDLE are honoured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ...core.error import InvalidInput, Unauthenticated
from ...core.library import absent
from . import errors

try:
    import requests
except ImportError as exc:
    absent("requests", exc)

CONNECT, READ = 10.0, 60.0
"""Seconds within which a server takes a connection, and within which it sends its next piece."""
LARGEST = 128 << 20
"""Bytes of an answer; the manifests and charts of whole platforms are a tenth of it."""
_PIECE = 1 << 18


@dataclass(frozen=True)
class Answer:
    """An answer of any status; ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def expected(self, status: int = 200) -> Answer:
        """The answer itself when it is that success; raises the error that it stands for otherwise."""
        if self.status != status:
            raise errors.refused(self.status)
        return self


class Session:
    """One or more requests whose connections are shared."""

    def __init__(self) -> None:
        self._session = requests.Session()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, url: str, headers: Mapping[str, str] | None = None, *, bearer: str = "") -> Answer:
        """The answer, whatever its status; ``bearer`` is a token for that host alone."""
        return self._send("GET", url, headers, auth=_bearer(bearer) if bearer else None)

    def post(self, url: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, whatever its status; a redirection is one, for it would turn the POST into a GET."""
        return self._send("POST", url, headers, data=content, allow_redirects=False)

    def _send(self, method: str, url: str, headers: Mapping[str, str] | None, **more: Any) -> Answer:
        """Raises `Unreachable` without an answer, `Unauthenticated` for a foreign certificate or a way that leaves TLS,
        `InvalidInput` for an address that is none and for an answer without end.
        """
        try:
            with self._session.request(
                method,
                url,
                headers={"Accept-Encoding": "identity", **(headers or {})},
                timeout=(CONNECT, READ),
                stream=True,
                **more,
            ) as response:
                _stays_safe(response)
                lower = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, lower, _content(response))
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as exc:
            raise InvalidInput("not an address of the web") from exc
        except requests.RequestException as exc:
            raise errors.unanswered(exc) from exc


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """The token, in the way of ~/.netrc, which would replace it in the headers."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _stays_safe(response: requests.Response) -> None:
    """Who asked over TLS is not led out of it by a redirection."""
    way = [each.url for each in (*response.history, response)]
    if way[0].startswith("https://") and not all(url.startswith("https://") for url in way):
        raise Unauthenticated(f"redirects to {way[-1]}, which is not protected by TLS")


def _content(response: requests.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_content(_PIECE):
        content += piece
        if len(content) > LARGEST:
            raise InvalidInput(f"is larger than {LARGEST >> 20} MiB")
    return bytes(content)
