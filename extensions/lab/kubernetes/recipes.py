# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each program of a control plane is started with: arguments, files and certificates, from the settings alone.

Pure: a recipe that equals the running one needs no restart. Arguments and names are those of Talos' static pods
(siderolabs/talos internal/app/machined/pkg/controllers/{k8s,secrets}); addresses differ where several machines
share one host: Talos binds 0.0.0.0 or 127.0.0.1, here every program binds its machine's own address.
"""

from __future__ import annotations

import base64
import ipaddress
from pathlib import Path

import yaml

from .arguments import MergeRules, merge
from .pki import CertificateRequest, public_pem
from .settings import Json, KeyPair, Settings
from .site import API_PORT, LOCAL, Recipe, Site


def etcd(settings: Settings, site: Site, initial_cluster: str, existing: bool) -> Recipe:
    """etcd as one member; fsync is off, since a lab that loses power may lose its last second."""
    folder = site.folder / "etcd"
    own = {
        "name": settings.hostname,
        "data-dir": str(site.etcd_data),
        "listen-peer-urls": site.peer_url,
        "listen-client-urls": site.etcd_url,
        "initial-advertise-peer-urls": site.peer_url,
        "advertise-client-urls": site.etcd_url,
        "initial-cluster": initial_cluster,
        "initial-cluster-state": "existing" if existing else "new",
        "client-cert-auth": "true",
        "peer-client-cert-auth": "true",
        "cert-file": str(folder / "server.crt"),
        "key-file": str(folder / "server.key"),
        "trusted-ca-file": str(folder / "ca.crt"),
        "peer-cert-file": str(folder / "peer.crt"),
        "peer-key-file": str(folder / "peer.key"),
        "peer-trusted-ca-file": str(folder / "ca.crt"),
        "unsafe-no-fsync": "true",
    }
    names = (settings.hostname, site.spec.address, LOCAL, "127.0.0.1")
    ca = settings.etcd_ca
    return Recipe(
        "etcd",
        folder,
        merge(own, settings.etcd.extra_args, MergeRules(denied=set(own) - {"unsafe-no-fsync"})),
        {"ca.crt": ca.crt},
        {
            "server": CertificateRequest(ca, settings.hostname, ("etcd",), names, server=True, client=True),
            "peer": CertificateRequest(ca, settings.hostname, ("etcd",), names, server=True, client=True),
            "admin": CertificateRequest(ca, "talos", ("etcd",), client=True),
        },
    )


API_SERVER_RULES = MergeRules(
    additive={"enable-admission-plugins", "feature-gates", "authorization-mode", "tls-cipher-suites"},
    appended={"service-account-issuer"},
    denied={
        "etcd-servers",
        "client-ca-file",
        "requestheader-client-ca-file",
        "proxy-client-cert-file",
        "proxy-client-key-file",
        "encryption-provider-config",
        "etcd-cafile",
        "etcd-certfile",
        "etcd-keyfile",
        "kubelet-client-certificate",
        "kubelet-client-key",
        "service-account-key-file",
        "service-account-signing-key-file",
        "tls-cert-file",
        "tls-private-key-file",
        "authorization-config",
    },
)


def api_server(settings: Settings, site: Site) -> Recipe:
    """kube-apiserver, with the audit log at ``<state>/<server>/audit.log`` (JSON lines, Metadata level by default)."""
    folder = site.folder / "kube-apiserver"
    own = {
        **_api_server_files(folder),
        "admission-control-config-file": str(folder / "admission-control-config.yaml"),
        "advertise-address": site.spec.advertise,
        "allow-privileged": "true",
        "anonymous-auth": "false",
        "api-audiences": settings.endpoint,
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
        "audit-log-path": str(site.folder.parent / "audit.log"),
        "authorization-mode": "Node,RBAC",
        "bind-address": site.backend,
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "etcd-servers": site.etcd_url,
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "secure-port": str(API_PORT),
        "service-account-issuer": settings.endpoint,
        "service-cluster-ip-range": ",".join(settings.service_subnets),
        "tls-min-version": "VersionTLS12",
    }
    return Recipe(
        "kube-apiserver",
        folder,
        merge(own, settings.api_server.extra_args, API_SERVER_RULES),
        {
            "ca.crt": settings.trusted,
            "aggregator-ca.crt": settings.aggregator_ca.crt,
            "etcd-ca.crt": settings.etcd_ca.crt,
            "service-account.key": settings.service_account_key,
            "service-account.pub": public_pem(settings.service_account_key),
            "encryptionconfig.yaml": _yaml(_encryption(settings)),
            "admission-control-config.yaml": _yaml(_admission(settings)),
            "auditpolicy.yaml": _yaml(settings.audit_policy or AUDIT_POLICY),
        },
        {
            "apiserver": CertificateRequest(
                settings.ca, "kube-apiserver", ("kube-master",), api_server_names(settings, site), server=True
            ),
            "kubelet-client": CertificateRequest(
                settings.ca, "apiserver-kubelet-client", ("system:masters",), client=True
            ),
            "front-proxy-client": CertificateRequest(settings.aggregator_ca, "front-proxy-client", client=True),
            "etcd-client": CertificateRequest(settings.etcd_ca, "kube-apiserver", ("etcd",), client=True),
        },
    )


def api_server_names(settings: Settings, site: Site) -> tuple[str, ...]:
    """The serving certificate's names: endpoint, ``certSANs``, the node's own, and the in-cluster service's."""
    service = (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        f"kubernetes.default.svc.{settings.dns_domain}",
    )
    own = (
        settings.endpoint_host,
        settings.hostname,
        site.spec.address,
        site.backend,
        site.balancer,
        site.spec.advertise,
    )
    first = (str(ipaddress.ip_network(subnet)[1]) for subnet in settings.service_subnets)
    return (*own, *settings.api_server_sans, *service, LOCAL, "127.0.0.1", *first)


CONTROLLER_MANAGER_RULES = MergeRules(
    additive={"service-cluster-ip-range", "controllers"},
    denied={
        "cluster-signing-cert-file",
        "cluster-signing-key-file",
        "authentication-kubeconfig",
        "authorization-kubeconfig",
        "root-ca-file",
        "service-account-private-key-file",
    },
)


def controller_manager(settings: Settings, site: Site) -> Recipe:
    """kube-controller-manager, which also signs the kubelets' certificates with the cluster's CA."""
    folder = site.folder / "kube-controller-manager"
    kubeconfig = str(folder / "kubeconfig")
    own = {
        "allocate-node-cidrs": "true",
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": site.spec.address,
        "cluster-cidr": ",".join(settings.pod_subnets),
        "cluster-signing-cert-file": str(folder / "ca.crt"),
        "cluster-signing-key-file": str(folder / "ca.key"),
        "configure-cloud-routes": "false",
        "controllers": "*,tokencleaner",
        "kube-api-burst": "400",  # the default of 20 requests a second makes its start take 5 s; Talos leaves it
        "kube-api-qps": "200",
        "kubeconfig": kubeconfig,
        "leader-elect": "true",
        "profiling": "false",
        "root-ca-file": str(folder / "ca.crt"),
        "service-account-private-key-file": str(folder / "service-account.key"),
        "service-cluster-ip-range": ",".join(settings.service_subnets),
        "tls-min-version": "VersionTLS13",
        "use-service-account-credentials": "true",
    }
    name = "system:kube-controller-manager"
    return Recipe(
        "kube-controller-manager",
        folder,
        merge(own, settings.controller_manager.extra_args, CONTROLLER_MANAGER_RULES),
        {
            "ca.crt": settings.ca.crt,
            "ca.key": settings.ca.key,
            "service-account.key": settings.service_account_key,
            "kubeconfig": _kubeconfig(settings, site, folder),
        },
        {"client": CertificateRequest(settings.ca, name, (name,), client=True)},
    )


def scheduler(settings: Settings, site: Site) -> Recipe:
    """kube-scheduler, with ``cluster.scheduler.config`` when the configuration has one."""
    folder = site.folder / "kube-scheduler"
    kubeconfig = str(folder / "kubeconfig")
    own = {
        "authentication-kubeconfig": kubeconfig,
        "authentication-tolerate-lookup-failure": "false",
        "authorization-kubeconfig": kubeconfig,
        "bind-address": site.spec.address,
        "config": str(folder / "scheduler-config.yaml"),
        "leader-elect": "true",
        "profiling": "false",
        "tls-min-version": "VersionTLS13",
    }
    base = {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"}
    config = {**base, **(settings.scheduler_config or {}), "clientConnection": {"kubeconfig": kubeconfig}}
    denied = {"kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig", "config"}
    name = "system:kube-scheduler"
    return Recipe(
        "kube-scheduler",
        folder,
        merge(own, settings.scheduler.extra_args, MergeRules(denied=denied)),
        {"kubeconfig": _kubeconfig(settings, site, folder), "scheduler-config.yaml": _yaml(config)},
        {"client": CertificateRequest(settings.ca, name, (name,), client=True)},
    )


def kwok(settings: Settings, site: Site, stages: bytes, authority: KeyPair) -> Recipe:
    """kwok in the kubelet's place for the pods of this one node.

    It needs more than a kubelet's rights, since it lists all nodes when it starts; ``authority`` is the cluster's CA.
    """
    folder = site.folder / "kubelet"
    arguments = (
        f"--kubeconfig={folder / 'kubeconfig'}",
        f"--config={folder / 'stages.yaml'}",
        f"--manage-single-node={settings.hostname}",
        "--node-lease-duration-seconds=0",
        f"--node-ip={site.spec.address}",
    )
    files = {
        "kubeconfig": _kubeconfig(settings, site, folder),
        "stages.yaml": stages,
    }
    client = CertificateRequest(authority, "system:lab:kwok", ("system:masters",), client=True)
    return Recipe("kwok", folder, arguments, files, {"client": client})


AUDIT_POLICY: Json = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


def _api_server_files(folder: Path) -> dict[str, str]:
    names = {
        "audit-policy-file": "auditpolicy.yaml",
        "client-ca-file": "ca.crt",
        "encryption-provider-config": "encryptionconfig.yaml",
        "etcd-cafile": "etcd-ca.crt",
        "etcd-certfile": "etcd-client.crt",
        "etcd-keyfile": "etcd-client.key",
        "kubelet-client-certificate": "kubelet-client.crt",
        "kubelet-client-key": "kubelet-client.key",
        "proxy-client-cert-file": "front-proxy-client.crt",
        "proxy-client-key-file": "front-proxy-client.key",
        "requestheader-client-ca-file": "aggregator-ca.crt",
        "service-account-key-file": "service-account.pub",
        "service-account-signing-key-file": "service-account.key",
        "tls-cert-file": "apiserver.crt",
        "tls-private-key-file": "apiserver.key",
    }
    return {argument: str(folder / name) for argument, name in names.items()}


def _encryption(settings: Settings) -> Json:
    """Which key Secrets are encrypted with in etcd; Talos calls the keys key1 (aescbc) and key2 (secretbox)."""
    providers: list[Json] = []
    if settings.secretbox_secret:
        providers.append({"secretbox": {"keys": [{"name": "key2", "secret": settings.secretbox_secret}]}})
    if settings.aescbc_secret:
        providers.append({"aescbc": {"keys": [{"name": "key1", "secret": settings.aescbc_secret}]}})
    resources = [{"resources": ["secrets"], "providers": [*providers, {"identity": {}}]}]
    return {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": resources}


def _admission(settings: Settings) -> Json:
    plugins = [
        {"name": plugin["name"], "path": "", "configuration": plugin.get("configuration")}
        for plugin in settings.admission_control
    ]
    return {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": plugins}


def _kubeconfig(settings: Settings, site: Site, folder: Path) -> bytes:
    """A component's kubeconfig: through KubePrism, with the client's files beside it and all CAs in it."""
    trusted = base64.b64encode(settings.trusted).decode()
    cluster = {"server": site.kube_prism, "tls-server-name": LOCAL, "certificate-authority-data": trusted}
    user = {"client-certificate": str(folder / "client.crt"), "client-key": str(folder / "client.key")}
    return _yaml(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": cluster}],
            "users": [{"name": "local", "user": user}],
            "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
            "current-context": "local",
        }
    )


def _yaml(document: Json) -> bytes:
    return yaml.safe_dump(document, sort_keys=False).encode()
