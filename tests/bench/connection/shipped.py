# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is local in all but its name: what is run over it is shipped as a module, on this very machine.

Real connections cost more (ssh, a network); this one leaves only what shipping itself costs.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: shipped
short_description: local, under another name
description:
  - Runs on this machine as P(ansible.builtin.local#connection) does.
author: kubevim.nfvi contributors (@kubevim)
extends_documentation_fragment:
  - connection_pipelining
"""

from ansible.plugins.connection.local import Connection as Local  # noqa: E402  (documentation stands first)


class Connection(Local):
    """Not ``local``, so the action plugin sends the module instead of working in the worker."""

    transport = "shipped"
