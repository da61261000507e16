# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""talos_client_config as it runs: certificates kept and renewed, other contexts kept, what is not ours left alone."""

from __future__ import annotations

import base64
import datetime
import json
import multiprocessing
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, talosconfig, tls
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.talosconfig import Context, Identity
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Conflict,
    InvalidInput,
    NotFound,
    Precondition,
    StalePlan,
    Unauthenticated,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_client, talos_client_config
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_steps import advanced
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for

APPLY, CHECK, PENDING = Mode(), Mode(apply=False), Mode(apply=False, pending=True)
OMNI = {"endpoints": ["https://omni.example.com"], "auth": {"siderov1": {"identity": "a@example.com"}}}


class Site:
    """A bundle, and a talosconfig that is asked for."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        self.folder, self.bundle = folder, bundle
        self.secrets, self.file = folder / "secrets.yaml", folder / "talosconfig"
        self.secrets.write_text(bundle.text())

    def run(self, mode: Mode = APPLY, **changes: Any) -> Result:
        options = {
            "secrets": str(self.secrets),
            "path": str(self.file),
            "context": "edge",
            "endpoints": ["10.20.30.11"],
            "roles": ["os:reader"],
            "current": False,
            **changes,
        }
        return talos_client_config.run(Given(options), None, mode)

    def actions(self, mode: Mode = APPLY, **changes: Any) -> list[str]:
        return [
            re.sub(r"(talosconfig|bundle) \S+?(:| |$)", r"\1\2", line)
            for line in self.run(mode, **changes).plan.actions
        ]

    @property
    def document(self) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load(self.file.read_text())
        return loaded

    @property
    def client(self) -> Pair:
        return talosconfig.read(self.file, "edge").identity.client

    def write(self, client: Pair, authority: bytes | None = None) -> None:
        """Somebody else's context under our name."""
        identity = Identity(authority or self.bundle.pair("os").certificate, client)
        context = Context("edge", identity, ("10.20.30.11",))
        self.file.write_text(yaml.safe_dump(talosconfig.merged({}, context, current=True)))
        self.file.chmod(0o600)


@pytest.fixture
def site(tmp_path: Path, bundle: Bundle) -> Site:
    return Site(tmp_path, bundle)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets days pass."""

    def pass_by(days: float) -> None:
        moment = certificates.now() + datetime.timedelta(days=days)
        monkeypatch.setattr(certificates, "now", lambda: moment)

    return pass_by


# ---- made, kept, renewed


def test_check_mode_tells_what_is_done_and_a_second_run_does_nothing(site: Site) -> None:
    told = site.run(CHECK)
    assert not site.file.exists()
    done = site.run()
    assert told.plan == done.plan
    differences = {key for key, value in done.things["talosconfig"].items() if told.things["talosconfig"][key] != value}
    assert differences <= {"fingerprint", "not_before", "not_after"}
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o600
    before = site.file.read_bytes()
    for mode in (CHECK, APPLY):
        again = site.run(mode)
        assert (again.plan.actions, again.things) == ([], done.things)
    assert site.file.read_bytes() == before


def test_the_certificate_is_what_is_told_of_it(site: Site) -> None:
    told = site.run(roles=["os:reader", "os:etcd:backup", "os:reader"], lifetime="36h").things["talosconfig"]
    facts = certificates.facts(site.client.certificate)
    assert list(facts.organizations) == told["roles"] == ["os:etcd:backup", "os:reader"]
    assert facts.not_after - facts.not_before == datetime.timedelta(hours=36)
    assert (facts.not_before.isoformat(), facts.not_after.isoformat()) == (told["not_before"], told["not_after"])
    assert (facts.client_only, facts.fingerprint) == (True, told["fingerprint"])
    assert certificates.issued_by(site.client.certificate, site.bundle.pair("os").certificate)
    assert certificates.belong_together(site.client)


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ({}, 335),
        ({"renew_before": "100"}, 265),
        ({"lifetime": "9d"}, 6),
        ({"lifetime": "24h", "renew_before": "6h"}, 0.75),
    ],
)
def test_it_is_renewed_before_it_ends_and_not_earlier(
    site: Site, later: Any, options: dict[str, Any], days: float
) -> None:
    site.run(**options)
    first = site.client
    later(days - 0.01)
    assert site.actions(**options) == []
    later(0.01)
    for mode in (CHECK, APPLY):
        assert [change.path for change in site.run(mode, **options).plan] == [("not_after",)]
    assert site.client != first
    assert site.actions(**options) == []


def test_one_that_has_ended_is_renewed_unless_that_is_forbidden(site: Site, later: Any) -> None:
    site.run()
    before = site.file.read_bytes()
    later(400)
    for mode in (CHECK, APPLY):
        with pytest.raises(Precondition, match=r"needs a new certificate, which is not allowed: not_after \d{4}-"):
            site.run(mode, renew=False)
    assert site.file.read_bytes() == before
    with pytest.raises(Unauthenticated, match=r"ended on \d{4}-.*talos_client_config"):
        tls.secure(talosconfig.read(site.file).identity)
    site.run()
    assert tls.secure(talosconfig.read(site.file).identity)


def test_other_roles_take_another_certificate_and_other_endpoints_do_not(site: Site) -> None:
    site.run()
    first = site.client
    assert site.actions(endpoints=["10.20.30.12"], nodes=["10.20.30.13"]) == [
        'update talosconfig: endpoints ["10.20.30.11"] → ["10.20.30.12"]',
        'update talosconfig: nodes [] → ["10.20.30.13"]',
    ]
    assert site.client == first
    changed = {"endpoints": ["10.20.30.12"], "nodes": ["10.20.30.13"], "roles": ["os:operator"]}
    assert site.actions(**changed) == ['update talosconfig: roles ["os:reader"] → ["os:operator"]']
    assert site.client != first
    assert site.actions(**changed) == []


def test_it_does_not_outlive_its_authority(tmp_path: Path, later: Any) -> None:
    start = certificates.now() - certificates.CA_LIFETIME + datetime.timedelta(days=20)
    site = Site(tmp_path, bundles.generate(contract_for("v1.13.0"), start))
    ends = certificates.facts(site.bundle.pair("os").certificate).not_after
    assert site.run().things["talosconfig"]["not_after"] == ends.isoformat()
    assert site.actions() == []
    later(21)
    with pytest.raises(Precondition, match="the Talos CA ended on"):
        site.run()


@pytest.mark.parametrize("fault", ["key", "authority", "usage", "future"])
def test_a_certificate_that_talos_would_not_accept_is_replaced(site: Site, fault: str) -> None:
    authority, now = site.bundle.pair("os"), certificates.now()
    good = certificates.make_client(authority, ["os:reader"], now)
    other = certificates.make_authority("ed25519", "talos", now)
    bad = {
        "key": Pair(good.certificate, other.key),
        "authority": certificates.make_client(other, ["os:reader"], now),
        "usage": Pair(authority.certificate, authority.key),
        "future": certificates.make_client(authority, ["os:reader"], now + datetime.timedelta(days=2)),
    }[fault]
    site.write(bad)
    paths = {change.path for change in site.run(CHECK).plan}
    assert paths & ({("not_before",)} if fault == "future" else {("certificate",)})
    site.run()
    assert site.client != bad
    assert site.actions() == []


# ---- the file


def test_other_contexts_are_kept(site: Site) -> None:
    site.file.write_text(yaml.safe_dump({"context": "omni", "contexts": {"omni": OMNI}, "more": 1}))
    assert site.actions() == ["create context edge in talosconfig", "update talosconfig: mode 0644 → 0600"]
    assert {key: site.document[key] for key in ("context", "more")} == {"context": "omni", "more": 1}
    assert site.document["contexts"]["omni"] == OMNI
    assert site.actions() == []
    assert site.actions(current=True) == ["update talosconfig: context omni → edge"]
    assert (site.document["context"], set(site.document["contexts"])) == ("edge", {"omni", "edge"})


def test_a_file_without_a_current_context_gets_one(site: Site) -> None:
    site.file.write_text("contexts: {}\n")
    site.run()
    assert site.document["context"] == "edge"
    assert site.actions() == []


def test_only_the_mode_is_changed_when_only_that_is_wrong(site: Site) -> None:
    site.run()
    site.file.write_text("# a comment\n" + site.file.read_text())
    site.file.chmod(0o640)
    assert site.actions() == ["update talosconfig: mode 0640 → 0600"]
    assert site.file.read_text().startswith("# a comment")
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o600


def test_a_link_stays_a_link(site: Site) -> None:
    real = site.folder / "real"
    real.mkdir()
    site.file.symlink_to(real / "config")
    site.run()
    assert site.file.is_symlink()
    assert (real / "config").is_file()


def _add(folder: Path, number: int) -> None:
    site = Site.__new__(Site)
    site.folder, site.secrets, site.file = folder, folder / "secrets.yaml", folder / "talosconfig"
    site.run(context=f"c{number}")


def test_contexts_that_are_written_at_the_same_time_are_all_there(site: Site) -> None:
    workers = [
        multiprocessing.get_context("fork").Process(target=_add, args=(site.folder, number)) for number in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(site.document["contexts"]) == {f"c{number}" for number in range(8)}


def test_what_was_changed_meanwhile_is_not_overwritten(site: Site) -> None:
    site.run()
    wanted = talos_client.Wanted.parse(
        Given({"path": str(site.file), "context": "edge", "endpoints": ["10.20.30.99"], "roles": ["os:reader"]})
    )
    found, now = talos_client.observe(wanted), certificates.now()
    plan = Plan.of(talos_client.plan(wanted, site.bundle.pair("os"), found, now))
    site.run(endpoints=["10.20.30.12"])
    with pytest.raises(StalePlan):
        talos_client.carry_out(wanted, site.bundle.pair("os"), found, plan, now)
    assert site.document["contexts"]["edge"]["endpoints"] == ["10.20.30.12"]


# ---- while the cluster's CA is replaced


def test_it_trusts_both_cas_while_machines_change_over_and_then_the_new_one(site: Site) -> None:
    site.run()
    assert site.actions() == []
    old, told = site.bundle, []
    for step in (*bundles.STEPS, ""):
        site.bundle = advanced(site.bundle, "os", step)
        site.secrets.write_text(site.bundle.text())
        told.append([re.sub(r" .*", "", line.split(": ")[1]) for line in site.actions()])
        assert site.actions() == []
        trusted = talosconfig.read(site.file, "edge").identity.authority
        assert trusted == site.bundle.trusted("os").certificate
        assert certificates.issued_by(site.client.certificate, site.bundle.pair("os").certificate)
    assert told == [[], ["ca", "certificate"], ["ca"], []]
    site.secrets.write_text(old.text())
    with pytest.raises(Conflict, match="belongs to another cluster"):
        site.run()


# ---- what is refused


def test_another_clusters_context_is_left_alone_unless_it_may_be_replaced(site: Site) -> None:
    other = certificates.make_authority("ed25519", "talos", certificates.now())
    site.write(certificates.make_client(other, ["os:reader"], certificates.now()), other.certificate)
    before = site.file.read_bytes()
    for mode in (CHECK, APPLY):
        with pytest.raises(Conflict, match=r"context edge in talosconfig .*: belongs to another cluster"):
            site.run(mode)
    assert site.file.read_bytes() == before
    assert site.actions(on_conflict="replace") == ["replace context edge in talosconfig"]
    assert site.actions() == []


@pytest.mark.parametrize(
    "entry", [OMNI, {"ca": "!", "crt": "", "key": ""}, {"ca": "YQ==", "crt": "YQ==", "key": ""}, 1]
)
def test_a_context_without_a_certificate_is_left_alone(site: Site, entry: Any) -> None:
    site.file.write_text(yaml.safe_dump({"context": "edge", "contexts": {"edge": entry}}))
    with pytest.raises(Conflict, match="cannot be used: "):
        site.run()
    site.run(on_conflict="replace")
    assert site.actions() == []


@pytest.mark.parametrize("text", ["[", "- a\n", "contexts: []\n", "a\n", "a: 1\n---\nb: 2\n"])
def test_a_file_that_is_no_talosconfig_is_left_alone(site: Site, text: str) -> None:
    site.file.write_text(text)
    for choice in ("fail", "replace"):
        with pytest.raises(InvalidInput, match="talosconfig"):
            site.run(on_conflict=choice)
    assert site.file.read_text() == text


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("os.key", None, "certs.os.key: is missing"),
        ("os.crt", None, "certs.os.crt: is missing"),
        ("os", None, "certs.os.key: is missing"),
        ("os.key", "EC PRIVATE KEYS", "certs.os.key: is labelled EC PRIVATE KEYS, where ED25519 PRIVATE KEY or"),
        ("os.key", "RSA PRIVATE KEY", "certs.os.key: is no private key, or none of the kind that its label names"),
        ("os.crt", "PUBLIC KEY", "certs.os.crt: is labelled PUBLIC KEY, where CERTIFICATE is expected"),
        ("etcd.key", "CERTIFICATE", "certs.etcd.key: is labelled CERTIFICATE, where"),
    ],
)
def test_a_broken_bundle_is_refused_at_its_place(site: Site, path: str, value: str | None, said: str) -> None:
    content = yaml.safe_load(site.secrets.read_text())
    *way, last = ["certs", *path.split(".")]
    place = content
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        pem = re.sub(
            rb"(BEGIN|END) [A-Z0-9 ]+-----", rb"\1 " + value.encode() + rb"-----", base64.b64decode(place[last])
        )
        place[last] = base64.b64encode(pem).decode()
    site.secrets.write_text(yaml.safe_dump(content))
    for mode in (CHECK, APPLY):
        with pytest.raises(InvalidInput, match=re.escape(said)):
            site.run(mode)
    assert not site.file.exists()


def test_without_a_bundle_only_a_pending_one_is_planned_with(site: Site) -> None:
    site.secrets.unlink()
    for mode in (CHECK, APPLY):
        with pytest.raises(NotFound, match="talos_secrets"):
            site.run(mode)
    told = site.run(PENDING)
    assert (told.verified, told.plan.actions) == (False, [f"create talosconfig {site.file}"])


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"lifetime": "a year"}, "lifetime"),
        ({"lifetime": "99999999999d"}, "lifetime"),
        ({"lifetime": "24h", "renew_before": "30d"}, "renew_before"),
        ({"lifetime": "0"}, "renew_before"),
    ],
)
def test_lengths_of_time_that_make_no_sense_are_refused(site: Site, options: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        site.run(**options)
    assert refused.value.path == (path,)


@given(st.integers(0, 10**5), st.sampled_from(["d", "h", "m"]))
def test_lengths_of_time_are_read(number: int, unit: str) -> None:
    units = {"d": 86400, "h": 3600, "m": 60}
    read = talos_client.duration(Given({"x": f"{number}{unit}"}), "x", datetime.timedelta())
    assert read.total_seconds() == number * units[unit]


def test_no_key_is_ever_shown(site: Site) -> None:
    shown = [site.run(CHECK).as_result(diff=True)]
    for changes in ({}, {"roles": ["os:admin"]}, {"on_conflict": "replace", "endpoints": ["a"]}):
        shown.append(site.run(**changes).as_result(diff=True))
        shown.append(
            repr(talos_client.observe(talos_client.Wanted.parse(Given({"path": str(site.file), "context": "edge"}))))
        )
        assert base64.b64encode(site.client.key).decode() not in json.dumps(shown)
        assert str(site.client.key) not in json.dumps(shown)
