"""The applications that a set's list generators make of its template; other generators have not been seen yet."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from argocd_gitops_mcp.sandbox.errors import not_found, unknown
from argocd_gitops_mcp.sandbox.world import Object

FINALIZER = "resources-finalizer.argocd.argoproj.io"
EMPTY: Object = {"sync": {"status": "", "comparedTo": {"source": {"repoURL": ""}, "destination": {}}}}
EMPTY |= {"health": {}, "summary": {}, "sourceHydrator": {}}
NO_VALUE = "<no value>"

_GO = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")
_PLAIN = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class TemplateError(Exception):
    """A template that cannot be filled in."""


def applications(spec: Object, namespace: str) -> list[Object]:
    """In the order of the elements; a set in Argo CD's own namespace that does not say so makes them without one."""
    fill, template = _filler(spec), spec.get("template") or {}
    finalizers = [] if (spec.get("syncPolicy") or {}).get("preserveResourcesOnDeletion") else [FINALIZER]
    made = []
    for generator in spec.get("generators") or []:
        for parameters in _parameters(generator):
            filled = fill(template, parameters)
            metadata = {**filled.get("metadata", {}), **({"namespace": namespace} if namespace else {})}
            kept = metadata.pop("finalizers", None) or finalizers
            metadata |= {"finalizers": kept} if kept else {}
            made.append({"metadata": metadata, "spec": filled.get("spec", {}), "status": EMPTY})
    return made


def _parameters(generator: Object) -> Iterator[Object]:
    if "plugin" in generator:  # of which the sandbox has none
        name = (generator["plugin"].get("configMapRef") or {}).get("name", "")
        raise not_found(f'error getting plugin from generator: error fetching ConfigMap: configmaps "{name}" not found')
    if "list" not in generator:
        raise unknown(f"the sandbox does not run generators of this kind: {', '.join(generator)}")
    yield from (generator["list"] or {}).get("elements") or ()


def _filler(spec: Object) -> Callable[[Any, Object], Any]:
    """What fills a template in: Go's, which may stop at what is missing, or the older kind, which leaves it."""
    is_strict = "missingkey=error" in (spec.get("goTemplateOptions") or ())

    def of_go(text: str, parameters: Object) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in parameters and is_strict:
                raise TemplateError(_missing(text, found))
            return str(parameters.get(found[1], NO_VALUE))

        return _GO.sub(value, text)

    def plain(text: str, parameters: Object) -> str:
        return _PLAIN.sub(lambda found: str(parameters.get(found[1], found[0])), text)

    one = of_go if spec.get("goTemplate") else plain

    def fill(value: Any, parameters: Object) -> Any:
        if isinstance(value, dict):
            return {name: fill(part, parameters) for name, part in value.items()}
        if isinstance(value, list):
            return [fill(part, parameters) for part in value]
        return one(value, parameters) if isinstance(value, str) else value

    return fill


def _missing(text: str, found: re.Match[str]) -> str:
    name, place = found[1], found.start(1) - 1  # of the dot
    where = f'template: base:1:{place}: executing "base" at <.{name}>: map has no entry for key "{name}"'
    return f"failed to execute go template {text}: {where}"
