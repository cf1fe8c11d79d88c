"""House rules over ApplicationSets."""

import pytest

from tests.unit.gitops.manifests import MARK, application_set, lines, marked

GO = "goTemplate: true\ngoTemplateOptions: [missingkey=error]"
LIST = "generators:\n  - list: {elements: [{env: staging}, {env: production}]}"
GIT = "generators:\n  - git: {repoURL: u, revision: main, directories: [{path: a/*}]}"

MATRIX = "generators:\n  - matrix:\n      generators:\n        - clusters: {}\n        - git: {repoURL: u}"


def template(name: str, project: str = "shop", spec: str = "destination: {server: s, namespace: shop}") -> str:
    return f"template:\n  metadata:\n    name: {name}\n  spec:\n    project: {project}\n    {spec}"


def a_set(*parts: str) -> str:
    return application_set("\n".join(parts))


def requests(body: str, mark: str = "") -> str:
    return a_set(GO, f"generators:\n  - pullRequest:{mark}\n      {body}", template("'pr-{{.number}}'"))


BAD = {
    "missing-key-ignored": [
        a_set(f"goTemplate: true  {MARK}", LIST, template("'web-{{.env}}'")),
        a_set(f"goTemplate: true  {MARK}", "goTemplateOptions: [missingkey=zero]", template("'web-{{.env}}'")),
    ],
    "no-go-template": [a_set(LIST, template("'web-{{env}}'")).replace("\nspec:", f"\nspec:  {MARK}")],
    "template-style": [
        a_set(GO, LIST, template(f"'web-{{{{env}}}}'  {MARK}")),
        a_set(GO, GIT, template(f"'{{{{path.basename}}}}'  {MARK}")),
        a_set(GO, GIT, template(f"'{{{{- path.basename | lower }}}}'  {MARK}").replace(" | lower", "")),
        a_set(LIST, template(f"'web-{{{{.env}}}}'  {MARK}")),
        a_set(LIST, template("'web-{{env}}'", spec=f"destination:\n      namespace: '{{{{ .env }}}}'  {MARK}")),
    ],
    "same-name": [
        a_set(GO, LIST, template(f"web  {MARK}")),
        a_set(GO, GIT, template(f"web  {MARK}")),
        a_set(GO, "generators:\n  - clusters: {}", template(f"web  {MARK}")),
    ],
    "templated-project": [
        a_set(GO, GIT, template("'{{.path.basename}}'", f"'{{{{.path.basename}}}}'  {MARK}")),
        a_set(GO, MATRIX, template("'{{.name}}'", f"'{{{{.name}}}}-{{{{.path.basename}}}}'  {MARK}")),
        a_set(MATRIX, template("'{{name}}'", f"'{{{{path[0]}}}}'  {MARK}")),
        a_set(
            GO,
            "generators:\n  - matrix:\n      generators:\n        - clusters: {}\n        - scmProvider: {github: {}}",
            template("'{{.name}}'", f"'{{{{.repository}}}}'  {MARK}"),
        ),
    ],
    "unfiltered-pull-requests": [
        requests("github: {owner: shop, repo: web}", f"  {MARK}"),
        requests("gitlab: {project: shop, labels: []}", f"  {MARK}"),
        requests("bitbucketServer: {project: shop, repo: web, api: u}", f"  {MARK}"),
    ],
    "deletes-on-removal": [a_set(GO, LIST, template("'web-{{.env}}'")).replace("\nspec:", f"\nspec:  {MARK}")],
}
FINE = {
    "missing-key-ignored": [a_set(GO, LIST), a_set(LIST)],
    "no-go-template": [a_set(GO, LIST)],
    "template-style": [
        a_set(GO, LIST, template('\'web-{{.env}}-{{ index .labels "a-b" }}-{{ now | date "2006" }}\'')),
        a_set(GO, LIST, template("'{{ if .env }}web{{ else }}x{{ end }}'")),
        a_set(LIST, template("'web-{{env}}-{{path.basename}}'")),
        a_set(LIST, template("'web-{{env}}'", spec="source: {helm: {valuesObject: {legend: '{{ .pod }}'}}}")),
    ],
    "same-name": [
        a_set(GO, LIST, template("'web-{{.env}}'")),
        a_set(GO, "generators:\n  - list: {elements: [{env: staging}]}", template("web")),
        a_set(GO, LIST, template("web"), "templatePatch: 'metadata: {name: x}'"),
    ],
    "templated-project": [
        a_set(GO, GIT, template("'{{.path.basename}}'")),
        a_set(GO, LIST, template("'{{.env}}'", "'{{.env}}'")),
        a_set(GO, MATRIX, template("'{{.name}}'", "'{{.metadata.labels.team}}'")),
        a_set(GO, MATRIX, template("'{{.name}}'", "'{{ index .metadata.labels \"team\" }}-x'")),
        a_set(GO, MATRIX.replace("clusters: {}", "list: {elements: [{team: a}]}"), template("x", "'{{.team}}'")),
        a_set(MATRIX, template("'{{name}}'", "'{{metadata.labels.team}}'")),
        a_set(GO, "generators:\n  - clusters: {}", template("'{{.name}}'", "'{{.metadata.labels.team}}'")),
    ],
    "unfiltered-pull-requests": [
        requests("github: {owner: shop, repo: web, labels: [preview]}"),
        requests("bitbucketServer: {repo: web}\n      filters: [{targetBranchMatch: main}]"),
    ],
    "deletes-on-removal": [
        a_set(GO, LIST, template("'web-{{.env}}'"), "syncPolicy: {preserveResourcesOnDeletion: true}"),
        a_set(GO, LIST, template("'web-{{.env}}'"), "syncPolicy: {applicationsSync: create-update}"),
    ],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_it_is_found_at_its_line(rule: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text) == marked(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FINE.items() for text in texts])
def test_what_only_looks_like_it_is_not(rule: str, text: str) -> None:
    assert lines(rule, text) == []
