# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module promises, and the options that all share."""

from __future__ import annotations


class ModuleDocFragment:
    """``attributes``: for modules that change things. ``attributes.info``: for those that only read."""

    DOCUMENTATION = r"""
options:
  pending:
    description:
      - In check mode only. What cannot be reached or asked yet is made by this same run, so plan as if it were empty
        and return RV(verified=false), instead of failing.
    type: bool
    default: false
  digest_key:
    description:
      - File with the key for the digests that stand for secrets in diffs and results. With one key per site, digests
        are comparable from run to run. Without it a fresh key is used for each call.
    type: path
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changes that would be made, without making any.
    support: full
  diff_mode:
    description:
      - Returns what would change or has changed, path by path, when in C(diff) mode. Secrets show as keyed digests.
    support: full
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
  platform:
    description: Where the module's code runs. The API it talks to may be anywhere.
    support: full
    platforms: posix
"""

    INFO = r"""
options:
  pending:
    description:
      - In check mode only. What cannot be reached or asked yet is made by this same run, so answer as if it were empty,
        instead of failing.
    type: bool
    default: false
  digest_key:
    description:
      - File with the key for the digests that stand for secrets in diffs and results. With one key per site, digests
        are comparable from run to run. Without it a fresh key is used for each call.
    type: path
attributes:
  check_mode:
    description: Only reads, so check mode makes no difference.
    support: full
  diff_mode:
    description: Only reads, so there is nothing to differ.
    support: N/A
  idempotent:
    description: Only reads.
    support: full
  platform:
    description: Where the module's code runs. The API it talks to may be anywhere.
    support: full
    platforms: posix
"""
