# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's events as the messages of Talos' Events stream."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from ..machine_events import Event, MachineStatusEvent, Payload, PhaseEvent, SequenceEvent, ServiceStateEvent, TaskEvent
from . import wire

#: What Talos puts before a message's name in an Any, instead of Google's own address.
TYPE_PREFIX = "talos/runtime/"


def event_message(event: Event) -> Message:
    """One event of the stream."""
    payload = _payload(event.payload)
    packed = {"type_url": TYPE_PREFIX + str(payload.DESCRIPTOR.full_name), "value": payload.SerializeToString()}
    return wire.message("machine.Event")(data=packed, id=event.id, actor_id=event.actor)


def hello() -> Message:
    """The empty event that opens a stream; talosctl throws the first one away."""
    return wire.message("machine.Event")(data={"type_url": TYPE_PREFIX})


def _payload(event: Payload) -> Message:
    match event:
        case SequenceEvent():
            return _sequence(event)
        case PhaseEvent(phase, action):
            return _message("PhaseEvent", phase=phase, action=action)
        case TaskEvent(task, action):
            return _message("TaskEvent", task=task, action=action)
        case ServiceStateEvent(service, state, text, healthy):
            health = {"unknown": healthy is None, "healthy": bool(healthy), "last_message": text}
            return _message("ServiceStateEvent", service=service, action=state.upper(), message=text, health=health)
        case MachineStatusEvent(stage, ready, unmet):
            conditions = [{"name": name, "reason": reason} for name, reason in unmet]
            status = {"ready": ready, "unmet_conditions": conditions}
            return _message("MachineStatusEvent", stage=_stage(stage), status=status)


def _sequence(event: SequenceEvent) -> Message:
    error = {"error": {"code": event.code, "message": event.error}} if event.error else {}
    return _message("SequenceEvent", sequence=event.sequence, action=event.action, **error)


def _stage(stage: str) -> str:
    return "UNKNOWN" if stage == "off" else stage.upper().replace(" ", "_")


def _message(name: str, **fields: Any) -> Message:
    return wire.message(f"machine.{name}")(**fields)
