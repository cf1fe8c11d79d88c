"""House rules over AppProjects, their roles and windows, and what they allow the applications of the set."""

import pytest

from argocd_gitops_mcp.gitops.rules.schedules import is_duration, refusal
from tests.unit.gitops.manifests import MARK, everything, lines, marked, plain, project

OWN = "https://kubernetes.default.svc"
WINDOW = {"kind": "deny", "schedule": '"0 22 * * *"', "duration": "1h", "applications": '["*"]'}


def role(*policies: str) -> str:
    listed = "".join(f"\n      - {one}  {MARK}" for one in policies)
    return project(f"roles:\n  - name: ops\n    policies:{listed}")


def window(at: str = "", **changed: str) -> str:
    fields = {**WINDOW, **changed}
    rows = "".join(
        f"\n    {name}: {value}" + (f"  {MARK}" if name == at else "") for name, value in fields.items() if value
    )
    return project(f"syncWindows:\n  - manualSync: true{rows}")


BAD = {
    "wildcard-source": [
        project(f"sourceRepos:\n  - 'https://git.example.com/*'\n  - '*'  {MARK}"),
        project(f"sourceRepos:\n  - 'https://git.example.com/*'\n  - '!https://git.example.com/evil'  {MARK}"),
    ],
    "wildcard-destination": [
        project(f"destinations:\n  - {{server: '*', namespace: '*'}}  {MARK}"),
        project(f"destinations:\n  - {{name: in-cluster, namespace: '*'}}  {MARK}"),
        project(f"destinations:\n  - {{name: in-cluster, namespace: '!kube-system'}}  {MARK}"),
        project(f"destinations:\n  - {{server: '!https://a.example.com', namespace: '*'}}  {MARK}"),
        project(f"destinations:\n  - {{server: {OWN}, namespace: '*'}}  {MARK}"),
    ],
    "wildcard-cluster-resources": [project(f"clusterResourceWhitelist:\n  - {{group: '*', kind: '*'}}  {MARK}")],
    "missing-description": [project("sourceRepos: []").replace("spec:", f"spec:  {MARK}")],
    "invalid-project": [
        project(f"sourceRepos:\n  - a\n  - a  {MARK}"),
        project(f"sourceRepos:\n  - '!*'  {MARK}"),
        project(f"destinations:\n  - {{server: s, namespace: n}}\n  - {{server: s, namespace: n}}  {MARK}"),
        project(f"destinations:\n  - {{server: s, namespace: '!*'}}  {MARK}"),
        project(f"roles:\n  - name: ops\n  - name: ops  {MARK}"),
    ],
    "sync-window": [
        window("kind", kind="block"),
        window("schedule", schedule='"@daily"'),
        window("schedule", schedule='"0 22 * *"'),
        window("schedule", schedule='"0 24 * * *"'),
        window("duration", duration="2d"),
        window("duration", duration='"90"'),
        window("description", description="x" * 256),
        window(applications="").replace("- manualSync: true", f"- manualSync: true  {MARK}"),
    ],
    "invalid-policy": [
        role("p, proj:shop:ops, applications, get, shop/*"),
        role("g, proj:shop:ops, applications, get, shop/*, allow"),
        role("p, proj:shop:admin, applications, get, shop/*, allow"),
        role("p, proj:other:ops, applications, get, shop/*, allow"),
        role("p, proj:shop:ops, projects, get, shop/*, allow"),
        role("p, proj:shop:ops, applications, restart, shop/*, allow"),
        role("p, proj:shop:ops, applications, get, other/*, allow"),
        role("p, proj:shop:ops, applications, get, shop, allow"),
        role("p, proj:shop:ops, applications, get, shop/*, permit"),
    ],
    "wildcard-policy": [
        role('"p, proj:shop:ops, applications, *, shop/*, allow"'),
        role('"p,proj:shop:ops,applicationsets,*,shop/*,allow"'),
    ],
}
FINE = {
    "wildcard-source": [project("sourceRepos: ['https://git.example.com/*']")],
    "wildcard-destination": [
        project("destinations:\n  - {server: https://previews.example.com, namespace: '*'}"),
        project("destinations:\n  - {server: '*', namespace: 'shop-*'}"),
    ],
    "wildcard-cluster-resources": [project("clusterResourceWhitelist:\n  - {group: apps, kind: '*'}")],
    "sync-window": [
        window(),
        window(schedule='"*/15 8-18 ? jan-jun mon,wed"', duration="1h30m"),
        window(applications="", clusters='["*"]'),
        window(schedule='"CRON_TZ=Europe/Berlin 0 22 * * *"'),
    ],
    "invalid-policy": [
        role("p, proj:shop:ops, applications, action/apps/Deployment/restart, shop/web, allow"),
        role("p, proj:shop:ops, exec, create, shop/team-a/web, deny"),
        role("p, proj:shop:ops, applications, delete/*/Pod/*, shop/*, allow"),
    ],
    "wildcard-policy": [
        role('"p, proj:shop:ops, applications, *, shop/*, deny"'),
        role("p, proj:shop:ops, applications, action/*, shop/*, allow"),
    ],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_it_is_found_at_its_line(rule: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text) == marked(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FINE.items() for text in texts])
def test_what_only_looks_like_it_is_not(rule: str, text: str) -> None:
    assert lines(rule, text) == []


@pytest.mark.parametrize(
    ("allowed", "url", "is_allowed"),
    [
        ("https://git.example.com/shop/*", "https://git.example.com/shop/deploy.git", True),
        ("https://git.example.com/shop/deploy", "https://git.example.com/Shop/deploy.git", True),
        ("git@git.example.com:shop/*", "ssh://git@git.example.com/shop/deploy.git", True),
        ("https://git.example.com/shop/**", "https://git.example.com/shop/a/b.git", True),
        ("https://git.example.com/shop/*", "https://git.example.com/shop/a/b.git", False),
        ("'https://git.example.com/{shop,search}/*'", "https://git.example.com/search/deploy", True),
        ("'https://git.example.com/{shop,search}/*'", "https://git.example.com/other/deploy", False),
        ("'*'", "https://elsewhere.example.com/a.git", True),
        ("https://git.example.com/shop/*", "https://git.example.com/platform/deploy.git", False),
        ("https://git.example.com/shop/*", "https://git.example.org/shop/deploy.git", False),
        ("'!https://git.example.com/evil/*'", "https://git.example.com/shop/deploy.git", True),
        ("https://git.example.com/shop/*", "'{{.url}}'", True),
    ],
)
def test_a_project_of_the_set_allows_a_source_or_not(allowed: str, url: str, *, is_allowed: bool) -> None:
    app = plain(f"{{repoURL: {url}, path: web, targetRevision: v1}}")
    files = {"app.yaml": app, "project.yaml": project(f"sourceRepos: [{allowed}]")}
    assert everything(files, "source-not-allowed") == ([] if is_allowed else [("app.yaml", 7)])


@pytest.mark.parametrize(
    ("allowed", "destination", "is_allowed"),
    [
        (f"{{server: {OWN}, namespace: shop-*}}", f"{{server: {OWN}, namespace: shop-eu}}", True),
        (f"{{server: {OWN}, namespace: shop-*}}", f"{{server: {OWN}/, namespace: shop-eu}}", True),
        ("{name: '*', namespace: shop-eu}", "{name: eu, namespace: shop-eu}", True),
        # Which name a server has is not known here.
        ("{name: eu, namespace: shop-eu}", "{server: https://eu.example.com, namespace: shop-eu}", True),
        ("{server: '*', namespace: shop-*}", "{server: s, namespace: '{{.namespace}}'}", True),
        (f"{{server: {OWN}, namespace: shop-*}}", f"{{server: {OWN}, namespace: shop}}", False),
        (f"{{server: {OWN}, namespace: shop-*}}", "{server: https://eu.example.com, namespace: shop-eu}", False),
        (f"{{server: {OWN}, namespace: '!kube-system'}}", f"{{server: {OWN}, namespace: shop-eu}}", True),
        ("{name: eu, namespace: '*'}", "{name: us, namespace: shop-eu}", False),
    ],
)
def test_a_project_of_the_set_allows_a_destination_or_not(allowed: str, destination: str, *, is_allowed: bool) -> None:
    files = {"app.yaml": plain(destination=destination), "project.yaml": project(f"destinations: [{allowed}]")}
    assert everything(files, "destination-not-allowed") == ([] if is_allowed else [("app.yaml", 8)])


@pytest.mark.parametrize(
    "schedule", ["* * * * *", "*/5 0 1-7,15 JAN-dec sun", "0/20 ? ? ? ?", "+1 01 * * *", "1,,2 * * * *"]
)
def test_schedules_that_robfig_cron_reads(schedule: str) -> None:
    assert refusal(schedule) == refusal(schedule, named=True) == ""


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "* * * * tues",
        "5-1 * * * *",
        "*/0 * * * *",
        "/2 * * * *",
        "1-2-3 * * * *",
        "L * * * *",
        "-1 * * * *",
        "@reboot",
        "@every 90",
    ],
)
def test_schedules_that_robfig_cron_refuses(schedule: str) -> None:
    assert refusal(schedule)
    assert refusal(schedule, named=True)


def test_names_and_zones_are_read_where_they_are_known() -> None:
    for schedule in ("@daily", "@every 1h30m"):
        assert refusal(schedule)
        assert not refusal(schedule, named=True)
    assert not refusal("TZ=UTC 0 1 * * *")
    assert refusal("TZ=UTC 0 1 * * *", named=True)


@pytest.mark.parametrize("text", ["1h", "1h30m", "90s", "1.5h", ".5m", "0", "-1h", "+10ms", "1µs"])
def test_durations_that_go_reads(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize("text", ["", "1", "2d", "1 h", "h", "1h 30m", ".", "1.h.", "1w", "01:30", "1H"])
def test_durations_that_go_refuses(text: str) -> None:
    assert not is_duration(text)
