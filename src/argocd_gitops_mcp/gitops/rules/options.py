"""House rules over Argo CD's options and annotations, which it ignores without a word when misspelt. Pure.

The names are those that Argo CD 3.6 reads: controller/sync.go, controller/state.go, controller/hook.go, and
gitops-engine's pkg/sync.
"""

import difflib
from collections.abc import Iterator, Mapping

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import declared
from argocd_gitops_mcp.gitops.rules.rule import EVERYTHING, Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import Path, annotations, is_templated, items
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_SWITCH = ("true", "false")
_ON_BOTH: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Validate", "SkipDryRunOnMissingResource", "PruneLast", "Replace", "ServerSideApply"), _SWITCH),
    **dict.fromkeys(("Prune", "Delete"), ("true", "false", "confirm")),
}
OF_APPLICATIONS: Mapping[str, tuple[str, ...]] = {
    **_ON_BOTH,
    **dict.fromkeys(("ApplyOutOfSyncOnly", "CreateNamespace", "FailOnSharedResource"), _SWITCH),
    **dict.fromkeys(("RespectIgnoreDifferences", "ClientSideApplyMigration"), _SWITCH),
    "PrunePropagationPolicy": ("foreground", "background", "orphan"),
}
OF_RESOURCES: Mapping[str, tuple[str, ...]] = {**_ON_BOTH, "Force": _SWITCH}
HOOKS = ("PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete")
DELETE_POLICIES = ("HookSucceeded", "HookFailed", "BeforeHookCreation")
_COMPARE = ("IgnoreExtraneous", "ServerSideDiff=true", "ServerSideDiff=false", "IncludeMutationWebhook=true")
_PREFIX = "argocd.argoproj.io/"
_SYNC_OPTIONS, _HOOK, _DELETE_POLICY = f"{_PREFIX}sync-options", f"{_PREFIX}hook", f"{_PREFIX}hook-delete-policy"
_WAVE, _COMPARE_OPTIONS = f"{_PREFIX}sync-wave", f"{_PREFIX}compare-options"
_ANNOTATIONS = (
    "application-set-refresh", "client-side-apply-migration-manager", "compare-options", "deletion-approved", "hook",
    "hook-delete-policy", "hydrate", "hydrate-timestamp", "ignore-default-links", "ignore-differences",
    "ignore-healthcheck", "ignore-resource-updates", "ignore-restart-policy", "installation-id", "managed-by-url",
    "manifest-generate-paths", "refresh", "refresh-timestamp", "skip-reconcile", "sync-options", "sync-wave",
    "tracking-id",
)  # fmt: skip
_LIKE = 0.8
# Kinds whose replacement is the point, or costs nothing.
_REPLACEABLE = ("Job", "CustomResourceDefinition", "ConfigMap")


def _given(value: Mapping[str, str], annotation: str) -> Iterator[str]:
    """The comma-separated values of an annotation, as Argo CD splits them."""
    if annotation in value and not is_templated(value[annotation]):
        yield from (one.strip() for one in value[annotation].split(",") if one.strip())


def _options(document: Document) -> Iterator[tuple[Path, str, bool]]:
    """Every sync option of a document, and whether it is a whole application's."""
    if document.kind in {"Application", "ApplicationSet"} and document.group == "argoproj.io":
        app = declared(document)
        for index, one in enumerate(items(app.spec, "syncPolicy", "syncOptions")):
            if isinstance(one, str) and not is_templated(one):
                yield (*app.at, "syncPolicy", "syncOptions", index), one, True
    for one in _given(annotations(document.value), _SYNC_OPTIONS):
        yield ("metadata", "annotations", _SYNC_OPTIONS), one, False


@rule(
    "unknown-sync-option",
    "warning",
    EVERYTHING,
    "A sync option is misspelt, or does not work where it stands",
    why="Argo CD compares options by their exact text and ignores the others without a word.",
    remedy="Use the name and value that the finding gives.",
)
def unknown_sync_option(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Sync options that do nothing."""
    for path, option, is_application in _options(document):
        here, there = (OF_APPLICATIONS, OF_RESOURCES) if is_application else (OF_RESOURCES, OF_APPLICATIONS)
        name, value = option.partition("=")[::2]
        if name in here and value in here[name]:
            continue
        if name in here:
            yield path, f"`{option}` does nothing: {name} takes {' or '.join(here[name])}, in just these letters"
        elif name in there:
            place = "as an annotation on a resource" if is_application else "in an application's syncOptions"
            yield path, f"`{option}` does nothing here: it works only {place}"
        else:
            yield path, f"there is no sync option `{name}`{_meant(name, here)}"


@rule(
    "replace-option",
    "warning",
    EVERYTHING,
    "Replace=true for a whole application, or for a resource that serves or holds data",
    why="Objects are replaced or recreated instead of patched: downtime, and what others set in them is lost.",
    remedy="Use ServerSideApply=true for big objects; keep Replace=true to single Jobs or CRDs, by annotation.",
)
def replace_option(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Replacing where applying would do."""
    for path, option, is_application in _options(document):
        if option == "Replace=true" and (is_application or document.kind not in _REPLACEABLE):
            yield path, "Replace=true replaces or recreates instead of patching: ServerSideApply=true copes with size"


@rule(
    "force-option",
    "warning",
    EVERYTHING,
    "Force=true on a resource that serves or holds data",
    why="Where it cannot be patched, it is deleted and made anew: downtime, and loss for volumes.",
    remedy="Keep Force=true to Jobs.",
)
def force_option(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Deleting where applying would do."""
    for path, option, is_application in _options(document):
        if option == "Force=true" and not is_application and document.kind not in _REPLACEABLE:
            yield path, "Force=true deletes the resource and makes it anew: keep it to Jobs"


@rule(
    "validation-off",
    "info",
    EVERYTHING,
    "Validate=false for a whole application",
    why="Misspelt fields are then dropped by the cluster instead of being refused.",
    remedy="Give it as an annotation to the one resource that needs it.",
)
def validation_off(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Validation switched off for everything."""
    for path, option, is_application in _options(document):
        if option == "Validate=false" and is_application:
            yield path, "Validate=false lets misspelt fields through: give it to the one resource that needs it"


@rule(
    "unknown-hook",
    "error",
    EVERYTHING,
    "A hook is of no type that Argo CD knows",
    why="A resource whose hook types are all unknown is in no phase: it is never applied.",
    remedy=f"Use {', '.join(HOOKS)}.",
)
def unknown_hook(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Hooks that never run."""
    for one in _given(annotations(document.value), _HOOK):
        if one not in HOOKS:
            yield ("metadata", "annotations", _HOOK), f"there is no hook `{one}`{_meant(one, HOOKS)}"


@rule(
    "unknown-hook-delete-policy",
    "warning",
    EVERYTHING,
    "A hook's delete policy is none that Argo CD knows",
    why="It is ignored: the hook stays until its next run (BeforeHookCreation).",
    remedy=f"Use {', '.join(DELETE_POLICIES)}.",
)
def unknown_hook_delete_policy(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Delete policies that do nothing."""
    for one in _given(annotations(document.value), _DELETE_POLICY):
        if one not in DELETE_POLICIES:
            where = ("metadata", "annotations", _DELETE_POLICY)
            yield where, f"there is no delete policy `{one}`{_meant(one, DELETE_POLICIES)}"


@rule(
    "sync-wave",
    "error",
    EVERYTHING,
    "A sync wave is no whole number",
    why="Argo CD then takes wave 0, and the order is lost.",
    remedy='Give a whole number in quotes, such as "-1".',
)
def sync_wave(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Waves that count as 0."""
    wave = annotations(document.value).get(_WAVE)
    if wave is None or is_templated(wave):
        return
    if not (wave[1:] if wave[:1] in {"-", "+"} else wave).isdecimal() or not wave.isascii():
        yield ("metadata", "annotations", _WAVE), f"`{wave}` is no whole number: Argo CD takes wave 0"


@rule(
    "unknown-compare-option",
    "warning",
    EVERYTHING,
    "A compare option is misspelt",
    why="Argo CD ignores it without a word.",
    remedy=f"Use {', '.join(_COMPARE)}.",
)
def unknown_compare_option(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Compare options that do nothing."""
    for one in _given(annotations(document.value), _COMPARE_OPTIONS):
        if one not in _COMPARE:
            where = ("metadata", "annotations", _COMPARE_OPTIONS)
            yield where, f"there is no compare option `{one}`{_meant(one, _COMPARE)}"


@rule(
    "unknown-annotation",
    "warning",
    EVERYTHING,
    "An annotation looks like one of Argo CD's and is none",
    why="Argo CD ignores it without a word.",
    remedy="Use the name that the finding gives.",
)
def unknown_annotation(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Misspelt annotations; those that resemble none may be of a newer Argo CD."""
    for name in annotations(document.value):
        bare = name.removeprefix(_PREFIX)
        if bare != name and bare not in _ANNOTATIONS:
            near = difflib.get_close_matches(bare.lower(), _ANNOTATIONS, 1, cutoff=_LIKE)
            if near:
                where = ("metadata", "annotations", name)
                yield where, f"there is no annotation `{name}`; did you mean `{_PREFIX}{near[0]}`?"


def _meant(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = names.nearest(name, known, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known)}"
