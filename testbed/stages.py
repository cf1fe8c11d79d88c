"""What kwok makes of nodes and pods: stages.yaml, and a stage for each way to fail.

A template of kwok's is JSON in which expressions stand within strings; so expressions quote with backquotes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from argocd_gitops_mcp.sandbox.failures import ENDING, FAILURES, INITIAL, End, Event, Failure

_STAGES = Path(__file__).with_name("stages.yaml")
_NOW = "{{ $now }}"
_SECOND = "{{ dateInZone `2006-01-02T15:04:05Z` now `UTC` }}"

# What the capitals in a failure's texts stand for.
_WORDS = {
    "IMAGE": "{{ $c.image }}",
    "NAME": "{{ $c.name }}",
    "POD": "{{ $.metadata.name }}_{{ $.metadata.namespace }}({{ $.metadata.uid }})",
    "PORT": "{{ $probe.port | default 8080 }}",
    "PATH": "{{ $probe.path | default `/` }}",
    "ADDRESS": "{{ $ip }}",
    "COMMAND": "{{ $c.command | default (list `/app`) | first }}",
    "MISSING": "{{ $missing }}",
    "KEY": "{{ $key }}",
    "VOLUME": "{{ $volume }}",
    "MOUNTED": "{{ $mounted }}",
    "REGISTRY": "{{ $c.image | splitList `/` | first }}",
    "MANIFEST": "{{ $c.image | replace `/` `/v2/` | replace `:` `/manifests/` }}",
}
# What those need: the failing container, and what it asks for. Quotes are escaped for the string they end up in.
_BEGIN = r"""
{{- $now := Now }}{{ $c := dict }}{{ $probe := dict }}
{{- $ip := PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace }}
{{- range .spec.KIND }}{{ if hasSuffix `:TAG` .image }}{{ $c = . }}{{ end }}{{ end }}
{{- range list $c.livenessProbe $c.startupProbe }}{{ with . }}{{ $probe = .httpGet | default dict }}{{ end }}{{ end }}
{{- $missing := `` }}{{ $key := `` }}{{ $volume := `` }}{{ $mounted := `` }}
{{- range $c.env }}{{ with .valueFrom }}
{{- with .configMapKeyRef }}{{ $missing = printf `configmap \"%s\"` .name }}
{{- $key = printf `%s in ConfigMap %s/%s` .key $.metadata.namespace .name }}{{ end }}
{{- with .secretKeyRef }}{{ $missing = printf `secret \"%s\"` .name }}
{{- $key = printf `%s in Secret %s/%s` .key $.metadata.namespace .name }}{{ end }}
{{- end }}{{ end }}
{{- range $c.envFrom }}
{{- with .configMapRef }}{{ $missing = printf `configmap \"%s\"` .name }}{{ end }}
{{- with .secretRef }}{{ $missing = printf `secret \"%s\"` .name }}{{ end }}
{{- end }}
{{- range .spec.volumes }}{{ $name := .name }}
{{- with .configMap }}{{ $volume = $name }}{{ $mounted = printf `configmap \"%s\"` .name }}{{ end }}
{{- with .secret }}{{ $volume = $name }}{{ $mounted = printf `secret \"%s\"` .secretName }}{{ end }}
{{- end }}
"""


def documents() -> str:
    """Every stage, as kwok's configuration has them."""
    known = _STAGES.read_text().replace("FAILING", "|".join(FAILURES)).replace("ENDING", "|".join(ENDING))
    return "---\n".join([known, *(json.dumps(stage) + "\n" for stage in _failing())])


def _failing() -> Iterator[dict[str, Any]]:
    for tag, failure in FAILURES.items():
        for kind in ("containers", "initContainers") if tag in INITIAL else ("containers",):
            steps = [{"patch": {"subresource": "status", "root": "status", "template": _status(tag, failure, kind)}}]
            steps += [
                {"apply": {"template": _event(tag, event, number, kind)}} for number, event in enumerate(failure.events)
            ]
            restarted = [_matches(".spec.restartPolicy", "In", "Always", "OnFailure")] if tag in ENDING else []
            yield {
                "apiVersion": "kwok.x-k8s.io/v1alpha1",
                "kind": "Stage",
                "metadata": {"name": f"pod-{kind.lower()}-{tag}"},
                "spec": {
                    "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
                    "selector": {
                        "matchExpressions": [
                            _matches(".metadata.deletionTimestamp", "DoesNotExist"),
                            _matches(".status.startTime", "DoesNotExist"),
                            _matches(f'.spec.{kind}[]?.image | select(test(":{tag}$"))', "Exists"),
                            *restarted,
                        ]
                    },
                    "steps": steps,
                },
            }


def _matches(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"jq": {"key": key, "operator": operator, **({"values": list(values)} if values else {})}}


def _status(tag: str, failure: Failure, kind: str) -> str:
    is_init = kind == "initContainers"
    status = {
        "phase": "Pending" if is_init else failure.phase,
        "startTime": _NOW,
        "hostIP": "{{ NodeIPWith .spec.nodeName }}",
        **({"podIP": "{{ $ip }}"} if failure.in_sandbox else {}),
        "conditions": [
            _condition("PodScheduled"),
            _condition("PodReadyToStartContainers", is_true=failure.in_sandbox),
            _condition("Initialized", "ContainersNotInitialized", "incomplete", is_true=not is_init),
            _condition("Ready", "ContainersNotReady", "unready", is_true=False),
            _condition("ContainersReady", "ContainersNotReady", "unready", is_true=False),
        ],
        "initContainerStatuses": "@init",
        "containerStatuses": "@containers",
    }
    failing = _container(_state(failure), failure)
    running = _container({"running": {"startedAt": _NOW}})
    lists = {
        "init": _each("initContainers", tag, failing, _container({"waiting": {"reason": "PodInitializing"}}))
        if is_init
        else _each("initContainers", "", "", _container({"terminated": _ended(End("Completed", 0))}, is_ready=True)),
        "containers": _each("containers", "", "", _container({"waiting": {"reason": "PodInitializing"}}))
        if is_init
        else _each("containers", tag, failing, running if failure.in_sandbox else failing),
    }
    text = json.dumps(status)
    if is_init:
        text = text.replace("unready status: [NAME]", "unready status: [{{ (first $.spec.containers).name }}]")
    for place, items in lists.items():
        text = text.replace(f'"@{place}"', items)
    return _filled(text, tag, kind)


def _each(kind: str, tag: str, failing: str, other: str) -> str:
    one = f"{{{{ if hasSuffix `:{tag}` .image }}}}{failing}{{{{ else }}}}{other}{{{{ end }}}}" if tag else other
    return f"[{{{{ range $i, $one := .spec.{kind} }}}}{{{{ if $i }}}},{{{{ end }}}}{one}{{{{ end }}}}]"


def _state(failure: Failure) -> dict[str, Any]:
    if failure.waiting is None:
        return {"running": {"startedAt": _NOW}}
    reason, message = failure.waiting
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def _container(state: dict[str, Any], failure: Failure | None = None, *, is_ready: bool = False) -> str:
    is_well = is_ready or (failure is None and "running" in state)
    last = {"terminated": _ended(failure.last)} if failure is not None and failure.last is not None else {}
    status = {
        "name": "{{ .name }}",
        "image": "{{ .image }}",
        "imageID": "",
        "ready": is_well,
        "started": is_well or (failure is not None and failure.is_started),
        "restartCount": failure.restarts if failure is not None else 0,
        "lastState": last,
        "state": state,
    }
    return json.dumps(status)


def _ended(end: End) -> dict[str, Any]:
    told = {"message": end.message} if end.message else {}
    return {"reason": end.reason, "exitCode": end.exit_code, **told, "startedAt": _NOW, "finishedAt": _NOW}


def _condition(kind: str, reason: str = "", which: str = "", *, is_true: bool = True) -> dict[str, Any]:
    told = {} if is_true else {"reason": reason, "message": f"containers with {which} status: [NAME]"}
    return {"type": kind, "status": str(is_true), "lastTransitionTime": _NOW, **(told if reason else {})}


def _event(tag: str, event: Event, number: int, kind: str) -> str:
    place = {} if event.of_pod else {"fieldPath": f"spec.{kind}{{{{ printf `{{%s}}` $c.name }}}}"}
    about = {"apiVersion": "v1", "kind": "Pod", "name": "{{ .metadata.name }}", "uid": "{{ .metadata.uid }}", **place}
    unique = f"printf `%s-{number}` .metadata.uid"
    found = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{{{{ .metadata.name }}}}.{{{{ {unique} | sha1sum | trunc 16 }}}}"},
        "involvedObject": {**about, "namespace": "{{ .metadata.namespace }}"},
        "type": event.type,
        "reason": event.reason,
        "message": event.message,
        "count": event.times,
        "firstTimestamp": _SECOND,
        "lastTimestamp": _SECOND,
        "source": {"component": "kubelet", "host": "{{ .spec.nodeName }}"},
        "reportingComponent": "kubelet",
        "reportingInstance": "{{ .spec.nodeName }}",
    }
    return _filled(json.dumps(found), tag, kind)


def _filled(text: str, tag: str, kind: str) -> str:
    for word, expression in _WORDS.items():
        text = text.replace(word, expression)
    return _BEGIN.replace("KIND", kind).replace("TAG", tag) + text
