# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field numbers of the COSI resource API that Talos v1.13 serves (facts of cosi-project/runtime)."""

from __future__ import annotations

from .wire_notation import File

META = File(
    "v1alpha1/meta.proto",
    "cosi.resource.meta",
    enums={"ResourceDefinitionSpec.Sensitivity": "0 NON_SENSITIVE, 1 SENSITIVE"},
    messages={
        "ResourceDefinitionSpec": (
            "1 string resource_type=type, 2 string display_type, 3 string default_namespace, 4 string* aliases, "
            "5 string* all_aliases, 6 .cosi.resource.meta.ResourceDefinitionSpec.PrintColumn* print_columns, "
            "7 #.cosi.resource.meta.ResourceDefinitionSpec.Sensitivity sensitivity"
        ),
        "ResourceDefinitionSpec.PrintColumn": "1 string name, 2 string json_path",
    },
)

RESOURCE = File(
    "v1alpha1/resource.proto",
    "cosi.resource",
    ("google/protobuf/timestamp.proto",),
    enums={"LabelTerm.Operation": "0 EXISTS, 1 EQUAL, 2 NOT_EXISTS, 3 IN, 4 LT, 5 LTE, 6 LT_NUMERIC, 7 LTE_NUMERIC"},
    messages={
        "Metadata": (
            "1 string namespace, 2 string type, 3 string id, 4 string version, 5 string owner, 6 string phase, "
            "7 .google.protobuf.Timestamp created, 8 .google.protobuf.Timestamp updated, 9 string* finalizers, "
            "10 map<string> labels, 11 map<string> annotations"
        ),
        "Spec": "1 bytes proto_spec, 2 string yaml_spec",
        "Resource": "1 .cosi.resource.Metadata metadata, 2 .cosi.resource.Spec spec",
        "LabelTerm": "1 string key, 2 #.cosi.resource.LabelTerm.Operation op, 3 string* value, 5 bool invert",
        "LabelQuery": "1 .cosi.resource.LabelTerm* terms",
        "IDQuery": "1 string regexp",
    },
)

STATE = File(
    "v1alpha1/state.proto",
    "cosi.resource",
    ("v1alpha1/resource.proto",),
    enums={"EventType": "0 CREATED, 1 UPDATED, 2 DESTROYED, 3 BOOTSTRAPPED, 4 ERRORED, 5 NOOP"},
    messages={
        "Event": (
            "1 .cosi.resource.Resource resource, 2 #.cosi.resource.EventType event_type, "
            "3 .cosi.resource.Resource old, "
            "4 string? error, 5 bytes? bookmark"
        ),
        "GetOptions": "",
        "GetRequest": "1 string namespace, 2 string type, 3 string id, 4 .cosi.resource.GetOptions options",
        "GetResponse": "1 .cosi.resource.Resource resource",
        "ListOptions": "1 .cosi.resource.LabelQuery* label_query, 2 .cosi.resource.IDQuery id_query",
        "ListRequest": "1 string namespace, 2 string type, 3 .cosi.resource.ListOptions options",
        "ListResponse": "1 .cosi.resource.Resource resource",
        "WatchOptions": (
            "1 bool bootstrap_contents, 2 int32 tail_events, 3 .cosi.resource.LabelQuery* label_query, "
            "4 .cosi.resource.IDQuery id_query, 5 bool aggregated, 6 bytes? start_from_bookmark, "
            "7 bool bootstrap_bookmark"
        ),
        "WatchRequest": (
            "1 string namespace, 2 string type, 3 string? id, 4 .cosi.resource.WatchOptions options, "
            "5 int32 api_version"
        ),
        "WatchResponse": "1 .cosi.resource.Event* event",
        **dict.fromkeys(
            ("CreateRequest", "CreateResponse", "UpdateRequest", "UpdateResponse", "DestroyRequest", "DestroyResponse"),
            "",
        ),
    },
    services={
        "State": (
            "Get(.cosi.resource.GetRequest) .cosi.resource.GetResponse, "
            "List(.cosi.resource.ListRequest) stream .cosi.resource.ListResponse, "
            "Create(.cosi.resource.CreateRequest) .cosi.resource.CreateResponse, "
            "Update(.cosi.resource.UpdateRequest) .cosi.resource.UpdateResponse, "
            "Destroy(.cosi.resource.DestroyRequest) .cosi.resource.DestroyResponse, "
            "Watch(.cosi.resource.WatchRequest) stream .cosi.resource.WatchResponse"
        ),
    },
)
