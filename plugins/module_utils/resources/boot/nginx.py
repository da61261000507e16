# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx as the HTTP server of boot files: one folder, for reading only, on one address."""

from __future__ import annotations

from .dnsmasq import MARK, Place


def configuration(place: Place) -> str:
    """The whole of nginx' configuration."""
    return f"""{MARK}
pid {place.folder / "nginx.pid"};
error_log {place.folder / "nginx-error.log"};
worker_processes 1;
events {{
    worker_connections 256;
}}
http {{
    access_log {place.folder / "nginx-access.log"};
    sendfile on;
    server_tokens off;
    default_type application/octet-stream;
    server {{
        listen {place.address.ip}:{place.port};
        root {place.http};
        location / {{
            limit_except GET {{
                deny all;
            }}
        }}
    }}
}}
"""
