# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redfish service (DMTF DSP0266) over `requests`: sessions, entity tags, redirects, busy answers. No decisions."""

from __future__ import annotations

import http
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

from ...core.clock import Clock, SystemClock
from ...core.error import Internal, NfviError, Unsupported
from ...core.library import absent
from ...core.path import Json, dig
from .errors import refused, unanswered

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry
except ImportError as exc:
    absent("requests", exc)

ROOT = "/redfish/v1/"
CONNECT = 5.0
"""Seconds within which a BMC takes a connection; those that live answer a SYN at once."""
READ = 60.0
"""Seconds within which a BMC answers; slow ones think for half a minute about an inventory."""
PATIENCE = 30.0
"""Seconds for which a request is repeated while the BMC says that it is busy."""
_REDIRECTS = 3
_BUSY = (429, 503)


@dataclass(frozen=True)
class Endpoint:
    """Where a BMC is and who we are there. ``url`` is scheme, host and port; ``ca_cert`` a PEM file or None."""

    url: str
    username: str
    password: str = field(repr=False)
    ca_cert: str | None = None
    validate_certs: bool = True


@dataclass(frozen=True)
class Resource:
    """A resource as it was read; ``etag`` is empty when the service has none for it."""

    path: str
    body: dict[str, Any]
    etag: str = ""


class Redfish:
    """One BMC, for one thread at a time. Logs in when the first request needs it, logs out at the end of the block.

    A session is used where the service has them (a BMC checks a password for seconds and logs each check), else basic
    authentication. Every method raises `NfviError`: `Unreachable`, `Unauthenticated` (password, certificate),
    `Forbidden`, `NotFound`, `Conflict`, `StalePlan`, `Unsupported`, `Internal`.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock | None = None) -> None:
        self._endpoint = endpoint
        self._clock = clock or SystemClock()
        self._http = _pool(endpoint)
        self._session_path = ""
        self._known = False

    def __enter__(self) -> Redfish:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Log out (BMCs have few sessions) and close the connections."""
        if self._session_path:
            with suppress(NfviError):  # it expires by itself; what was asked for is done
                self._exchange("DELETE", self._session_path)
        self._session_path = ""
        self._http.close()

    def get(self, path: str) -> Resource:
        """The resource at ``path``."""
        answer = self._ask("GET", path)
        return Resource(path, _object(answer, path), answer.headers.get("ETag", ""))

    def members(self, path: str) -> Iterator[str]:
        """The paths of a collection's members, over all its pages."""
        while path:
            page = self.get(path).body
            yield from (str(member["@odata.id"]) for member in page.get("Members", []))
            path = str(page.get("Members@odata.nextLink") or "")

    def patch(self, resource: Resource, changes: Json) -> None:
        """Change the resource, provided that it still is what was read (If-Match)."""
        self._ask("PATCH", resource.path, changes, {"If-Match": resource.etag} if resource.etag else {})

    def post(self, path: str, body: Json) -> str:
        """Carry out an action; returns the path of the task that goes on with it, if one does (202, DSP0266 §9.8)."""
        answer = self._ask("POST", path, body)
        task = _json(answer) if answer.status_code == http.HTTPStatus.ACCEPTED else None
        return str(dig(task, ("@odata.id",)) or "")

    def _ask(
        self, method: str, path: str, body: Json = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Send a request as somebody; a session that has expired is opened anew, once."""
        if not self._known:
            self._login()
        answer = self._exchange(method, path, body, headers)
        if answer.status_code == http.HTTPStatus.UNAUTHORIZED and self._session_path:
            self._session_path = ""
            self._login()
            answer = self._exchange(method, path, body, headers)
        return _accepted(answer)

    def _login(self) -> None:
        """Open a session; where there are none, or none is free, authenticate each request.

        A wrong password is not tried a second way: BMCs count failures and lock accounts.
        """
        self._http.headers.pop("X-Auth-Token", None)
        self._http.auth = None
        root = _object(_accepted(self._exchange("GET", ROOT)), ROOT)
        sessions = dig(root, ("Links", "Sessions", "@odata.id"))
        if not (sessions and self._open_session(str(sessions))):
            self._http.auth = (self._endpoint.username, self._endpoint.password)
        self._known = True

    def _open_session(self, path: str) -> bool:
        body = {"UserName": self._endpoint.username, "Password": self._endpoint.password}
        answer = self._send("POST", path, body, {})
        if answer.status_code in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
            raise _refusal(answer)
        token = answer.headers.get("X-Auth-Token", "")
        if not (answer.ok and token):
            return False
        self._http.headers["X-Auth-Token"] = token
        self._session_path = urlsplit(answer.headers.get("Location", "")).path
        return True

    def _exchange(
        self, method: str, path: str, body: Json = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Send a request, again while the BMC says it is busy, and where it points us to on its own address."""
        end = self._clock.now() + PATIENCE
        redirects = 0
        while True:
            answer = self._send(method, path, body, headers or {})
            pause = _seconds(answer.headers.get("Retry-After", ""))
            if answer.status_code in _BUSY and self._clock.now() + pause < end:
                self._clock.sleep(pause)
            elif answer.is_redirect and redirects < _REDIRECTS:
                path, redirects = answer.headers["Location"], redirects + 1
            else:
                return answer

    def _send(self, method: str, path: str, body: Json, headers: dict[str, str]) -> requests.Response:
        try:
            return self._http.request(
                method, self._url(path), json=body, headers=headers, timeout=(CONNECT, READ), allow_redirects=False
            )
        except requests.RequestException as error:
            raise unanswered(error) from error

    def _url(self, path: str) -> str:
        """``path`` on this BMC. Credentials go nowhere else, whatever a link or a redirect says."""
        url = urljoin(self._endpoint.url, path)
        if urlsplit(url)[:2] != urlsplit(self._endpoint.url)[:2]:
            raise Unsupported(f"points to another address, {url}, where its credentials must not go", hint="check url")
        return url


def _pool(endpoint: Endpoint) -> requests.Session:
    """Connections that are kept, and opened again when the BMC has closed an idle one.

    The environment is ignored: a proxy for the internet is none for BMCs, and .netrc and REQUESTS_CA_BUNDLE would win
    over the options.
    """
    pool = requests.Session()
    pool.trust_env = False
    pool.verify = (endpoint.ca_cert or True) if endpoint.validate_certs else False
    if not endpoint.validate_certs:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the caller warns, once
    retry = Retry(total=1, connect=0, read=1, other=0, allowed_methods=["GET"], respect_retry_after_header=False)
    pool.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=retry))
    pool.headers.update({"Accept": "application/json", "Accept-Encoding": "identity", "OData-Version": "4.0"})
    return pool


def _accepted(answer: requests.Response) -> requests.Response:
    if answer.is_redirect:
        raise Unsupported(f"redirects in circles: {answer.headers['Location']}", hint="check url")
    if not answer.ok:
        raise _refusal(answer)
    return answer


def _refusal(answer: requests.Response) -> NfviError:
    path = urlsplit(answer.url).path
    return refused(answer.status_code, answer.reason or "", _json(answer), f"{answer.request.method} {path}")


def _object(answer: requests.Response, path: str) -> dict[str, Any]:
    body = _json(answer)
    if not isinstance(body, dict):
        raise Internal(f"GET {path}: the answer is no JSON object", hint="is this the address of a Redfish service?")
    return body


def _json(answer: requests.Response) -> Json:
    try:
        return answer.json()
    except ValueError:
        return None


def _seconds(text: str) -> float:
    """Retry-After in seconds (RFC 9110 §10.2.3; the form with a date is not worth reading): one when it is not said."""
    return float(text) if text.isdigit() else 1.0
