"""Routes of ApplicationSets: there are none here, but what one would generate can be asked, of list generators only."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from argocd_gitops_mcp.sandbox import messages, rbac
from argocd_gitops_mcp.sandbox.errors import invalid, unknown
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.messages import Struct
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Object

FINALIZER = "resources-finalizer.argocd.argoproj.io"
EMPTY: Object = {"sync": {"status": "", "comparedTo": {"source": {"repoURL": ""}, "destination": {}}}}
EMPTY |= {"health": {}, "summary": {}, "sourceHydrator": {}}
# The generators of Argo CD; others than `list` have not been seen yet, and so are not answered.
GENERATORS = ("clusters", "git", "list", "matrix", "merge", "oci", "plugin", "pullRequest", "scmProvider")
NO_VALUE = "<no value>"
SET = Struct("ApplicationSetGenerateRequest.applicationSet", {"spec": Struct("", {"goTemplate": bool})})

_GO = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")
_PLAIN = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def list_application_sets(request: Exchange) -> Object:
    """There are none in the sandbox."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    return {"metadata": {"resourceVersion": str(request.world.version)}, "items": None}


def generate(request: Exchange) -> Object:
    """The applications that a set would make; nothing is stored."""
    caller, body, world = request.caller, request.json("ApplicationSetGenerateRequest"), request.world
    wanted = body.get("applicationSet")
    if wanted is None:
        raise unknown("error creating ApplicationSets: ApplicationSets is nil in request")
    messages.decode(wanted, SET)
    metadata, spec = wanted.get("metadata") or {}, wanted.get("spec") or {}
    name, namespace = metadata.get("name", ""), metadata.get("namespace") or CONTROL_PLANE
    if namespace != CONTROL_PLANE:
        raise unknown(f"namespace '{namespace}' is not permitted")
    template = spec.get("template") or {}
    project = (template.get("spec") or {}).get("project", "")
    if "{{" in project:
        text = "the Argo CD API does not currently support creating ApplicationSets with templated `project` fields"
        raise unknown(f"error validating ApplicationSets: {text}")
    generators = spec.get("generators") or []
    if any(not set(one) & set(GENERATORS) for one in generators):
        text = f"ApplicationSet {name} contains unrecognized generators"
        raise unknown(f"error validating ApplicationSets: {text}")
    rbac.demand(caller, "applicationsets", "create", f"{project}/{name}")
    if project not in world.projects:
        raise invalid(f"ApplicationSet references project {project} which does not exist")
    fill = _filler(spec)
    made = [_application(fill(template, parameters)) for one in generators for parameters in _parameters(one)]
    return {"applications": made} if made else {}


def _parameters(generator: Object) -> Iterator[Object]:
    if "list" not in generator:
        raise unknown(f"the sandbox does not run generators of this kind: {', '.join(generator)}")
    yield from (generator["list"] or {}).get("elements") or ()


def _application(filled: Object) -> Object:
    metadata = {"finalizers": [FINALIZER], **filled.get("metadata", {})}
    return {"metadata": metadata, "spec": filled.get("spec", {}), "status": EMPTY}


def _filler(spec: Object) -> Callable[[Any, Object], Any]:
    """What fills a template in: Go's, which may stop at what is missing, or the older kind, which leaves it."""
    is_strict = "missingkey=error" in (spec.get("goTemplateOptions") or ())

    def of_go(text: str, parameters: Object) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in parameters and is_strict:
                raise unknown(_missing(text, found))
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
    where = (
        f'template: base:1:{found.start(1)}: executing "base" at <.{found[1]}>: map has no entry for key "{found[1]}"'
    )
    said = f"failed to execute go template {text}: {where}"
    whole = f"unable to generate Applications of ApplicationSet: error generating applications: {said}"
    return f'{whole}\nlevel=error msg="error generating application from params" error="{said}"\n'


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/applicationsets", list_application_sets),
    ("POST", "/api/v1/applicationsets/generate", generate),
)
