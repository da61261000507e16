# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BMC of a simulated server: Redfish (DMTF DSP0266), like an iDRAC 9 where the standard leaves room."""

from __future__ import annotations
