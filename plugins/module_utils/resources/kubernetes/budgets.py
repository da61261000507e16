# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PodDisruptionBudgets: which of them guard a pod, and what they say (policy/v1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...core.path import Json, dig


def guarding(pod: Json, budgets: Iterable[Json]) -> list[Json]:
    """The budgets that count this pod."""
    meta = pod["metadata"]
    return [
        budget
        for budget in budgets
        if budget["metadata"]["namespace"] == meta["namespace"]
        and matches(dig(budget, ("spec", "selector")), meta.get("labels") or {})
    ]


def matches(selector: Json, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector selects these labels: an empty one selects all, a missing one none."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(each, labels) for each in selector.get("matchExpressions") or [])


def _holds(expression: Json, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    rules = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return rules[expression["operator"]]


def allowed(budget: Json) -> int:
    """How many of its pods may go now."""
    return int(dig(budget, ("status", "disruptionsAllowed"), 0))


def told(budget: Json) -> str:
    """The budget in one line."""
    status = budget.get("status") or {}
    healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    meta = budget["metadata"]
    return (
        f"PodDisruptionBudget {meta['namespace']}/{meta['name']} allows {allowed(budget)} disruptions "
        f"({healthy} of its pods are healthy, {wanted} have to be)"
    )
