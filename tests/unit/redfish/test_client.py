# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Redfish client against a server that is told what to answer: sessions, tags, redirects, busy and broken BMCs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.redfish.client import (
    PATIENCE,
    Endpoint,
    Redfish,
    Resource,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Conflict,
    Forbidden,
    Internal,
    NfviError,
    NotFound,
    StalePlan,
    Unauthenticated,
    Unreachable,
    Unsupported,
)

from .conftest import Says

if TYPE_CHECKING:
    from .conftest import Web

ROOT, SESSIONS, SYSTEM = "/redfish/v1/", "/redfish/v1/SessionService/Sessions", "/redfish/v1/Systems/1"
WITH_SESSIONS = Says(body={"Links": {"Sessions": {"@odata.id": SESSIONS}}})
LOGGED_IN = Says(201, {}, {"X-Auth-Token": "token-1", "Location": f"{SESSIONS}/1"})
SECRET = "geheim-17"


class Waits:
    """A clock that notes how long one slept, and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def client(web: Web, clock: Waits | None = None, **how: object) -> Redfish:
    options = {"ca_cert": web.ca, **how}
    return Redfish(Endpoint(web.url, "admin", SECRET, **options), clock or Waits())  # type: ignore[arg-type]


def refusal(status: int, message: str, **headers: str) -> Says:
    info = [{"MessageId": "X.1.0.Y", "Message": message}]
    return Says(status, {"error": {"code": "X", "message": "see below", "@Message.ExtendedInfo": info}}, headers)


@pytest.fixture
def web(serve: Callable[..., Web]) -> Web:
    server = serve()
    server.answers = {
        f"GET {ROOT}": [WITH_SESSIONS],
        f"POST {SESSIONS}": [LOGGED_IN],
        f"DELETE {SESSIONS}/1": [Says(204)],
        f"GET {SYSTEM}": [Says(body={"Id": "1"}, headers={"ETag": '"7"'})],
        f"PATCH {SYSTEM}": [Says(204)],
    }
    return server


def test_one_session_for_all_requests_and_a_logout(web: Web) -> None:
    with client(web) as bmc:
        assert bmc.get(SYSTEM) == Resource(SYSTEM, {"Id": "1"}, '"7"')
        bmc.get(SYSTEM)
    login, first, second, logout = web.asked[1:]
    assert login.body == {"UserName": "admin", "Password": SECRET}
    assert "authorization" not in login.headers
    assert {one.headers["x-auth-token"] for one in (first, second, logout)} == {"token-1"}
    assert web.lines[-1] == f"DELETE {SESSIONS}/1"


def test_nothing_is_sent_that_nobody_asked_for(web: Web) -> None:
    with client(web):
        pass
    assert web.asked == []


def test_basic_authentication_where_there_are_no_sessions(web: Web) -> None:
    web.answers[f"GET {ROOT}"] = [Says(body={})]
    with client(web) as bmc:
        bmc.get(SYSTEM)
    assert web.lines == [f"GET {ROOT}", f"GET {SYSTEM}"]
    assert web.asked[1].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("answer", [refusal(503, "too many sessions"), Says(405), Says(201, {})])
def test_basic_authentication_where_no_session_is_to_be_had(web: Web, answer: Says) -> None:
    web.answers[f"POST {SESSIONS}"] = [answer]
    with client(web) as bmc:
        bmc.get(SYSTEM)
    assert web.asked[-1].headers["authorization"].startswith("Basic ")


def test_a_wrong_password_is_tried_once(web: Web) -> None:
    web.answers[f"POST {SESSIONS}"] = [refusal(401, "no.")]
    with pytest.raises(Unauthenticated, match=r"refuses user name and password: no\.") as caught, client(web) as bmc:
        bmc.get(SYSTEM)
    assert web.lines == [f"GET {ROOT}", f"POST {SESSIONS}"]
    assert not caught.value.retryable
    assert SECRET not in str(caught.value)


def test_an_expired_session_is_opened_again(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [Says(body={}), refusal(401, "expired"), Says(body={"Id": "2"})]
    again = Says(201, {}, {"X-Auth-Token": "token-2", "Location": f"{web.url}{SESSIONS}/2"})
    web.answers[f"POST {SESSIONS}"] = [LOGGED_IN, again]
    web.answers[f"DELETE {SESSIONS}/2"] = [Says(204)]
    with client(web) as bmc:
        bmc.get(SYSTEM)
        assert bmc.get(SYSTEM).body == {"Id": "2"}
    assert web.asked[-2].headers["x-auth-token"] == "token-2"
    assert web.lines[-1] == f"DELETE {SESSIONS}/2"


def test_an_account_that_may_not_is_not_asked_for_ever(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [refusal(401, "no")]
    with pytest.raises(Unauthenticated), client(web) as bmc:
        bmc.get(SYSTEM)
    assert web.lines.count(f"GET {SYSTEM}") == 2


def test_a_change_is_for_what_was_read(web: Web) -> None:
    with client(web) as bmc:
        bmc.patch(bmc.get(SYSTEM), {"Boot": {}})
        bmc.patch(Resource(SYSTEM, {}), {"Boot": {}})
    first, second = [one for one in web.asked if one.method == "PATCH"]
    assert first.headers["if-match"] == '"7"'
    assert "if-match" not in second.headers


@pytest.mark.parametrize(
    ("answer", "task"),
    [
        (Says(204), ""),
        (Says(200, {"@odata.id": "/redfish/v1/somewhere"}), ""),
        (Says(202, {"@odata.id": "/redfish/v1/TaskService/Tasks/7"}), "/redfish/v1/TaskService/Tasks/7"),
        (Says(202), ""),
    ],
)
def test_an_action_that_goes_on_has_a_task(web: Web, answer: Says, task: str) -> None:
    web.answers[f"POST {SYSTEM}"] = [answer]
    with client(web) as bmc:
        assert bmc.post(SYSTEM, {}) == task


def test_members_of_all_pages(web: Web) -> None:
    pages = {
        "/redfish/v1/Systems": (["1", "2"], "/redfish/v1/Systems?$skip=2"),
        "/redfish/v1/Systems?$skip=2": (["3"], ""),
    }
    for path, (ids, more) in pages.items():
        body = {"Members": [{"@odata.id": one} for one in ids], **({"Members@odata.nextLink": more} if more else {})}
        web.answers[f"GET {path}"] = [Says(body=body)]
    with client(web) as bmc:
        assert list(bmc.members("/redfish/v1/Systems")) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, Unsupported, False),
        (403, Forbidden, False),
        (404, NotFound, False),
        (405, Unsupported, False),
        (409, Conflict, False),
        (412, StalePlan, True),
        (500, Internal, True),
        (501, Unsupported, False),
    ],
)
def test_what_a_bmc_refuses_is_told_in_its_words(web: Web, status: int, kind: type[NfviError], retryable: bool) -> None:
    web.answers[f"POST {SYSTEM}"] = [refusal(status, "It is Tuesday.")]
    with pytest.raises(NfviError, match=rf"POST {SYSTEM}: {status} It is Tuesday\.") as caught, client(web) as bmc:
        bmc.post(SYSTEM, {})
    assert (type(caught.value), caught.value.retryable) == (kind, retryable)


@pytest.mark.parametrize(
    ("says", "text"),
    [
        (Says(500, {"error": {"message": "only this"}}), "only this"),
        (Says(500, text="<html>"), "Internal Server Error"),
        (Says(500, {"error": {"@Message.ExtendedInfo": {"Message": "not a list"}}}), "not a list"),
        (Says(500, ["strange"]), "Internal Server Error"),
    ],
)
def test_odd_errors_are_read_too(web: Web, says: Says, text: str) -> None:
    web.answers[f"GET {SYSTEM}"] = [says]
    with pytest.raises(Internal, match=text), client(web) as bmc:
        bmc.get(SYSTEM)


def test_a_busy_bmc_is_asked_again_when_it_says(web: Web) -> None:
    clock = Waits()
    busy = refusal(503, "starting", **{"Retry-After": "7"})
    web.answers[f"GET {SYSTEM}"] = [busy, refusal(503, "starting"), Says(body={"Id": "1"})]
    with client(web, clock) as bmc:
        assert bmc.get(SYSTEM).body == {"Id": "1"}
    assert clock.slept == [7.0, 1.0]


def test_a_bmc_that_stays_busy_is_given_up(web: Web) -> None:
    clock = Waits()
    web.answers[f"POST {SYSTEM}"] = [refusal(503, "starting", **{"Retry-After": "10"})]
    with pytest.raises(Unreachable, match="is busy: starting") as caught, client(web, clock) as bmc:
        bmc.post(SYSTEM, {})
    assert caught.value.retryable
    assert sum(clock.slept) <= PATIENCE


def test_a_redirect_on_the_bmc_is_followed(web: Web) -> None:
    web.answers["GET /redfish/v1/Systems/alias"] = [Says(307, headers={"Location": SYSTEM})]
    with client(web) as bmc:
        assert bmc.get("/redfish/v1/Systems/alias").body == {"Id": "1"}


def test_redirects_in_circles_end(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [Says(302, headers={"Location": SYSTEM})]
    with pytest.raises(Unsupported, match="redirects in circles"), client(web) as bmc:
        bmc.get(SYSTEM)


@pytest.mark.parametrize("by", ["redirect", "link"])
def test_credentials_never_go_to_another_address(web: Web, serve: Callable[..., Web], by: str) -> None:
    other = serve()
    other.answers[f"GET {SYSTEM}"] = [Says(body={})]
    web.answers[f"GET {SYSTEM}"] = [Says(307, headers={"Location": f"{other.url}{SYSTEM}"})]
    with pytest.raises(Unsupported, match="another address"), client(web, validate_certs=False) as bmc:
        bmc.get(SYSTEM if by == "redirect" else f"{other.url}{SYSTEM}")
    assert other.asked == []


def test_a_foreign_certificate_gets_no_password(web: Web) -> None:
    with pytest.raises(Unauthenticated, match="self-signed certificate") as caught, client(web, ca_cert=None) as bmc:
        bmc.get(SYSTEM)
    assert "ca_cert" in caught.value.hint
    assert web.asked == []


def test_a_certificate_for_another_address_gets_no_password(serve: Callable[..., Web]) -> None:
    web = serve(named="127.0.0.2")
    with pytest.raises(Unauthenticated, match="certificate is not valid for") as caught, client(web) as bmc:
        bmc.get(SYSTEM)
    assert "url" in caught.value.hint
    assert web.asked == []


def test_verification_can_be_left_out(web: Web) -> None:
    with client(web, ca_cert=None, validate_certs=False) as bmc:
        assert bmc.get(SYSTEM).body == {"Id": "1"}


def test_the_environment_does_not_decide(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent.pem")
    with client(web) as bmc:
        assert bmc.get(SYSTEM).body == {"Id": "1"}


def test_a_closed_port_is_connection_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(Unreachable, match="connection refused"):
        Redfish(Endpoint(url, "admin", SECRET)).get(SYSTEM)


def test_a_port_without_tls_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        bmc = Redfish(Endpoint(f"https://127.0.0.1:{plain.getsockname()[1]}", "admin", SECRET))

        def hello() -> None:
            connection, _peer = plain.accept()
            connection.recv(100)
            connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" * 3)
            connection.close()

        thread = threading.Thread(target=hello)
        thread.start()
        with pytest.raises(Unreachable, match="does not speak TLS"):
            bmc.get(SYSTEM)
        thread.join()


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(Unreachable, match="name cannot be resolved"):
        Redfish(Endpoint("https://bmc.invalid", "admin", SECRET)).get(SYSTEM)


def test_an_answer_cut_in_the_middle(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [Says(body={"Id": "1" * 100}, cut=True)]
    with pytest.raises(Unreachable, match="cut the connection"), client(web) as bmc:
        bmc.get(SYSTEM)


def test_a_connection_that_was_closed_while_idle_is_opened_again(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [Says(hangs_up=True), Says(body={"Id": "1"})]
    with client(web) as bmc:
        assert bmc.get(SYSTEM).body == {"Id": "1"}


def test_an_action_is_never_sent_twice(web: Web) -> None:
    web.answers[f"POST {SYSTEM}"] = [Says(hangs_up=True), Says(204)]
    with pytest.raises(Unreachable, match="cut the connection"), client(web) as bmc:
        bmc.post(SYSTEM, {})
    assert web.lines.count(f"POST {SYSTEM}") == 1


def test_an_answer_that_is_no_json(web: Web) -> None:
    web.answers[f"GET {SYSTEM}"] = [Says(text="<html>")]
    with pytest.raises(Internal, match="no JSON object"), client(web) as bmc:
        bmc.get(SYSTEM)


def test_a_failed_logout_does_not_matter(web: Web) -> None:
    web.answers[f"DELETE {SESSIONS}/1"] = [Says(hangs_up=True)]
    with client(web) as bmc:
        assert bmc.get(SYSTEM).body == {"Id": "1"}


def test_an_endpoint_does_not_show_its_password(web: Web) -> None:
    assert SECRET not in repr(Endpoint(web.url, "admin", SECRET))
