"""How an Argo CD is set up, as a small answer, with what an agent has to know of its version. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.instance import Build, InstanceSettings, Plugin
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_KINDS = 30
# Of the upgrade notes and of what was seen: what changes how an answer is to be read, or what can be done.
_SINCE: tuple[tuple[tuple[int, int], str, str], ...] = (
    ((3, 0), "logs take the right logs, get", "whoever may read an application may read its logs"),
    (
        (3, 0),
        "update and delete of an application do not cover its resources",
        "update and delete of an application cover its resources",
    ),
    ((3, 1), "actions of resources take parameters", "actions of resources take no parameters"),
    ((3, 1), "sources may be OCI artifacts", "sources cannot be OCI artifacts"),
)


class SettingsView(Record):
    """What is set; what is off or empty is left out."""

    version: str
    tools: dict[str, str] = field(default_factory=dict)
    version_says: list[str] = field(default_factory=list)
    url: str = ""
    other_urls: list[str] = field(default_factory=list)
    namespace: str = ""
    applications_in_any_namespace: bool = False
    tracking_method: str = ""
    label_key: str = ""
    installation: str = ""
    on: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    sign_in: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)
    kustomize: str = ""
    kustomize_versions: list[str] = field(default_factory=list)
    customized_kinds: dict[str, str] = field(default_factory=dict)
    help: str = ""
    banner: str = ""
    notes: list[str] = field(default_factory=list)


def settings(build: Build, found: InstanceSettings, plugins: Sequence[Plugin]) -> SettingsView:
    """The settings that a client is told."""
    switches = {
        "web terminal (exec)": found.exec_enabled,
        "source hydrator": found.hydrator_enabled,
        "impersonation": found.impersonation_enabled,
        "sync with Replace": found.sync_with_replace_allowed,
    }
    tools = {
        "kustomize": build.kustomize_version,
        "helm": build.helm_version,
        "kubectl": build.kubectl_version,
        "jsonnet": build.jsonnet_version,
    }
    overrides = found.resource_overrides or {}
    told = {line(kind, 100): _customized(given) for kind, given in sorted(overrides.items())[:_KINDS]}
    rest = len(overrides) - len(told)
    chat = found.help or None
    return SettingsView(
        version=line(build.version, 60),
        tools={name: line(value.split(" ")[0], 40) for name, value in tools.items() if value},
        version_says=_depending(build.version),
        url=line(public(found.url), 300),
        other_urls=[line(public(url), 300) for url in found.additional_urls or []],
        namespace=line(found.controller_namespace, 63),
        applications_in_any_namespace=found.apps_in_any_namespace_enabled,
        tracking_method=line(found.tracking_method, 40),
        label_key=line(found.app_label_key, 100),
        installation=line(found.installation_id, 100),
        on=[name for name, holds in switches.items() if holds],
        off=[name for name, holds in switches.items() if not holds],
        sign_in=_sign_in(found),
        plugins=[line(one.name, 100) for one in plugins],
        kustomize=line(found.kustomize_options.build_options if found.kustomize_options is not None else "", 300),
        kustomize_versions=[line(one, 60) for one in found.kustomize_versions or []],
        customized_kinds=told,
        help=line(f"{chat.chat_text} {public(chat.chat_url)}".strip(), 300) if chat is not None else "",
        banner=masked_line(found.ui_banner_content, 500),
        notes=[f"{rest} more kinds are customized"] if rest > 0 else [],
    )


def _depending(version: str) -> list[str]:
    found = _VERSION.match(version)
    if found is None:
        return []
    own = (int(found[1]), int(found[2]))
    return [after if own >= since else before for since, after, before in _SINCE]


def _sign_in(found: InstanceSettings) -> list[str]:
    ways = [] if found.user_logins_disabled else ["local accounts"]
    if found.oidc_config is not None:
        ways.append(line(f"OIDC {found.oidc_config.name} ({public(found.oidc_config.issuer)})", 200))
    if found.dex_config is not None:
        ways += [line(f"Dex {one.name} ({one.type})", 200) for one in found.dex_config.connectors or []]
    return ways


def _customized(given: Mapping[str, Any]) -> str:
    """Which of its parts a kind has of its own: how its health is found, actions, what is not compared."""
    names = {"healthLua": "health", "healthLuaUseOpenLibs": "", "useOpenLibs": "", "actions": "actions"}
    return ", ".join(filter(None, (line(names.get(name, name), 60) for name, value in given.items() if value)))
