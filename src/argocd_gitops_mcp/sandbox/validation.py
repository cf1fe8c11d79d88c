"""What the simulated API server refuses: the few mistakes that tests make."""

import json
from typing import Any

from argocd_gitops_mcp.sandbox.errors import StatusError, go_kind, invalid
from argocd_gitops_mcp.sandbox.world import Object, split_api_version

MAPS = ("labels", "annotations")
DEPLOYMENT = (
    *("minReadySeconds", "paused", "progressDeadlineSeconds", "replicas", "revisionHistoryLimit", "selector"),
    *("strategy", "template"),
)


class ImmutableError(StatusError):
    """A change that only a new object could make."""


def check(obj: Object, live: Object | None = None) -> None:
    """Raise what the API server says about an object, and about the change from the live one."""
    if (text := _mistyped(obj)) is not None:
        raise invalid(f'{obj["kind"]} in version "v1" cannot be handled as a {obj["kind"]}: {text}')
    problems = _mistakes(obj)
    selector = obj.get("spec", {}).get("selector")
    fixed = obj["kind"] in {"Deployment", "StatefulSet", "DaemonSet"} and live is not None
    changed = fixed and live is not None and live["spec"].get("selector") != selector
    if changed:
        problems.append(f"spec.selector: Invalid value: {_dump(selector)}: field is immutable")
    if not problems:
        return
    named = ".".join(filter(None, (obj["kind"], split_api_version(obj)[0])))
    said = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
    error = invalid(f'{named} "{obj["metadata"]["name"]}" is invalid: {said}')
    raise ImmutableError(error.code, error.message) if changed and len(problems) == 1 else error


def _mistyped(obj: Object) -> str | None:
    replicas = (obj.get("spec") or {}).get("replicas")
    if replicas is not None and (not isinstance(replicas, int) or isinstance(replicas, bool)):
        where = f"Go struct field {obj['kind']}Spec.spec.replicas of type int32"
        return f"json: cannot unmarshal {go_kind(replicas)} into {where}"
    texts = (obj.get("data") or {}).values() if obj["kind"] == "ConfigMap" else ()
    wrong = next((value for value in texts if not isinstance(value, str) and value is not None), None)
    if wrong is None:
        return None
    return f"json: cannot unmarshal {go_kind(wrong)} into Go struct field ConfigMap.data of type string"


def mistyped(obj: Object) -> str | None:
    """The same for a patched object, of which the API server shows the whole."""
    text = _mistyped(obj)
    return None if text is None else f' "" is invalid: patch: Invalid value: {json.dumps(_dump(obj))}: {text}'


def _mistakes(obj: Object) -> list[str]:
    spec = obj.get("spec") or {}
    problems = []
    replicas = spec.get("replicas")
    if isinstance(replicas, int) and replicas < 0:
        problems.append(f"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0")
    wanted = (spec.get("selector") or {}).get("matchLabels") if obj["kind"] == "Deployment" else None
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    if wanted and not wanted.items() <= labels.items():
        why = "`selector` does not match template `labels`"
        problems.append(f"spec.template.metadata.labels: Invalid value: {_dump(labels)}: {why}")
    return problems


def pruned(obj: Object) -> Object:
    """Without what the API server does not keep: names that a Deployment's spec does not have, empty maps of texts."""
    kept = {name: value for name, value in obj.items() if name != "data" or value}
    metadata = obj["metadata"]
    kept["metadata"] = {name: value for name, value in metadata.items() if name not in MAPS or value}
    if obj["kind"] == "Deployment":
        kept["spec"] = {name: value for name, value in obj["spec"].items() if name in DEPLOYMENT}
    return kept


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
