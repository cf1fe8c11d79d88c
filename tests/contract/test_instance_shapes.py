"""The shapes of Argo CD's answers about itself that the client relies on."""

from typing import Any

import pytest

from tests.contract.bench import IN_CLUSTER
from tests.stage import Stage


def get(stage: Stage, path: str, token: str | None = "ci", **query: str) -> Any:  # noqa: S107 - an account's name
    answer = stage.raw("GET", f"/api/v1/{path}", query, token=token)
    assert (answer.status, answer.media) == (200, "application/json"), answer.text
    return answer.json


def test_a_cluster_tells_twice_how_it_is_and_never_its_credentials(stage: Stage) -> None:
    found = get(stage, "clusters")
    (one,) = [each for each in found["items"] if each["server"] == IN_CLUSTER]
    assert {"server", "name", "config", "connectionState", "serverVersion", "info"} <= set(one)
    assert one["config"] == {"tlsClientConfig": {"insecure": False}}
    info = one["info"]
    assert set(info) == {"connectionState", "serverVersion", "cacheInfo", "applicationsCount", "apiVersions"}
    assert info["connectionState"] == one["connectionState"]
    assert set(info["connectionState"]) == {"status", "message", "attemptedAt"}
    assert set(info["cacheInfo"]) == {"resourcesCount", "apisCount", "lastCacheSyncTime"}


@pytest.mark.parametrize("query", [{"name": "nowhere"}, {"server": "https://10.0.0.1"}])
def test_a_filter_that_no_cluster_fits_leaves_null(stage: Stage, query: dict[str, str]) -> None:
    assert get(stage, "clusters", **query) == {"metadata": {}, "items": None}


@pytest.mark.parametrize("query", [{"name": "in-cluster"}, {"server": IN_CLUSTER}])
def test_a_filter_finds_a_cluster(stage: Stage, query: dict[str, str]) -> None:
    assert [one["name"] for one in get(stage, "clusters", **query)["items"]] == ["in-cluster"]


def test_a_repository_tells_its_user_and_no_password(stage: Stage) -> None:
    one = get(stage, "repositories")["items"][0]
    assert {"repo", "username", "connectionState", "type"} <= set(one)
    assert set(one["connectionState"]) == {"status", "message", "attemptedAt"}
    assert "password" not in one


def test_a_project_in_detail_leaves_out_what_it_has_not(stage: Stage) -> None:
    found = get(stage, "projects/default/detailed")
    assert set(found) == {"project"}
    assert found["project"]["metadata"]["name"] == "default"
    text = 'error getting app project "nowhere":'
    missing = stage.raw("GET", "/api/v1/projects/nowhere/detailed")
    assert missing.said == (404, 5, f'{text} appproject.argoproj.io "nowhere" not found')


@pytest.mark.parametrize("path", ["projects", "clusters", "repositories", "repocreds", "applicationsets"])
def test_a_list_without_the_right_is_null_and_no_error(stage: Stage, path: str) -> None:
    assert get(stage, path, token="nologs")["items"] is None


def test_accounts_are_sorted_and_the_own_is_always_seen(stage: Stage) -> None:
    every = [one["name"] for one in get(stage, "account")["items"]]
    assert every == sorted(every)
    assert {"admin", "ci", "nologs", "reader"} <= set(every)
    assert [one["name"] for one in get(stage, "account", token="nologs")["items"]] == ["nologs"]


@pytest.mark.parametrize("path", ["projects/{}", "projects/{}/detailed", "account/{}"])
def test_without_the_right_a_missing_one_is_forbidden_like_another(stage: Stage, path: str) -> None:
    names = {"projects": "default", "account": "ci"}
    there = names[path.partition("/")[0]]
    said = [stage.raw("GET", f"/api/v1/{path.format(name)}", token="nologs") for name in ("nowhere", there)]
    assert [one.status for one in said] == [403, 403]
    assert said[0].text.replace("nowhere", there) == said[1].text
    assert said[1].json["message"].startswith(f"permission denied: {path.partition('/')[0].removesuffix('s')}s, get, ")


def test_what_is_told_without_a_token_and_what_is_not(stage: Stage) -> None:
    assert get(stage, "session/userinfo", token=None) == {}
    assert "controllerNamespace" not in get(stage, "settings", token=None)
    assert get(stage, "settings")["resourceOverrides"]["*/*"]["ignoreDifferences"].count("/status") == 1
    assert set(stage.raw("GET", "/api/version", token=None).json) == {"Version"}
    assert stage.raw("GET", "/api/v1/settings/plugins", token=None).said == (401, 16, "no session information")
    assert get(stage, "settings/plugins") == {}
    assert get(stage, "session/userinfo") == {"loggedIn": True, "username": "ci", "iss": "argocd"}


def test_an_application_set_that_is_missing_is_no_secret(stage: Stage) -> None:
    for token in ("ci", "nologs"):
        answer = stage.raw("GET", "/api/v1/applicationsets/nowhere", token=token)
        assert answer.said[:2] == (404, 5)
        assert answer.said[2].endswith('applicationset.argoproj.io "nowhere" not found')
    elsewhere = stage.raw("GET", "/api/v1/applicationsets/nowhere", {"appsetNamespace": "nowhere"})
    assert elsewhere.said == (500, 2, "namespace 'nowhere' is not permitted")
    assert get(stage, "applicationsets", appsetNamespace="nowhere")["items"] is None
