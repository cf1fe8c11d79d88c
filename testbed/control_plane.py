"""Starts etcd, the Kubernetes control plane and kwok, which plays the nodes and their kubelets."""

import base64
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from testbed import certificates
from testbed.home import write_private
from testbed.ports import Ports
from testbed.processes import Processes
from testbed.rest import Rest
from testbed.run import Run

_NODES = ("node-0", "node-1")
_HOSTS = ["localhost", "127.0.0.1", "10.0.0.1", "kubernetes.default.svc"]


@dataclass(frozen=True)
class ControlPlane:
    """A running Kubernetes API and how to reach it as its administrator."""

    api: Rest
    kubeconfig: Path


def start(run: Run, kwok_config: Path) -> ControlPlane:
    processes, ports, kube = run.processes, run.ports, run.binaries / "kube"
    pki = run.folder / "pki"
    certificate, key = run.authority.sign("admin", _HOSTS, organization="system:masters")
    files = {
        "ca.crt": run.authority.pem,
        "admin.crt": certificate,
        "admin.key": key,
        "sa.key": certificates.signing_key(),
    }
    certificates.write(pki, files)
    url = f"https://127.0.0.1:{ports.kube_apiserver}"
    kubeconfig = run.folder / "kubeconfig"
    write_private(kubeconfig, _kubeconfig(url, run.authority.pem, certificate, key))
    context = ssl.create_default_context(cafile=pki / "ca.crt")
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    api = Rest(url, context)

    _start_etcd(processes, kube, run.folder / "etcd", ports)
    _start_apiserver(processes, kube, pki, ports)
    processes.until("kube-apiserver", lambda: api.answers("/readyz"))
    loopback = ("--bind-address=127.0.0.1", "--leader-elect=false", f"--kubeconfig={kubeconfig}")
    processes.start(
        "kube-controller-manager",
        kube,
        "kube-controller-manager",
        *loopback,
        f"--secure-port={ports.controller_manager}",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={pki / 'sa.key'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        # Nobody renews node leases here, so nodes would be declared lost.
        "--controllers=*,-nodelifecycle",
    )
    processes.start("kube-scheduler", kube, "kube-scheduler", *loopback, f"--secure-port={ports.scheduler}")
    for name in _NODES:
        api.apply(f"/api/v1/nodes/{name}", _node(name))
    processes.start(
        "kwok",
        run.binaries / "kwok",
        f"--kubeconfig={kubeconfig}",
        f"--config={kwok_config}",
        "--manage-all-nodes=true",
        "--node-ip=127.0.0.1",
        f"--node-port={ports.kubelet}",
        f"--server-address=127.0.0.1:{ports.kubelet}",
    )
    return ControlPlane(api, kubeconfig)


def _start_etcd(processes: Processes, kube: Path, data: Path, ports: Ports) -> None:
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.etcd_peer}"
    processes.start(
        "etcd",
        kube,
        "etcd",
        "--name=testbed",
        f"--data-dir={data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=testbed={peer}",
        # Nothing here outlives the run, so nothing has to reach the disk.
        "--unsafe-no-fsync",
    )


def _start_apiserver(processes: Processes, kube: Path, pki: Path, ports: Ports) -> None:
    processes.start(
        "kube-apiserver",
        kube,
        "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{ports.etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={ports.kube_apiserver}",
        "--endpoint-reconciler-type=none",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'admin.crt'}",
        f"--tls-private-key-file={pki / 'admin.key'}",
        f"--kubelet-client-certificate={pki / 'admin.crt'}",
        f"--kubelet-client-key={pki / 'admin.key'}",
        # Otherwise it asks for logs by the node's name, which resolves nowhere.
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-key-file={pki / 'sa.key'}",
        f"--service-account-signing-key-file={pki / 'sa.key'}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        # The first would make pods wait for a token, the second keeps nodes tainted while nodelifecycle is off.
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    )


def _node(name: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"},
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
    }


def _kubeconfig(url: str, ca: bytes, certificate: bytes, key: bytes) -> str:
    cluster = {"server": url, "certificate-authority-data": _base64(ca)}
    user = {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "testbed", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "admin", "namespace": "argocd"}}],
        "current-context": "testbed",
    }
    return json.dumps(config)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
