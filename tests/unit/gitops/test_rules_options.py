"""House rules over Argo CD's options and annotations."""

import pytest

from tests.unit.gitops.manifests import MARK, annotated, lines, marked, plain

OPTIONS = "argocd.argoproj.io/sync-options"


def with_option(option: str) -> str:
    return plain("", f"syncPolicy:\n  syncOptions:\n    - CreateNamespace=true\n    - {option}  {MARK}")


def note(name: str, value: str) -> str:
    return f"argocd.argoproj.io/{name}: {value}  {MARK}"


BAD = {
    "unknown-sync-option": [
        with_option("CreateNamespaces=true"),
        with_option("createNamespace=true"),
        with_option("CreateNamespace=yes"),
        with_option("'CreateNamespace = true'"),
        with_option("ServerSideApply"),
        with_option("PrunePropagationPolicy=Foreground"),
        with_option("Force=true"),
        annotated(note("sync-options", "Prune=never")),
        annotated(note("sync-options", "CreateNamespace=true")),
        annotated(note("sync-options", '"Prune=false, Prun=true"')),
    ],
    "replace-option": [with_option("Replace=true"), annotated(note("sync-options", "Replace=true"), "Service")],
    "force-option": [annotated(note("sync-options", "Force=true"), "PersistentVolumeClaim")],
    "validation-off": [with_option("Validate=false")],
    "unknown-hook": [annotated(note("hook", "presync"), "Job"), annotated(note("hook", '"PreSync,After"'), "Job")],
    "unknown-hook-delete-policy": [annotated(note("hook-delete-policy", "hook-succeeded"), "Job")],
    "sync-wave": [annotated(note("sync-wave", wave)) for wave in ("first", '"1.5"', '"- 1"', '"\u0661"', '""')],
    "unknown-compare-option": [annotated(note("compare-options", "IgnoreExtraneous=true"))],
    "unknown-annotation": [annotated(note("syncwave", '"1"')), annotated(note("sync-option", "Prune=false"))],
}
FINE = {
    "unknown-sync-option": [
        with_option(one)
        for one in (
            *("Prune=false", "Delete=confirm", "PrunePropagationPolicy=orphan", "ClientSideApplyMigration=false"),
            *("FailOnSharedResource=true", "RespectIgnoreDifferences=true", "'{{.option}}'"),
        )
    ]
    + [annotated(f"{OPTIONS}: 'Prune=false , Force=true,Replace=true'", "Job")],
    "replace-option": [with_option("Replace=false"), annotated(note("sync-options", "Replace=true"), "Job")],
    "force-option": [annotated(note("sync-options", "Force=true"), "Job"), with_option("Force=true")],
    "validation-off": [annotated(note("sync-options", "Validate=false"))],
    "unknown-hook": [annotated(note("hook", '"PreDelete, PostDelete"'), "Job"), annotated("helm.sh/hook: test", "Pod")],
    "sync-wave": [annotated(note("sync-wave", wave)) for wave in ('"-10"', '"+3"', '"007"', "'{{ .Values.wave }}'")],
    "unknown-annotation": [annotated(note("something-new", "x")), annotated(note("manifest-generate-paths", "."))],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_it_is_found_at_its_line(rule: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text) == marked(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FINE.items() for text in texts])
def test_what_only_looks_like_it_is_not(rule: str, text: str) -> None:
    assert lines(rule, text) == []
