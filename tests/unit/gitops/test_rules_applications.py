"""House rules over applications: their sources, their destination, what their syncs may do."""

import pytest

from argocd_gitops_mcp.gitops.rules import Config
from argocd_gitops_mcp.gitops.rules.sources import floats
from tests.unit.gitops.manifests import MARK, application, everything, lines, marked, plain, project

PRODUCTION = "web-production"
GIT = "repoURL: https://git.example.com/a.git"
CHART = "repoURL: https://charts.example.com, chart: web"


def source(revision: str) -> str:
    return f"\n  {GIT}\n  targetRevision: {revision}  {MARK}\n  path: web"


BAD = {
    "floating-revision": [
        plain(source("main"), name=PRODUCTION),
        plain(source("HEAD"), name=PRODUCTION),
        plain(source('">=1.2.0 <2.0.0"'), name=PRODUCTION),
        plain(f"{{{GIT}, path: web}}  {MARK}", name=PRODUCTION),
        plain(f"{{{CHART}, targetRevision: 1.*}}  {MARK}", name=PRODUCTION),
        plain(source("main"), destination="{server: s, namespace: shop-prod-eu}"),
        plain(source("main").replace("path: web", "path: web/overlays/production")),
        plain(source("refs/heads/release-1.2"), project="production"),
    ],
    "missing-source": [
        application(f"project: shop  {MARK}").replace(f"  {MARK}", "").replace("spec:", f"spec:  {MARK}"),
        plain(f"{{{GIT}, targetRevision: v1}}  {MARK}"),
        plain(f"{{{GIT}, ref: values}}  {MARK}"),
        application(f"sources:\n  - {{{CHART}, targetRevision: 1.0.0}}\n  - {{{GIT}}}  {MARK}"),
    ],
    "chart-without-version": [
        plain(f"{{{CHART}}}  {MARK}"),
        plain(f'\n  repoURL: https://charts.example.com\n  chart: web  {MARK}\n  targetRevision: ""'),
    ],
    "chart-and-path": [plain(f"\n  repoURL: u\n  chart: web\n  targetRevision: 1.0.0\n  path: web  {MARK}")],
    "source-and-sources": [
        application(f"source: {{{GIT}, path: a}}  {MARK}\nsources:\n  - {{{GIT}, path: b}}"),
    ],
    "unencrypted-repository": [plain(f"{{repoURL: http://git.example.com/a.git, path: web}}  {MARK}")],
    "value-file-outside": [
        plain(f"\n  {GIT}\n  path: charts/web\n  helm:\n    valueFiles:\n      - ../../../values.yaml  {MARK}"),
        plain(f"\n  {GIT}\n  path: charts/web\n  helm:\n    valueFiles:\n      - $values/../x.yaml  {MARK}"),
    ],
    "destination-cluster": [
        plain(destination=f"{{namespace: shop}}  {MARK}"),
        plain(destination=f"\n  server: s\n  name: eu  {MARK}\n  namespace: shop"),
    ],
    "missing-namespace": [
        plain(destination=f"{{server: s}}  {MARK}"),
        plain(destination=f'\n  server: s\n  namespace: ""  {MARK}'),
    ],
    "default-project": [plain(name=PRODUCTION, project=f"default  {MARK}")],
    "allow-empty": [
        plain("", f"syncPolicy:\n  automated:\n    prune: true\n    allowEmpty: true  {MARK}"),
    ],
    "missing-finalizer": [
        plain().replace("metadata:", f"metadata:  {MARK}"),
        application("", metadata="finalizers: [mine.example.com]").replace("metadata:", f"metadata:  {MARK}"),
    ],
    "ignored-object": [
        plain("", f"ignoreDifferences:\n  - kind: Deployment\n    jsonPointers:\n      - /spec  {MARK}"),
        plain("", f"ignoreDifferences:\n  - kind: Deployment\n    jqPathExpressions:\n      - .  {MARK}"),
    ],
    "default-namespace": [plain(destination=f"\n  server: s\n  namespace: default  {MARK}")],
}
FINE = {
    "floating-revision": [
        plain(source("main")),
        plain(source("v1.2.3"), name=PRODUCTION),
        plain(source("4f2c1d0e9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2"), name=PRODUCTION),
        plain(source("deadbeef"), name=PRODUCTION),
        plain(source("refs/tags/stable"), name=PRODUCTION),
        plain(source("main"), name="web-non-prod-production"),
        plain(source("main"), name="product-catalogue"),
        plain(source("'{{.revision}}'"), name=PRODUCTION),
        plain(source('"${revision}"'), name=PRODUCTION),
        plain(f"{{{CHART}}}", name=PRODUCTION),  # chart-without-version says so
    ],
    "missing-source": [
        application("sourceHydrator: {drySource: {repoURL: u, path: p}}"),
        application(f"sources:\n  - {{{CHART}, targetRevision: 1.0.0}}\n  - {{{GIT}, ref: values}}"),
    ],
    "unencrypted-repository": [
        plain("{repoURL: http://gitea.git.svc.cluster.local:3000/a.git, path: web}"),
        plain("{repoURL: http://127.0.0.1:3000/a.git, path: web}"),
        plain("{repoURL: 'http://[broken', path: web}"),
    ],
    "value-file-outside": [
        plain(f"{{{GIT}, path: charts/web, helm: {{valueFiles: [../../values.yaml, /shared.yaml, $v/a/../b.yaml]}}}}"),
        plain(f"{{{GIT}, path: charts/web, helm: {{valueFiles: [https://example.com/../../../x.yaml]}}}}"),
    ],
    "default-project": [plain(project="default")],
    "allow-empty": [
        plain("", "syncPolicy: {automated: {allowEmpty: true}}"),
        plain("", "syncPolicy: {automated: {enabled: false, prune: true, allowEmpty: true}}"),
    ],
    "missing-finalizer": [
        application("", metadata="finalizers: [resources-finalizer.argocd.argoproj.io/background]"),
    ],
    "ignored-object": [plain("", "ignoreDifferences: [{kind: Deployment, jsonPointers: [/spec/replicas]}]")],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_it_is_found_at_its_line(rule: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text) == marked(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FINE.items() for text in texts])
def test_what_only_looks_like_it_is_not(rule: str, text: str) -> None:
    assert lines(rule, text) == []


def test_a_folder_makes_production_and_the_configuration_says_which() -> None:
    text = plain(source("main"))
    assert lines("floating-revision", text, "argocd/production/web.yaml") == marked(text)
    assert lines("floating-revision", text, "argocd/live/web.yaml") == []
    live = Config(production=("live",))
    assert lines("floating-revision", text, "argocd/live/web.yaml", live) == marked(text)
    assert lines("floating-revision", text, "argocd/production/web.yaml", live) == []


def test_a_template_of_a_set_is_an_application_too() -> None:
    spec = f"template:\n  spec:\n    destination: {{server: s}}  {MARK}"
    text = application(spec).replace("kind: Application", "kind: ApplicationSet")
    assert lines("missing-namespace", text) == marked(text)


def test_a_project_is_unknown_only_where_projects_are_declared() -> None:
    app = plain(project="shopp")
    assert everything({"a.yaml": app}, "unknown-project") == []
    assert everything({"a.yaml": app, "p.yaml": project("description: d")}, "unknown-project") == [("a.yaml", 6)]
    assert everything({"a.yaml": plain(), "p.yaml": project("description: d")}, "unknown-project") == []


@pytest.mark.parametrize(
    ("revision", "chart", "git"),
    [  # what Masterminds/semver, which Argo CD uses, takes for a version (False) or for a constraint (True)
        ("1", False, False),
        ("1.2", False, False),
        ("v1.2", False, False),
        ("1.2.3-rc.1", False, False),
        ("1.x", True, True),
        ("1.2.x", True, True),
        ("*", True, True),
        ("^1", True, True),
        ("~1.2", True, True),
        ("1.2.3 - 2.0.0", True, True),
        ("1 || 2", True, True),
        ("", True, True),
        ("latest", True, True),
        ("main", False, True),
        ("feature/x-1", False, True),
        ("release-1.4", False, False),  # a tag, for all one can tell
    ],
)
def test_what_floats(revision: str, chart: bool, git: bool) -> None:
    assert floats(revision, is_chart=True) is chart
    assert floats(revision, is_chart=False) is git
