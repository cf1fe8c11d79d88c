"""Values that fit, for whatever template asks for them."""

from typing import Any

from argocd_gitops_mcp.gitops.templates.catalogue import Template

REPOSITORY = "https://git.example.com/shop/deploy.git"

SAMPLES: dict[str, Any] = {
    "channel": "shop-alerts",
    "chart": "web",
    "chart_repo_url": "https://charts.example.com",
    "chart_version": "1.4.2",
    "cluster_labels": {"environment": "production"},
    "deployed_path": "services/web/overlays/production",
    "deployed_revision": "v1.2.3",
    "environment": "production",
    "environments": [
        {"name": "staging", "revision": "main", "namespace": "shop-staging"},
        {"name": "production", "revision": "v1.2.3", "namespace": "shop-production"},
    ],
    "image": "registry.example.com/shop/web",
    "label_value": "shop",
    "name": "web",
    "namespace": "shop-production",
    "namespace_prefix": "shop",
    "owner": "shop",
    "path": "services/web/overlays",
    "project": "shop",
    "registry": "registry.example.com/charts",
    "repo": "web",
    "repo_url": REPOSITORY,
    "repositories": [REPOSITORY],
    "revision": "v1.2.3",
    "tag": "1.2.3",
    "values_files": ["values/web.yaml", "values/production.yaml"],
}

_MORE: dict[str, Any] = {
    "api": "https://forge.example.com",
    "exclude": "*-test.yaml",
    "freeze_schedule": "0 18 * * 5",
    "groups": ["shop:developers"],
    "helm_values": {"replicaCount": 2, "image": {"tag": "1.2.3"}, "script": "one\ntwo\n"},
    "images": ["registry.example.com/shop/web:1.2.3"],
    "labels": {"team": "shop"},
    "release_name": "shop-web",
    "summary": "The shop's applications",
}


def bare(template: Template) -> dict[str, Any]:
    """The least that a template asks for."""
    return {value.name: SAMPLES[value.name] for value in template.values if value.is_required}


def full(template: Template) -> dict[str, Any]:
    """A value for everything that it takes."""
    found = {}
    for value in template.values:
        known = {**_MORE, **SAMPLES}.get(value.name, value.default)
        if value.kind == "list" and not value.keys and value.name in {"exclude", "environments"}:
            known = ["services/web/overlays/old"] if value.name == "exclude" else ["staging", "production"]
        found[value.name] = known
    return found
