"""The settings as a small answer, of versions old and new."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.instance import Build, InstanceSettings, Plugin
from argocd_gitops_mcp.views import instance as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import NORMAL


def told(version: str = "v3.6.1+unknown", plugins: int = 0, **given: Any) -> dict[str, Any]:
    settings = msgspec.convert(given, InstanceSettings)
    names = [Plugin(f"plugin-{number}") for number in range(plugins)]
    rendered = views.settings(Build(version, kustomize_version="v5.8.1 unknown"), settings, names).render(NORMAL)
    assert size(rendered.text) <= NORMAL
    return rendered.structured or {}


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("v3.6.1+unknown", "logs take the right logs, get"),
        ("v3.0.0", "actions of resources take no parameters"),
        ("v2.14.9+abc", "whoever may read an application may read its logs"),
    ],
)
def test_what_depends_on_the_version_is_said(version: str, says: str) -> None:
    assert says in told(version)["versionSays"]


def test_of_a_version_that_cannot_be_read_nothing_is_claimed() -> None:
    assert "versionSays" not in told("latest")


def test_an_instance_with_everything_in_it_fits() -> None:
    overrides = {
        f"group{number}/Kind": {"healthLua": "x" * 4000, "actions": "y", "useOpenLibs": True} for number in range(400)
    }
    found = told(
        plugins=500,
        resourceOverrides=overrides,
        url="https://bob:sesame@argocd.example.com",
        uiBannerContent="Maintenance\ntonight, password=sesame",
        oidcConfig={"name": "Keycloak", "issuer": "https://sso.example.com"},
        dexConfig={"connectors": [{"name": "GitHub", "type": "github"}]},
        userLoginsDisabled=True,
        help={"chatUrl": "https://chat.example.com", "chatText": "Ask"},
        kustomizeOptions={"BuildOptions": "--enable-helm", "BinaryPath": "", "Versions": None},
        kustomizeVersions=["v4"],
        execEnabled=True,
    )
    assert found["url"] == "https://argocd.example.com"
    assert found["signIn"] == ["OIDC Keycloak (https://sso.example.com)", "Dex GitHub (github)"]
    assert found["customizedKinds"]["group0/Kind"] == "health, actions"
    assert "370 more kinds are customized" in found["notes"]
    assert (found["kustomize"], found["kustomizeVersions"], found["help"]) == (
        "--enable-helm",
        ["v4"],
        "Ask https://chat.example.com",
    )
    assert "web terminal (exec)" in found["on"]
    assert "sesame" not in str(found)
    assert "\n" not in found["banner"]
