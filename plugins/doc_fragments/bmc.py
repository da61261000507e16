# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the BMCs of servers are reached."""

from __future__ import annotations


class ModuleDocFragment:
    """``bmc``: a list of servers with their BMCs."""

    DOCUMENTATION = r"""
options:
  bmcs:
    description: The servers, each with its BMC. They are worked on in parallel, 16 at a time.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the server, in actions, results and errors.
        type: str
        required: true
      url:
        description:
          - Address of the BMC, C(https://<address>[:<port>]).
          - For a BMC that manages several systems, with the path of one of them, C(https://<address>/redfish/v1/Systems/<id>).
        type: str
        required: true
      username:
        description: Account on the BMC. It needs the privileges Login and ConfigureComponents (role Operator).
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
      ca_cert:
        description:
          - PEM file of the certificate authority that issued the BMC's certificate, or of a self-signed one itself.
          - Without it, the certificate must come from a public authority.
        type: path
      validate_certs:
        description: Whether the BMC's certificate is verified. Without that, anybody on the way can read the password.
        type: bool
        default: true
      macs:
        description:
          - MAC addresses by which the server is known. All of them must be among those of its ports, as the BMC lists
            them; else nothing is done.
        type: list
        elements: str
requirements:
  - requests
"""
