# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What interop tests share with the lab's own."""

from __future__ import annotations

from tests.lab.conftest import lab_programs

__all__ = ["lab_programs"]
