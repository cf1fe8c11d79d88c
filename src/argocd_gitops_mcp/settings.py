"""Every setting, where it may be given, and where its value came from. Pure: reading files is the door's work."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from argocd_gitops_mcp.errors import NotConfigured

_TRUE = {"1", "true", "yes", "on", "t", "y"}
_FALSE = {"0", "false", "no", "off", "f", "n", ""}


def _switch(value: Any) -> Any:
    if isinstance(value, str):
        if value.strip().lower() in _TRUE:
            return True
        if value.strip().lower() in _FALSE:
            return False
    return value


def _url(value: Any) -> Any:
    """Accept the argocd CLI's form without a scheme; refuse what is no http(s) URL or carries a password."""
    if not isinstance(value, str):
        return value
    url = value if "://" in value else f"https://{value}"
    parts = urlsplit(url)
    usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not re.search(r"\s", url)
    if not usable or parts.query or parts.fragment:
        raise ValueError("must be an http or https URL such as https://argocd.example.com")
    if parts.username or parts.password:
        raise ValueError("must not carry a user or password")
    return url.rstrip("/").removesuffix("/api/v1")


def _toolsets(value: str) -> str:
    chosen = [one.strip() for one in value.split(",") if one.strip()]
    if not chosen or any(one not in TOOLSETS for one in chosen):
        raise ValueError(f"must be one or more of {', '.join(TOOLSETS)}, separated by commas")
    return ",".join(one for one in TOOLSETS if one in chosen)


TOOLSETS = ("argocd", "git")
Forge = Literal["github", "gitlab", "gitea"]
_PUBLIC: Mapping[str, str] = {"github": "https://github.com", "gitlab": "https://gitlab.com"}
Switch = Annotated[bool, BeforeValidator(_switch)]


@dataclass(frozen=True, slots=True)
class At:
    """Where a setting may be given: environment variables, the first set wins; a flag unless it is a secret."""

    environment: tuple[str, ...]
    flag: bool = True


class Settings(BaseModel):
    """Frozen; the order of precedence is flag, environment, file, default."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[
        str | None,
        BeforeValidator(_url),
        At(("ARGOCD_SERVER_URL", "ARGOCD_BASE_URL", "ARGOCD_URL", "ARGOCD_SERVER")),
        Field(description="Argo CD's address, with its root path if it has one"),
    ] = None
    token: Annotated[
        str | None,
        At(("ARGOCD_TOKEN", "ARGOCD_AUTH_TOKEN", "ARGOCD_API_TOKEN"), flag=False),
        Field(description="API token; never a flag, so that it is in no process list", repr=False),
    ] = None
    token_file: Annotated[
        str | None, At(("ARGOCD_TOKEN_FILE",)), Field(description="File with the token, read anew at each call")
    ] = None
    ca_file: Annotated[
        str | None,
        At(("ARGOCD_CA_FILE", "ARGOCD_SERVER_CRT")),
        Field(description="Authority that signed the server's certificate (PEM)"),
    ] = None
    client_cert: Annotated[str | None, At(("ARGOCD_CLIENT_CERT",)), Field(description="Client certificate (PEM)")] = (
        None
    )
    client_key: Annotated[str | None, At(("ARGOCD_CLIENT_KEY",)), Field(description="Its key (PEM)")] = None
    bypass_tls: Annotated[
        Switch,
        At(("ARGOCD_BYPASS_TLS", "ARGOCD_INSECURE", "ARGOCD_TLS_INSECURE")),
        Field(description="Do not verify the certificate; for a test server only"),
    ] = False
    allow_write: Annotated[
        Switch, At(("ARGOCD_ALLOW_WRITE",)), Field(description="Offer operations that change Argo CD")
    ] = False
    read_only: Annotated[
        Switch,
        At(("ARGOCD_READ_ONLY", "MCP_READ_ONLY")),
        Field(description="Refuse every change, whatever allow_write says"),
    ] = False
    require_plan: Annotated[
        Switch,
        At(("ARGOCD_REQUIRE_PLAN",)),
        Field(description="Take changes as plans only: plan=true first, then apply_plan"),
    ] = False
    surface: Annotated[
        Literal["unified", "split"],
        At(("ARGOCD_MCP_SURFACE",)),
        Field(description="unified: two tools; split: one tool an operation"),
    ] = "unified"
    toolsets: Annotated[
        str,
        AfterValidator(_toolsets),
        At(("ARGOCD_MCP_TOOLSETS",)),
        Field(description="What is offered: argocd, git, or both"),
    ] = "argocd,git"
    workspace: Annotated[
        str | None,
        At(("ARGOCD_MCP_WORKSPACE",)),
        Field(description="Directory of Git clones that may be worked on, by the user's own git"),
    ] = None
    forge: Annotated[
        Forge | None, At(("ARGOCD_MCP_FORGE",)), Field(description="Kind of the forge that has the repositories")
    ] = None
    forge_url: Annotated[
        str | None,
        BeforeValidator(_url),
        At(("ARGOCD_MCP_FORGE_URL",)),
        Field(description="The forge's address; github.com and gitlab.com are known by their kind"),
    ] = None
    forge_token: Annotated[
        str | None,
        At(("ARGOCD_MCP_FORGE_TOKEN",), flag=False),
        Field(description="The forge's API token; never a flag, so that it is in no process list", repr=False),
    ] = None
    forge_token_file: Annotated[
        str | None, At(("ARGOCD_MCP_FORGE_TOKEN_FILE",)), Field(description="File with it, read anew at each call")
    ] = None
    forge_token_command: Annotated[
        str | None,
        At(("ARGOCD_MCP_FORGE_TOKEN_COMMAND",)),
        Field(description="Command that prints it, run without a shell: gh auth token"),
    ] = None
    forge_ca_file: Annotated[
        str | None,
        At(("ARGOCD_MCP_FORGE_CA_FILE",)),
        Field(description="Authority that signed the forge's certificate (PEM)"),
    ] = None
    allow_merge: Annotated[
        Switch,
        At(("ARGOCD_MCP_ALLOW_MERGE",)),
        Field(description="Offer to merge pull requests; needs allow_write too"),
    ] = False
    sign_off: Annotated[
        Switch, At(("ARGOCD_MCP_SIGN_OFF",)), Field(description="End commit messages with Signed-off-by")
    ] = False
    index: Annotated[
        Switch,
        At(("ARGOCD_MCP_INDEX",)),
        Field(description="Keep a small row of every application, by a watch; else each question lists them"),
    ] = True
    max_tokens: Annotated[
        int,
        At(("ARGOCD_MCP_MAX_TOKENS",)),
        Field(ge=500, le=8_000, description="Tokens of a usual answer; logs and manifests take more, the most is 8000"),
    ] = 2_000
    timeout: Annotated[
        float, At(("ARGOCD_TIMEOUT",)), Field(gt=0, le=600, description="Seconds for one request to Argo CD")
    ] = 30.0
    audit_file: Annotated[
        str | None, At(("ARGOCD_AUDIT_FILE",)), Field(description="Append the audit trail here instead of stderr")
    ] = None

    @property
    def writes(self) -> bool:
        """Whether changes are allowed: read_only is the upper bound."""
        return self.allow_write and not self.read_only

    @property
    def permissions(self) -> frozenset[str]:
        """What is allowed beyond writing, by the name of its setting."""
        return frozenset({"allow_merge"} if self.writes and self.allow_merge else ())

    @property
    def forge_address(self) -> str | None:
        """The forge's address, where one is configured."""
        return self.forge_url or (_PUBLIC.get(self.forge) if self.forge is not None else None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings and, for each that was given, where: `flag --url`, `environment ARGOCD_TOKEN`, `file`."""

    settings: Settings
    origins: Mapping[str, str]


def at(name: str) -> At:
    """Where a setting may be given."""
    return next(one for one in Settings.model_fields[name].metadata if isinstance(one, At))


def flag(name: str) -> str:
    """Its flag."""
    return "--" + name.replace("_", "-")


def flags(name: str) -> str:
    """All of them: a switch has one to turn it off, whatever the environment or the file says."""
    return f"{flag(name)}/--no{flag(name)[1:]}" if is_switch(name) else flag(name)


def is_switch(name: str) -> bool:
    """Whether its flag takes no value."""
    return Settings.model_fields[name].annotation is bool


def load(flags: Mapping[str, Any], environ: Mapping[str, str], file: str | None = None) -> Loaded:
    """Settings from flags (by setting name), environment and the text of a TOML file.

    Raises:
        NotConfigured: a value does not fit; names where it came from, never the value.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if file is not None:
        try:
            found = tomllib.loads(file)
        except tomllib.TOMLDecodeError as error:
            raise NotConfigured("The settings file is not TOML.", upstream=str(error)) from error
        values |= found
        origins |= dict.fromkeys(found, "file")
    for name in Settings.model_fields:
        given = next(
            ((variable, environ[variable]) for variable in at(name).environment if environ.get(variable)), None
        )
        if given is not None:
            values[name], origins[name] = given[1], f"environment {given[0]}"
        if flags.get(name) is not None:
            values[name], origins[name] = flags[name], f"flag {flag(name)}"
    try:
        return Loaded(Settings(**values), origins)
    except ValidationError as error:
        problems = [
            f"{one['loc'][0]} (from {origins.get(str(one['loc'][0]), 'default')}): "
            + one["msg"].removeprefix("Value error, ")
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise NotConfigured("Settings do not fit: " + "; ".join(problems) + ".") from error
