"""diff: what a sync would change, as Argo CD compares; errors never look like "no difference"."""

import pytest

from tests.contract.bench import BROKEN_YAML, Bench, config_map, deployment, hook, secret
from tests.stage import Tools

pytestmark = pytest.mark.anyio


async def test_a_changed_field(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}"), "settings.yaml": config_map("{name}")})
    app.commit({"web.yaml": deployment(app.name, image="example.com/web:v2")})
    app.refresh()
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    lines = text.split("\n")
    assert lines[0].startswith(f"{app.name}: 1 of 2 resources differ from Git at ")
    assert " (1 modified); compared 20" in lines[0]
    assert lines[1] == f"Deployment/{app.name} in default +1 -1"
    assert "-      - image: example.com/web:v1" in lines
    assert "+      - image: example.com/web:v2" in lines
    assert "managedFields" not in text
    assert "status" not in text


async def test_what_is_new_and_what_goes(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}"), "old.yaml": config_map("{name}-old")})
    app.commit({"old.yaml": None, "new.yaml": config_map(f"{app.name}-new", mode="fast")})
    app.refresh()
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    assert f"ConfigMap/{app.name}-new in default (to be created)" in text
    assert f"ConfigMap/{app.name}-old in default (to be pruned)" in text
    assert "+  MODE: fast" in text
    assert "-  MODE: normal" in text
    only = await bench.tools.application("diff", name=app.name, resources=[f"ConfigMap/{app.name}-new"])
    assert only.ok.text.startswith(f"{app.name}: 1 of 1 chosen resources differ ")
    assert "-old" not in only.ok.text
    same = await bench.tools.application("diff", name=app.name, resources=[f"Deployment/{app.name}"])
    assert same.ok.text.startswith(f"{app.name}: 0 of 1 chosen resources differ ")
    counted = (await bench.tools.application("diff", name=app.name, summary=True)).ok.text
    assert "MODE" not in counted
    assert "(to be created) +" in counted
    nothing = await bench.tools.application("diff", name=app.name, resources=["ConfigMap/nobody"])
    assert "matches no managed resource" in nothing.refused("unknown_resource")


async def test_what_is_ignored_does_not_differ(bench: Bench) -> None:
    rules = [
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
        {"group": "*", "kind": "ConfigMap", "jsonPointers": ["/data/MODE"]},
        {"group": "apps", "kind": "Deployment", "namespace": "elsewhere", "jsonPointers": ["/spec"]},
    ]
    files = {"web.yaml": deployment("{name}"), "settings.yaml": config_map("{name}")}
    app = await bench.synced(files, ignoreDifferences=rules)
    scaled = {"web.yaml": deployment(app.name, replicas=5), "settings.yaml": config_map(app.name, mode="fast")}
    newer = app.commit(scaled)
    app.refresh()
    assert app.whole()["status"]["sync"]["status"] == "Synced"
    for more in ({}, {"revision": newer}):
        text = (await bench.tools.application("diff", name=app.name, **more)).ok.text
        assert ": 0 of 2 resources differ" in text, text
    newer = app.commit({"web.yaml": deployment(app.name, image="example.com/web:v2", replicas=5)})
    pushed = (await bench.tools.application("diff", name=app.name, revision=newer)).ok.text
    app.refresh()
    compared = (await bench.tools.application("diff", name=app.name, revision=newer)).ok.text
    from_git = (await bench.tools.application("diff", name=app.name)).ok.text
    assert f"\nDeployment/{app.name} in default +1 -1\n" in pushed
    assert "replicas: 5" not in pushed
    told = [one.split("\n")[1:] for one in (pushed, compared, from_git)]
    assert told[0] == told[1] == told[2]


async def test_of_many_the_first_are_read_and_the_others_named(bench: Bench) -> None:
    count = 45
    files = {f"{index}.yaml": config_map(f"{{name}}-{index:02}") for index in range(count)}
    app = await bench.synced(files)
    app.commit({f"{index}.yaml": config_map(f"{app.name}-{index:02}", mode="fast") for index in range(count)})
    app.refresh()
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    assert "45 of 45 resources differ" in text
    assert "(40 modified, 5 not read)" in text
    assert f"[5 more differ and were not read; name them in resources: ConfigMap/{app.name}-40, " in text
    assert f"\nConfigMap/{app.name}-39 in default +1 -1\n" in text
    assert f"\n=== ConfigMap/{app.name}-00 in default\n" in text
    assert "of 40 hunks are not shown whole; choose with resources" in text
    rest = (await bench.tools.application("diff", name=app.name, resources=[f"ConfigMap/{app.name}-4*"])).ok.text
    assert f"ConfigMap/{app.name}-44 in default +1 -1" in rest


async def test_a_changed_secret_is_seen_and_not_read(bench: Bench) -> None:
    app = await bench.synced({"secret.yaml": secret("{name}", "correct-horse")})
    app.commit({"secret.yaml": secret(app.name, "battery-staple")})
    app.refresh()
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    assert f"Secret/{app.name} in default +1 -1" in text
    assert "++++++++" in text
    for value in ("horse", "staple", "Y29ycmVjd", "YmF0dGVyeS"):
        assert value not in text


async def test_a_changed_password_of_a_container_is_seen_and_not_read(bench: Bench) -> None:
    env = "          env: [{{name: DB_PASSWORD, value: {}}}]\n"
    app = await bench.synced({"web.yaml": deployment("{name}") + env.format("correct-horse")})
    app.commit({"web.yaml": deployment(app.name) + env.format("battery-staple")})
    app.refresh()
    text = (await bench.tools.application("diff", name=app.name)).ok.text
    assert "DB_PASSWORD" in text
    assert f"Deployment/{app.name} in default +1 -1" in text
    assert "horse" not in text
    assert "staple" not in text


async def test_no_difference_is_said_of_a_comparison(tools: Tools) -> None:
    for name in ("guestbook", "kustomized", "charted", "multi", "secretive"):
        text = (await tools.application("diff", name=name)).ok.text
        assert text.startswith(f"{name}: 0 of "), text
        assert "; compared 20" in text


async def test_what_cannot_be_compared_is_an_error(bench: Bench, tools: Tools) -> None:
    refused = (await tools.application("diff", name="unrenderable")).refused("failed_precondition")
    assert "ComparisonError" in refused
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    app.commit({"settings.yaml": BROKEN_YAML})
    app.refresh()
    (await tools.application("diff", name=app.name)).refused("failed_precondition")


async def test_another_revision(bench: Bench) -> None:
    app = await bench.synced(
        {"web.yaml": deployment("{name}"), "settings.yaml": config_map("{name}"), "old.yaml": config_map("{name}-old")}
    )
    newer = app.commit(
        {
            "web.yaml": deployment(app.name, image="example.com/web:v2", replicas=3),
            "old.yaml": None,
            "new.yaml": config_map(f"{app.name}-new"),
            "room.yaml": f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {app.name}\n",
            "before.yaml": hook("PreSync").replace("{name}", app.name),
        }
    )
    text = (await bench.tools.application("diff", name=app.name, revision=newer)).ok.text
    lines = text.split("\n")
    assert lines[0].startswith(f"{app.name}: 4 of 5 resources differ from revision {newer} (")
    assert f"Deployment/{app.name} in default +2 -2" in lines
    assert "+      - image: example.com/web:v2" in lines
    assert "-  replicas: 1" in lines
    assert "+  replicas: 3" in lines
    assert f"ConfigMap/{app.name}-new in default (to be created)" in text
    assert f"ConfigMap/{app.name}-old in default (to be pruned)" in text
    assert f"Namespace/{app.name} (to be created) +6 -0" in lines
    assert "presync" not in text
    (await bench.tools.application("diff", name=app.name, revision="v99")).refused("unknown_revision")


async def test_of_several_sources_one_revision_says_nothing(tools: Tools) -> None:
    refused = (await tools.application("diff", name="multi", revision="main")).refused("invalid_argument")
    assert "several sources" in refused
