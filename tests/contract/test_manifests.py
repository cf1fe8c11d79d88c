"""Manifests rendered from Git: of any revision, fresh, masked; and the parameters that shape them."""

import pytest

from tests.contract.bench import BROKEN_YAML, Bench, config_map
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio


async def test_of_a_commit_a_branch_and_a_tag(bench: Bench, tools: Tools) -> None:
    app = bench.created({"settings.yaml": config_map("{name}", mode="first")})
    second = app.commit({"settings.yaml": config_map(app.name, mode="second")})
    app.commit({"settings.yaml": config_map(app.name, mode="third")})
    assert "MODE: second" in (await app.resource("get_application_manifest", revision=second)).ok.text
    assert "MODE: third" in (await app.resource("get_application_manifest", revision="main")).ok.text
    tagged = await tools.resource("get_application_manifest", "guestbook", revision="v1.0.0")
    assert tagged.ok.text.startswith("3 manifests of guestbook as rendered from v1.0.0")


async def test_fresh_right_after_a_push(bench: Bench) -> None:
    app = bench.created({"settings.yaml": config_map("{name}", mode="0")})
    for mode in ("1", "2", "3"):
        app.commit({"settings.yaml": config_map(app.name, mode=mode)})
        assert f"MODE: {mode}" in (await app.resource("get_application_manifest")).ok.text


async def test_one_of_them(tools: Tools) -> None:
    answer = await tools.resource("get_application_manifest", "guestbook", resource_name="web", resource_kind="Service")
    assert answer.ok.text.startswith("1 manifests")
    assert "kind: Service" in answer.text
    other = await tools.resource("get_application_manifest", "guestbook", resource_name="nothing")
    assert "ConfigMap/settings" in other.refused("unknown_resource")


async def test_what_cannot_be_rendered_is_an_error_with_the_cause(bench: Bench) -> None:
    app = bench.created({"broken.yaml": BROKEN_YAML})
    assert "broken.yaml" in (await app.resource("get_application_manifest")).refused("failed_precondition")


async def test_an_unknown_revision_is_an_error(tools: Tools) -> None:
    answer = await tools.resource("get_application_manifest", "guestbook", revision="nowhere")
    assert answer.is_error
    assert "revision not found" in answer.text


async def test_helm_and_kustomize_are_rendered(tools: Tools) -> None:
    helm = (await tools.resource("get_application_manifest", "charted")).ok.text
    assert "image: example.com/shop:v3" in helm
    assert "motd: open all night" in helm
    kustomize = (await tools.resource("get_application_manifest", "kustomized")).ok.text
    assert "image: example.com/api:v2" in kustomize
    assert "replicas: 3" in kustomize


async def test_helm_parameters_with_the_values_in_effect(tools: Tools) -> None:
    source = (await tools.resource("get_application_parameters", "charted")).ok.structured["sources"][0]
    assert source["type"] == "Helm"
    assert source["overrides"]["helm"] == {
        "valueFiles": ["values-production.yaml"],
        "parameters": [{"name": "image.tag", "value": "v3"}],
        "valuesObject": {"settings": {"motd": "open all night"}},
    }
    assert source["effective"] == {
        "image.repository": "example.com/shop",
        "image.tag": "v3",
        "settings.currency": "EUR",
        "settings.motd": "open all night",
        "settings.theme": "dark",
        "web.port": "80",
        "web.replicas": "2",
    }


async def test_kustomize_images(tools: Tools) -> None:
    source = (await tools.resource("get_application_parameters", "kustomized")).ok.structured["sources"][0]
    assert (source["type"], source["images"]) == ("Kustomize", ["example.com/api:v2"])


async def test_each_of_several_sources(tools: Tools) -> None:
    sources = (await tools.resource("get_application_parameters", "multi")).ok.structured["sources"]
    assert [one["source"].split()[1] for one in sources] == ["multi/one", "multi/two"]
    assert {one["type"] for one in sources} == {"Directory"}


async def test_an_application_in_another_namespace_has_its_values_too(tools: Tools) -> None:
    answer = await tools.resource("get_application_parameters", "elsewhere", app_namespace="argocd-apps")
    assert answer.ok.structured["sources"][0]["type"] == "Directory"


async def test_without_the_right_to_the_repository_the_overrides_and_a_note(stage: Stage) -> None:
    async with stage.tools("nologs") as tools:
        source = (await tools.resource("get_application_parameters", "charted")).ok.structured["sources"][0]
    assert source["overrides"]["helm"]["parameters"] == [{"name": "image.tag", "value": "v3"}]
    assert "effective" not in source
    assert "forbidden" in source["note"]
