# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays all cases at once, a playbook run a step, and keeps what was seen: results, screens, kubectl's view, the audit
log."""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import playbook
from .case import Case, Obj
from .site import Site, callers

# Kinds that cases write.
KINDS = (
    "namespaces", "nodes", "configmaps", "secrets", "serviceaccounts", "services", "resourcequotas", "deployments",
    "vpcs", "subnets", "ippools", "qos-policies", "switch-lb-rules", "vpc-dnses", "vpc-egress-gateways",
    "security-groups", "vpc-nat-gateways", "iptables-eips", "iptables-fip-rules", "iptables-dnat-rules",
    "iptables-snat-rules", "ovn-eips", "ovn-fips", "ovn-dnat-rules", "ovn-snat-rules", "kubevirts",
    "virtualmachines", "datavolumes", "persistentvolumeclaims", "customresourcedefinitions", "widgets", "gadgets",
    "network-attachment-definitions", "danmnets",
    "sriovnetworknodepolicies", "sriovnetworks", "sriovibnetworks", "ovsnetworks", "sriovoperatorconfigs", "daemonsets",
)  # fmt: skip
PATIENCE = 40


@dataclass(frozen=True)
class Step:
    """One run of all cases."""

    done: playbook.Done
    writes: Mapping[str, list[str]]

    def __getitem__(self, case: Case) -> Obj:
        return self.done[case.id]


@dataclass(frozen=True)
class Played:
    """The three runs, and what kubectl showed before, between and after (objects by label)."""

    check: Step
    apply: Step
    again: Step
    before: Mapping[str, Obj]
    checked: Mapping[str, Obj]
    after: Mapping[str, Obj]

    @property
    def steps(self) -> Sequence[Step]:
        return self.check, self.apply, self.again


class Player:
    """Plays cases at a site; what it needs on disk lies in ``folder``."""

    def __init__(self, site: Site, cases: Sequence[Case], folder: Path) -> None:
        self._site, self._folder = site, folder
        # Stand-ins wait for their objects no longer than they must.
        self._cases = sorted(cases, key=lambda case: not case.becomes)
        self._key = folder / "digest-key"
        self._key.touch(mode=0o600)
        self._key.write_text("a site's own key")
        self._kubeconfigs = {case.id: site.kubeconfig_for(case.user, callers(case.module)) for case in cases}

    def play(self) -> Played:
        self._site.apply([each for case in self._cases for each in case.world])
        self._step("first", {case: case.first for case in self._cases if case.first})
        self._others("drift")
        given = {case: case.given for case in self._cases}
        before = self._site.objects(KINDS)
        check = self._step("check", given, "--check", "--diff")
        checked = self._site.objects(KINDS)
        with ExitStack() as stack:
            for each in (each for case in self._cases for each in case.becomes):
                stack.enter_context(StandIn(self._site, each))
            apply = self._step("apply", given, "--diff")
        after = self._site.objects(KINDS)
        self._others("meanwhile")
        again = self._step("again", given)
        return Played(check, apply, again, before, checked, after)

    def _step(self, name: str, given: Mapping[Case, Obj], *flags: str) -> Step:
        since = self._site.mark()
        done = playbook.run(self._folder / name, [self._task(case, args) for case, args in given.items()], *flags)
        until = self._site.mark()
        return Step(done, {case.id: self._site.writes(case.user, since, until) for case in given})

    def _task(self, case: Case, given: Obj) -> Obj:
        common = {"kubeconfig": str(self._kubeconfigs[case.id]), "digest_key": str(self._key)}
        waiting = {} if case.module.endswith("_info") else {"wait_timeout": PATIENCE}
        return {
            "name": case.id,
            f"kubevim.nfvi.{case.module}": {**common, **waiting, **given},
            "ignore_errors": True,
        }

    def _others(self, when: str) -> None:
        for case in self._cases:
            for command in getattr(case, when):
                self._site.kubectl(*shlex.split(command))


class StandIn:
    """Writes an object's status as soon as it is there: a controller for kinds that have none here."""

    def __init__(self, site: Site, becomes: Obj) -> None:
        self._site = site
        self._target = [f"{becomes['kind']}/{becomes['name']}", "-n", becomes.get("namespace", "default")]
        self._when = becomes.get("when", "create")
        self._patch = json.dumps({"status": becomes["status"]})
        self._failed: AssertionError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(PATIENCE)
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        status = ("--subresource=status", "--type=merge", "--field-manager=stand-in", "-p", self._patch)
        try:
            self._site.kubectl("wait", f"--for={self._when}", *self._target, "--timeout=55s")
            self._site.kubectl("patch", *self._target, *status)
        except AssertionError as error:
            self._failed = error
