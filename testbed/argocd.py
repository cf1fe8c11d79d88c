"""Installs Argo CD in the testbed's cluster and starts its servers and controllers."""

import datetime as dt
import os
import ssl
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import bcrypt

from testbed.control_plane import ControlPlane
from testbed.rest import Rest
from testbed.run import ACCOUNTS, Run

NAMESPACE = "argocd"
APPLICATIONS_NAMESPACE = "argocd-apps"
_CRDS = {"application": "applications", "applicationset": "applicationsets", "appproject": "appprojects"}
_POLICY = """\
g, ci, role:admin
g, reader, role:readonly
p, nologs, applications, get, */*, allow
p, nologs, applications, sync, */*, allow
"""
_APPLICATION_LINKS = """\
- title: Runbook
  url: https://runbooks.example.com/{{.app.metadata.name}}
  description: what to do when it fails
"""
_RESOURCE_LINKS = """\
- title: Logs
  url: https://logs.example.com/?pod={{.resource.metadata.name}}
  if: resource.kind == "Pod"
"""
_RECONCILIATION = "30s"
_BCRYPT_ROUNDS = 10
# Only read when Dex is configured, which it is not.
_NO_DEX = "http://127.0.0.1:9"


def install(run: Run, plane: ControlPlane) -> None:
    """Create what an installation manifest would: definitions, settings, accounts, certificate."""
    for namespace in (NAMESPACE, APPLICATIONS_NAMESPACE):
        plane.api.apply(f"/api/v1/namespaces/{namespace}", _object("Namespace", namespace))
    crds = run.binaries / "crds"
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for file, plural in _CRDS.items():
        plane.api.apply(f"{definitions}/{plural}.argoproj.io", (crds / f"{file}-crd.yaml").read_bytes())
    settings = {
        "url": f"https://127.0.0.1:{run.ports.argocd_server}",
        "application.resourceTrackingMethod": "annotation",
        "exec.enabled": "false",
        "application.links": _APPLICATION_LINKS,
        "resource.links": _RESOURCE_LINKS,
        "timeout.reconciliation": _RECONCILIATION,
        "timeout.reconciliation.jitter": "0s",
        **{f"accounts.{account}": "apiKey, login" for account in ACCOUNTS if account != "admin"},
    }
    _apply_config_map(plane.api, "argocd-cm", settings)
    _apply_config_map(plane.api, "argocd-rbac-cm", {"policy.csv": _POLICY, "policy.default": ""})
    for name in ("argocd-cmd-params-cm", "argocd-ssh-known-hosts-cm", "argocd-gpg-keys-cm"):
        _apply_config_map(plane.api, name, {})
    _apply_config_map(plane.api, "argocd-tls-certs-cm", {"127.0.0.1": run.authority.pem.decode()})
    # Gitea's pushes come with Gogs' headers, and are read as such.
    hidden = {**_account_secrets(run.passwords), "webhook.gogs.secret": run.webhook_secret}
    _apply_secret(plane.api, "argocd-secret", "Opaque", hidden)
    certificate, key = run.authority.sign("argocd-server", ["127.0.0.1", "localhost"])
    pair = {"tls.crt": certificate.decode(), "tls.key": key.decode()}
    _apply_secret(plane.api, "argocd-server-tls", "kubernetes.io/tls", pair)
    # argocd-server does not survive a start before this.
    for plural in _CRDS.values():
        listed = partial(plane.api.answers, f"/apis/argoproj.io/v1alpha1/{plural}")
        run.processes.until(f"the definition of {plural}", listed)


def start(run: Run, plane: ControlPlane) -> Rest:
    """Start the four components and give their API, not signed in."""
    environment = _environment(plane.kubeconfig, run.binaries, run.folder / "argocd")
    # In a cluster the kubelet writes argocd-tls-certs-cm here: a file for each host.
    (run.folder / "argocd" / "tls" / "127.0.0.1").write_bytes(run.authority.pem)

    def component(name: str, *flags: str) -> None:
        run.processes.start(
            name, run.binaries / "argocd", *flags, environment={**environment, "ARGOCD_BINARY_NAME": name}
        )

    redis, repo_server = f"127.0.0.1:{run.ports.redis}", f"127.0.0.1:{run.ports.repo_server}"
    run.processes.start("redis", run.binaries / "kube", "redis", redis)
    component(
        "argocd-repo-server",
        *_listen(run.ports.repo_server, run.ports.repo_server_metrics),
        f"--redis={redis}",
    )
    component(
        "argocd-server",
        *_listen(run.ports.argocd_server, run.ports.argocd_server_metrics),
        f"--redis={redis}",
        f"--repo-server={repo_server}",
        f"--dex-server={_NO_DEX}",
        f"--application-namespaces={APPLICATIONS_NAMESPACE}",
        f"--staticassets={run.folder / 'no-assets'}",
    )
    component(
        "argocd-application-controller",
        # It has no flag for the address: its metrics are the one listener on all of them.
        f"--metrics-port={run.ports.application_controller_metrics}",
        f"--redis={redis}",
        f"--repo-server={repo_server}",
        f"--application-namespaces={APPLICATIONS_NAMESPACE}",
    )
    component(
        "argocd-applicationset-controller",
        f"--metrics-addr=127.0.0.1:{run.ports.applicationset_metrics}",
        f"--probe-addr=127.0.0.1:{run.ports.applicationset_probe}",
        f"--webhook-addr=127.0.0.1:{run.ports.applicationset_webhook}",
        f"--argocd-repo-server={repo_server}",
    )
    context = ssl.create_default_context(cafile=run.folder / "pki" / "ca.crt")
    api = Rest(f"https://127.0.0.1:{run.ports.argocd_server}", context)
    run.processes.until("argocd-server", lambda: api.answers("/api/version"))
    return api


def sign_in(run: Run, api: Rest) -> dict[str, str]:
    """Give a token for every account: a session of the admin's, and API keys for the others."""
    tokens: dict[str, str] = {}

    def admin_signed_in() -> bool:
        answer = api.post("/api/v1/session", {"username": "admin", "password": run.passwords["admin"]})
        tokens["admin"] = answer["token"]
        return True

    run.processes.until("the admin's session", admin_signed_in)
    admin = as_account(api, tokens["admin"])
    for account in ACCOUNTS:
        if account not in tokens:
            tokens[account] = admin.post(f"/api/v1/account/{account}/token", {"expiresIn": 0})["token"]
    return tokens


def as_account(api: Rest, token: str) -> Rest:
    return Rest(api.url, api.context, {"Authorization": f"Bearer {token}"})


def _environment(kubeconfig: Path, binaries: Path, folder: Path) -> dict[str, str]:
    programs = folder / "bin"
    for name in ("tls", "ssh", "gpg/source", "gpg/keys", "plugins", "tmp", "bin"):
        (folder / name).mkdir(parents=True, mode=0o700)
    (folder / "ssh" / "ssh_known_hosts").touch()
    # repo-server runs it on every commit it resolves; without it every manifest fails with "permission denied".
    verify = programs / "git-verify-wrapper.sh"
    verify.write_text('#!/bin/sh\ngit verify-commit --raw "$1" 2>&1\nexit 0\n')
    verify.chmod(0o755)
    # argocd calls itself by this name to be git's askpass program.
    (programs / "argocd").symlink_to(binaries / "argocd")
    return {
        "KUBECONFIG": str(kubeconfig),
        "PATH": os.pathsep.join([str(programs), str(binaries), os.environ["PATH"]]),
        "TMPDIR": str(folder / "tmp"),
        # Git would look for a private repository behind the machine's proxy.
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
        "ARGOCD_GPG_DATA_PATH": str(folder / "gpg" / "source"),
        "ARGOCD_GNUPGHOME": str(folder / "gpg" / "keys"),
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
        "ARGOCD_ASK_PASS_SOCK": str(folder / "ask-pass.sock"),
        "ARGOCD_RECONCILIATION_TIMEOUT": _RECONCILIATION,
        "ARGOCD_RECONCILIATION_JITTER": "0s",
        "ARGOCD_CLUSTER_CACHE_EVENTS_PROCESSING_INTERVAL": "1ms",
        "ARGOCD_K8S_CLIENT_QPS": "500",
        # Tests sign in with wrong passwords on purpose; one must not lock the next one out.
        "ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT": "1000",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }


def _listen(port: int, metrics: int) -> tuple[str, ...]:
    return ("--address=127.0.0.1", f"--port={port}", "--metrics-address=127.0.0.1", f"--metrics-port={metrics}")


def _account_secrets(passwords: Mapping[str, str]) -> dict[str, str]:
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    secrets = {"server.secretkey": bcrypt.gensalt().decode()}
    for account in ACCOUNTS:
        prefix = "admin" if account == "admin" else f"accounts.{account}"
        hashed = bcrypt.hashpw(passwords[account].encode(), bcrypt.gensalt(_BCRYPT_ROUNDS, prefix=b"2a"))
        secrets |= {f"{prefix}.password": hashed.decode(), f"{prefix}.passwordMtime": now}
    return secrets


def _apply_config_map(api: Rest, name: str, data: Mapping[str, str]) -> None:
    api.apply(f"/api/v1/namespaces/{NAMESPACE}/configmaps/{name}", {**_object("ConfigMap", name), "data": data})


def _apply_secret(api: Rest, name: str, kind: str, data: Mapping[str, str]) -> None:
    body = {**_object("Secret", name), "type": kind, "stringData": data}
    api.apply(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}", body)


def _object(kind: str, name: str) -> dict[str, object]:
    # Argo CD reads only settings that carry this label.
    labels = {"app.kubernetes.io/part-of": "argocd"}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": labels}}
