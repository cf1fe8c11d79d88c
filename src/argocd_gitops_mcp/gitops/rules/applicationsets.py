"""House rules over ApplicationSets. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import declared
from argocd_gitops_mcp.gitops.rules.rule import APPLICATION_SET, Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import Path, is_templated, items, mapping, strings, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_KEEPING = ("create-only", "create-update")
_NESTING = ("matrix", "merge")
# Their content is what people with write access to a repository, or strangers, propose.
_FOREIGN = ("git", "scmProvider", "pullRequest")
_BARE = re.compile(r"\{\{-?\s*([A-Za-z_]\w*(?:[.-][\w.\-]+)?)\s*-?\}\}")
_DOTTED = re.compile(r"\{\{-?\s*\.[A-Za-z_]")
_ROOT = re.compile(r"(?:\{\{-?|[\s(])\s*\.([A-Za-z_]\w*)|\{\{-?\s*([A-Za-z_]\w*)(?:[.\[]|\s*-?\}\})")
# What the cluster generator offers, from Secrets that only administrators write; `values` stand in the set itself.
_OF_CLUSTERS = ("name", "nameNormalized", "server", "metadata", "project", "values")
_GO_WORDS = ("end", "else", "break", "continue", "now", "uuidv4")


def _generators(document: Document) -> Iterator[tuple[Path, str, Any]]:
    """Every generator, also those inside of others, with its place and kind."""
    waiting: list[Path] = [("spec", "generators")]
    while waiting:
        path = waiting.pop()
        for index, one in enumerate(items(document.value, *path)):
            for kind, body in one.items() if isinstance(one, dict) else ():
                where = (*path, index, kind)
                yield where, kind, body
                if kind in _NESTING:
                    waiting.append((*where, "generators"))


def _is_go(document: Document) -> bool:
    return mapping(document.value, "spec").get("goTemplate") is True


@rule(
    "missing-key-ignored",
    "warning",
    (APPLICATION_SET,),
    "An ApplicationSet does not stop at missing parameters (missingkey=error)",
    why="A parameter that an element lacks becomes the text `<no value>`, and an application is made of it.",
    remedy="Set goTemplateOptions: [missingkey=error].",
)
def missing_key_ignored(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Go templates that fill in `<no value>`."""
    if _is_go(document) and "missingkey=error" not in items(document.value, "spec", "goTemplateOptions"):
        yield (
            ("spec", "goTemplate"),
            "a missing parameter becomes `<no value>`: set goTemplateOptions: [missingkey=error]",
        )


@rule(
    "no-go-template",
    "info",
    (APPLICATION_SET,),
    "An ApplicationSet does not use Go templates",
    why="The older templates leave what they do not know as it stands, and have no functions.",
    remedy="Set goTemplate: true and goTemplateOptions: [missingkey=error], and write {{.name}} in place of {{name}}.",
)
def no_go_template(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Templates of the older kind."""
    if mapping(document.value, "spec") and not _is_go(document):
        yield ("spec",), "it uses the older templates: set goTemplate: true, and write {{.name}} in place of {{name}}"


@rule(
    "template-style",
    "error",
    (APPLICATION_SET,),
    "A parameter is written for the other kind of template",
    why="Go templates fail on {{name}}; the older ones leave {{.name}} as it stands.",
    remedy="With goTemplate: true write {{.name}}, without it {{name}}.",
)
def template_style(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Parameters that are never filled in."""
    template = mapping(document.value, "spec", "template")
    if _is_go(document):
        for path, value in strings(template):
            bare = next((one for one in _BARE.findall(value) if one not in _GO_WORDS), "")
            if bare:
                yield ("spec", "template", *path), f"with goTemplate write {{{{.{bare}}}}}, not {{{{{bare}}}}}"
        return
    # Deeper down, such as in Helm values, braces may be meant for somebody else.
    read: list[Path] = [("metadata", "name"), ("spec", "project")]
    read += [("spec", "source", name) for name in ("repoURL", "path", "chart", "targetRevision")]
    read += [("spec", "destination", name) for name in ("server", "name", "namespace")]
    for place in read:
        if _DOTTED.search(text(template, *place)):
            yield ("spec", "template", *place), "without goTemplate: true, {{.name}} is not filled in: set it"


@rule(
    "same-name",
    "error",
    (APPLICATION_SET,),
    "Every application of a set gets the same name",
    why="Argo CD refuses to make any of them.",
    remedy="Put a parameter that differs into the template's name.",
)
def same_name(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Templates whose name has no parameter."""
    name = text(document.value, "spec", "template", "metadata", "name")
    if not name or is_templated(name) or text(document.value, "spec", "templatePatch"):
        return
    several = [one for _, kind, one in _generators(document) if kind != "list" or len(items(one, "elements")) > 1]
    if several:
        yield ("spec", "template", "metadata", "name"), "the name has no parameter: all applications would be called so"


@rule(
    "templated-project",
    "warning",
    (APPLICATION_SET,),
    "The project comes from a repository that is not only the administrators'",
    why="Whoever writes there chooses the project, and with it what an application may do.",
    remedy="Make spec.project of the template a constant.",
)
def templated_project(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Projects chosen by those whom they are to hold."""
    project = text(document.value, "spec", "template", "spec", "project")
    foreign = sorted({kind for _, kind, _ in _generators(document) if kind in _FOREIGN})
    if is_templated(project) and foreign and not _parameters(project) <= _own_parameters(document):
        where = ("spec", "template", "spec", "project")
        yield where, f"generator {foreign[0]} chooses the project: make it a constant"


def _parameters(template: str) -> set[str]:
    """The first part of each parameter's name; `?` where none can be told."""
    return {go or older for go, older in _ROOT.findall(template)} or {"?"}


def _own_parameters(document: Document) -> set[str]:
    """Parameters that come from the set itself, or from the clusters."""
    found = set()
    for _, kind, body in _generators(document):
        if kind == "clusters":
            found |= set(_OF_CLUSTERS)
        elif kind == "list":
            found |= {name for element in items(body, "elements") for name in mapping(element)}
    return found


@rule(
    "unfiltered-pull-requests",
    "warning",
    (APPLICATION_SET,),
    "Every pull request is deployed",
    why="It runs what strangers propose, before anyone looked at it.",
    remedy="Require a label that only maintainers set, or give filters.",
)
def unfiltered_pull_requests(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Previews of whatever is proposed."""
    for path, kind, body in _generators(document):
        if kind == "pullRequest" and isinstance(body, dict) and not body.get("filters"):
            forges = [one for one in body.values() if isinstance(one, dict)]
            if not any(one.get("labels") for one in forges):
                yield path, "every pull request is deployed: require a label, or give filters"


@rule(
    "deletes-on-removal",
    "info",
    (APPLICATION_SET,),
    "When an element or the set goes, all that was deployed is deleted",
    why="An element is easily lost: a renamed folder, a cluster whose label changed.",
    remedy="Set syncPolicy.preserveResourcesOnDeletion, or applicationsSync: create-update, where that would hurt.",
)
def deletes_on_removal(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Sets that take everything along."""
    policy = mapping(document.value, "spec", "syncPolicy")
    keeps = policy.get("preserveResourcesOnDeletion") is True or text(policy, "applicationsSync") in _KEEPING
    if declared(document).spec and not keeps:
        yield ("spec",), "a lost element deletes what runs: consider syncPolicy.preserveResourcesOnDeletion"
