# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How helm is called; tests/interop calls the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.helm import program
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.helm.template import Release, template
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Precondition, Timeout

RECORDING = """#!/bin/sh
printf '%s\\n' "$@" > "$RECORD/argv"
cat > "$RECORD/stdin"
cat "$RECORD/answer"
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helm that writes down how it was called."""
    (tmp_path / "helm").write_text(RECORDING)
    (tmp_path / "helm").chmod(0o755)
    (tmp_path / "answer").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("RECORD", str(tmp_path))
    return tmp_path


def test_values_go_to_standard_input_and_nowhere_else(fake: Path) -> None:
    (fake / "answer").write_text("a: 1\n")
    release = Release("demo", "kube-system", {"password": "hunter2"}, kube_version="v1.36.3", api_versions=("a/v1",))
    assert template(Path("chart.tgz"), release) == "a: 1\n"
    argv = (fake / "argv").read_text().split("\n")
    assert " ".join(argv).strip() == (
        "template demo chart.tgz --namespace kube-system --skip-tests --values - --include-crds"
        " --kube-version v1.36.3 --api-versions a/v1"
    )
    assert json.loads((fake / "stdin").read_text()) == {"password": "hunter2"}


def test_nothing_is_said_of_what_was_not_asked(fake: Path) -> None:
    template(Path("c"), Release("demo", "default", include_crds=False))
    assert "crds" not in (fake / "argv").read_text()
    assert "version" not in (fake / "argv").read_text()


def test_helms_own_words_are_told(fake: Path) -> None:
    (fake / "helm").write_text("#!/bin/sh\nprintf 'Error: it is\n bad\n\nUse --debug flag\n' >&2; exit 1\n")
    with pytest.raises(InvalidInput, match=r"^it is bad$"):
        template(Path("c"), Release("demo", "default"))


def test_without_helm_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Precondition, match="helm is not on PATH"):
        template(Path("c"), Release("demo", "default"))


def test_a_chart_without_end_is_given_up(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake / "helm").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(program, "LONGEST", 0.2)
    with pytest.raises(Timeout, match=r"within 0\.2 s"):
        template(Path("c"), Release("demo", "default"))
