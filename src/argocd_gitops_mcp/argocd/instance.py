"""How an Argo CD is set up, and which version it is. Shapes: SettingsService and VersionService in its swagger 3.6."""

from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path


class Build(Struct, rename="pascal"):
    """Without a token only the version itself."""

    version: str = ""
    platform: str = ""
    kustomize_version: str = ""
    helm_version: str = ""
    kubectl_version: str = ""
    jsonnet_version: str = ""


class KustomizeOptions(Struct, rename="pascal"):
    """Capitalized, other than everything around it."""

    build_options: str = ""


class OIDC(Struct):
    name: str = ""
    issuer: str = ""


class Connector(Struct):
    name: str = ""
    type: str = ""


class Dex(Struct):
    connectors: list[Connector] | None = None


class Help(Struct, rename="camel"):
    chat_url: str = ""
    chat_text: str = ""


class InstanceSettings(Struct, rename="camel"):
    """What is false or empty is left out by Argo CD; the last four are only told to a valid token."""

    url: str = ""
    additional_urls: list[str] | None = None
    app_label_key: str = ""
    tracking_method: str = ""
    installation_id: str = field(default="", name="installationID")
    kustomize_options: KustomizeOptions | None = None
    kustomize_versions: list[str] | None = None
    apps_in_any_namespace_enabled: bool = False
    exec_enabled: bool = False
    hydrator_enabled: bool = False
    impersonation_enabled: bool = False
    sync_with_replace_allowed: bool = False
    user_logins_disabled: bool = False
    oidc_config: OIDC | None = field(default=None, name="oidcConfig")
    dex_config: Dex | None = None
    help: Help | None = None
    controller_namespace: str = ""
    resource_overrides: dict[str, dict[str, Any]] | None = None
    ui_banner_content: str = ""
    ui_banner_url: str = field(default="", name="uiBannerURL")


class Plugin(Struct):
    name: str = ""


class Plugins(Struct):
    """`{}` where there are none."""

    plugins: list[Plugin] | None = None


def version() -> Call[Build]:
    """Argo CD's version, and those of the tools it renders with."""
    return Call("GET", "/api/version", Build, "the version")


def settings() -> Call[InstanceSettings]:
    """The settings that Argo CD tells."""
    return Call("GET", path("settings"), InstanceSettings, "the settings")


def plugins() -> Call[Plugins]:
    """The config management plugins that can be used."""
    return Call("GET", path("settings", "plugins"), Plugins, "the list of plugins")
