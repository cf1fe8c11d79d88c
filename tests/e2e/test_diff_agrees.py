"""diff and `argocd app diff` tell the same of the same applications."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from testbed.record import Testbed

from tests.contract.bench import App, Bench, config_map, deployment, secret
from tests.e2e.argocd_cli import ArgoCD

pytestmark = [pytest.mark.anyio, pytest.mark.real]

# What the command line shows of created and pruned objects, and we leave out.
NOISE = re.compile(
    r"managedFields|^- apiVersion|last-applied-|resourceVersion|uid|time|manager|fields|f:|\. ?:|operation:"
)


@pytest.fixture
def argocd(testbed: Testbed, tmp_path: Path) -> ArgoCD:
    return ArgoCD(testbed, tmp_path)


class Changed(NamedTuple):
    """The lines that go and come of one resource, without their indentation."""

    removed: frozenset[str]
    added: frozenset[str]


def cli(text: str) -> dict[str, Changed]:
    """`===== group/Kind namespace/name ======`, then a diff as `diff` writes it."""
    found = {}
    for block in re.split(r"^===== ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = block.partition("\n")
        kind, _, name = heading.removesuffix(" ======").partition(" ")
        key = f"{kind.rpartition('/')[2]}/{name.rpartition('/')[2]}"
        found[key] = _changed(body, "< ", "> ")
    return found


def ours(text: str) -> dict[str, Changed]:
    found = {}
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = block.partition("\n")
        found[heading.split()[0]] = _changed(body, "-", "+")
    return found


def _changed(body: str, minus: str, plus: str) -> Changed:
    def lines(sign: str) -> frozenset[str]:
        said = [line[len(sign) :].strip() for line in body.split("\n") if line.startswith(sign)]
        return frozenset(line.replace('"', "'") for line in said if not NOISE.search(line) and not line.startswith("{"))

    return Changed(lines(minus), lines(plus))


async def _differing(bench: Bench) -> App:
    app = await bench.synced(
        {
            "web.yaml": deployment("{name}"),
            "settings.yaml": config_map("{name}"),
            "old.yaml": config_map("{name}-old"),
            "secret.yaml": secret("{name}", "correct-horse"),
        }
    )
    app.commit(
        {
            "web.yaml": deployment(app.name, image="example.com/web:v2", replicas=3),
            "old.yaml": None,
            "new.yaml": config_map(f"{app.name}-new", mode="fast"),
            "secret.yaml": secret(app.name, "battery-staple"),
        }
    )
    return app


async def _ignoring(bench: Bench) -> App:
    rule = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    app = await bench.synced({"web.yaml": deployment("{name}")}, ignoreDifferences=[rule])
    app.commit({"web.yaml": deployment(app.name, image="example.com/web:v2", replicas=5)})
    return app


async def _drifted(bench: Bench) -> App:
    app = await bench.synced({"web.yaml": deployment("{name}"), "settings.yaml": config_map("{name}")})
    for kind, change in (("Deployment", '{"spec":{"replicas":4}}'), ("ConfigMap", '{"data":{"MODE":"fast"}}')):
        patched = await app.resource("patch_resource", resource_name=app.name, resource_kind=kind, patch=change)
        assert patched.ok
    return app


async def _charted(bench: Bench) -> App:
    chart = {
        "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
        "values.yaml": "tag: v1\n",
        "templates/web.yaml": deployment("{name}", image="example.com/web:{{ .Values.tag }}"),
    }
    app = await bench.synced(chart)
    app.commit({"values.yaml": "tag: v2\n"})
    return app


async def _applied_by_the_server(bench: Bench) -> App:
    """Kubernetes itself says what a sync would make of it."""
    app = await bench.synced(
        {"web.yaml": deployment("{name}"), "settings.yaml": config_map("{name}")},
        metadata={"annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}},
        syncPolicy={"syncOptions": ["ServerSideApply=true"]},
    )
    app.commit(
        {"web.yaml": deployment(app.name, image="example.com/web:v2"), "settings.yaml": config_map(app.name, "fast")}
    )
    return app


@pytest.mark.parametrize("made", [_differing, _ignoring, _drifted, _charted, _applied_by_the_server])
async def test_both_tell_the_same(bench: Bench, argocd: ArgoCD, made: Callable[[Bench], Awaitable[App]]) -> None:
    app = await made(bench)
    app.refresh()
    theirs = await argocd.run("app", "diff", app.name)
    assert theirs.status == 1, theirs.err
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    assert ours(text) == cli(theirs.out)


async def test_nothing_differs(bench: Bench, argocd: ArgoCD) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}")})
    assert (await argocd.run("app", "diff", app.name)).status == 0
    assert ": 0 of 1 resources differ" in (await bench.tools.application("diff", name=app.name)).ok.text


@pytest.mark.parametrize("made", [_differing, _ignoring, _charted, _applied_by_the_server])
async def test_of_another_revision(bench: Bench, argocd: ArgoCD, made: Callable[[Bench], Awaitable[App]]) -> None:
    app = await made(bench)
    # By its commit: of a branch the command line may be told what it was minutes ago.
    newest = app.commit({"note.txt": "nothing that is deployed"})
    theirs = await argocd.run("app", "diff", app.name, f"--revision={newest}")
    assert theirs.status == 1, theirs.err
    text = (await bench.tools.application("diff", name=app.name, revision=newest)).ok.text
    assert ours(text) == cli(theirs.out)
