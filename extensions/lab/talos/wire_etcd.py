# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field numbers of machine.MachineService's messages about etcd, v1.13 (facts of api/machine/machine.proto)."""

from __future__ import annotations

_EMPTY_ANSWER = "1 .common.Metadata metadata"

ENUMS = {"EtcdMemberAlarm.AlarmType": "0 NONE, 1 NOSPACE, 2 CORRUPT"}
MESSAGES = {
    "EtcdMemberListRequest": "1 bool query_local",
    "EtcdMember": "2 uint64 id, 3 string hostname, 4 string* peer_urls, 5 string* client_urls, 6 bool is_learner",
    "EtcdMembers": "1 .common.Metadata metadata, 2 string* legacy_members, 3 .machine.EtcdMember* members",
    "EtcdMemberListResponse": "1 .machine.EtcdMembers* messages",
    "EtcdRemoveMemberByIDRequest": "1 uint64 member_id",
    "EtcdRemoveMemberByID": _EMPTY_ANSWER,
    "EtcdRemoveMemberByIDResponse": "1 .machine.EtcdRemoveMemberByID* messages",
    "EtcdForfeitLeadershipRequest": "",
    "EtcdForfeitLeadership": "1 .common.Metadata metadata, 2 string member",
    "EtcdForfeitLeadershipResponse": "1 .machine.EtcdForfeitLeadership* messages",
    "EtcdSnapshotRequest": "",
    "EtcdRecover": _EMPTY_ANSWER,
    "EtcdRecoverResponse": "1 .machine.EtcdRecover* messages",
    "EtcdMemberAlarm": "1 uint64 member_id, 2 #.machine.EtcdMemberAlarm.AlarmType alarm",
    "EtcdAlarm": "1 .common.Metadata metadata, 2 .machine.EtcdMemberAlarm* member_alarms",
    "EtcdAlarmListResponse": "1 .machine.EtcdAlarm* messages",
    "EtcdAlarmDisarm": "1 .common.Metadata metadata, 2 .machine.EtcdMemberAlarm* member_alarms",
    "EtcdAlarmDisarmResponse": "1 .machine.EtcdAlarmDisarm* messages",
    "EtcdDefragment": _EMPTY_ANSWER,
    "EtcdDefragmentResponse": "1 .machine.EtcdDefragment* messages",
    "EtcdMemberStatus": (
        "1 string protocol_version, 2 int64 db_size, 3 int64 db_size_in_use, 4 uint64 leader, 5 uint64 raft_index, "
        "6 uint64 raft_term, 7 uint64 raft_applied_index, 8 string* errors, 9 bool is_learner, 10 uint64 member_id, "
        "11 string storage_version"
    ),
    "EtcdStatus": "1 .common.Metadata metadata, 2 .machine.EtcdMemberStatus member_status",
    "EtcdStatusResponse": "1 .machine.EtcdStatus* messages",
}
