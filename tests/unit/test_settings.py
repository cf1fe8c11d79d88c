"""Every setting in every spelling, and where its value came from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp import assembly, settings
from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.settings import Settings

SAMPLES: dict[str, tuple[str, Any]] = {
    "url": ("https://argocd.example.com", "https://argocd.example.com"),
    "surface": ("split", "split"),
    "timeout": ("5", 5.0),
    "max_tokens": ("1200", 1200),
    "toolsets": ("git", "git"),
    "forge": ("gitea", "gitea"),
    "forge_url": ("git.example.com", "https://git.example.com"),
    **{name: ("true", True) for name in Settings.model_fields if settings.is_switch(name)},
}
SPELLINGS = [(name, variable) for name in Settings.model_fields for variable in settings.at(name).environment]
SWITCHES = [name for name in Settings.model_fields if settings.is_switch(name)]


def sample(name: str) -> tuple[str, Any]:
    return SAMPLES.get(name, ("some-value", "some-value"))


@pytest.mark.parametrize(("name", "variable"), SPELLINGS)
def test_every_spelling_of_the_environment(name: str, variable: str) -> None:
    text, value = sample(name)
    loaded = settings.load({}, {variable: text})
    assert getattr(loaded.settings, name) == value
    assert loaded.origins == {name: f"environment {variable}"}


def test_no_variable_means_two_settings() -> None:
    assert len({variable for _, variable in SPELLINGS}) == len(SPELLINGS)


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if settings.at(name).flag])
def test_every_flag(name: str) -> None:
    text, value = sample(name)
    given = [settings.flag(name)] if settings.is_switch(name) else [settings.flag(name), text]
    flags, rest = assembly.split(["call", *given, "get_application", "--name", "shop"])
    assert rest == ["call", "get_application", "--name", "shop"]
    loaded = settings.load(flags, {})
    assert getattr(loaded.settings, name) == value
    assert loaded.origins == {name: f"flag {settings.flag(name)}"}


def test_the_token_has_no_flag() -> None:
    assert not settings.at("token").flag
    assert assembly.split(["--token", "s3cret"]) == ({}, ["--token", "s3cret"])


def test_no_settings_flag_shadows_an_argument_of_an_operation() -> None:
    taken = {name for name in Settings.model_fields if settings.at(name).flag} | {"config", "json", "yes"}
    for operation in OPERATIONS:
        assert not taken & set(operation.arguments.model_json_schema(by_alias=True)["properties"]), operation.name


def test_flag_before_environment_before_file() -> None:
    file = 'url = "https://file.example.com"\ntimeout = 3\nsurface = "split"'
    environ = {"ARGOCD_SERVER_URL": "https://environment.example.com", "ARGOCD_TIMEOUT": "4"}
    loaded = settings.load({"url": "https://flag.example.com"}, environ, file)
    found = loaded.settings
    assert (found.url, found.timeout, found.surface) == ("https://flag.example.com", 4, "split")
    assert loaded.origins == {"url": "flag --url", "timeout": "environment ARGOCD_TIMEOUT", "surface": "file"}


def test_the_first_spelling_wins_and_an_empty_one_counts_as_unset() -> None:
    environ = {"ARGOCD_SERVER_URL": "", "ARGOCD_BASE_URL": "https://a.example.com", "ARGOCD_SERVER": "b.example.com"}
    assert settings.load({}, environ).settings.url == "https://a.example.com"


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("TRUE", True),
        ("1", True),
        (" yes ", True),
        ("on", True),
        ("false", False),
        ("0", False),
        ("No", False),
        ("off", False),
    ],
)
def test_switches_know_more_than_one_word(name: str, text: str, value: bool) -> None:
    assert getattr(settings.load({}, {settings.at(name).environment[0]: text}).settings, name) is value


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_that_is_neither_is_refused(name: str) -> None:
    with pytest.raises(NotConfigured, match=name):
        settings.load({}, {settings.at(name).environment[0]: "perhaps"})


@pytest.mark.parametrize(
    ("allow_write", "read_only", "writes"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_read_only_is_the_upper_bound(allow_write: bool, read_only: bool, writes: bool) -> None:
    assert Settings(allow_write=allow_write, read_only=read_only).writes is writes


@pytest.mark.parametrize(
    ("given_", "url"),
    [
        ("argocd.example.com", "https://argocd.example.com"),
        ("argocd.example.com:8443", "https://argocd.example.com:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://example.com/argo/", "https://example.com/argo"),
        ("https://example.com/argo/api/v1", "https://example.com/argo"),
        ("https://example.com/api/v1/", "https://example.com"),
    ],
)
def test_addresses(given_: str, url: str) -> None:
    assert settings.load({"url": given_}, {}).settings.url == url


@pytest.mark.parametrize(
    "bad",
    [
        "ftp://example.com",
        "https://",
        "file:///etc/passwd",
        "https://user:s3cret@example.com",
        "https://a?b=c",
        "https://a#b",
        "https://[::1",
        "https://exa mple.com",
        "https://example.com:port",
        "",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(NotConfigured, match=r"url \(from flag --url\)") as raised:
        settings.load({"url": bad}, {})
    assert "s3cret" not in f"{raised.value.message}{raised.value.upstream}"


@pytest.mark.parametrize("tokens", ["0", "499", "8001", "2000.5", "all"])
def test_an_answer_has_a_size_that_is_of_use(tokens: str) -> None:
    with pytest.raises(NotConfigured, match="max_tokens"):
        settings.load({"max_tokens": tokens}, {})


@pytest.mark.parametrize("timeout", ["0", "-1", "601", "nan", "soon"])
def test_timeouts_that_make_no_sense_are_refused(timeout: str) -> None:
    with pytest.raises(NotConfigured, match="timeout"):
        settings.load({"timeout": timeout}, {})


def test_a_file_that_is_no_toml_or_has_an_unknown_setting() -> None:
    with pytest.raises(NotConfigured, match="not TOML"):
        settings.load({}, {}, "url: https://yaml.example.com")
    with pytest.raises(NotConfigured, match=r"allow_wirte \(from file\)"):
        settings.load({}, {}, "allow_wirte = true")


@given(st.text(min_size=8))
def test_no_refusal_repeats_a_token(token: str) -> None:
    secret = f"s3cret-{token}"
    with pytest.raises(NotConfigured) as raised:
        settings.load({"timeout": "soon"}, {"ARGOCD_TOKEN": secret})
    assert secret not in f"{raised.value.message}{raised.value.hint}{raised.value.upstream}"
    assert secret not in repr(Settings(token=secret))


def test_nothing_given_is_safe() -> None:
    found = settings.load({}, {}).settings
    assert not found.writes
    assert not found.bypass_tls
    assert found.surface == "unified"
    assert found.token is None


@pytest.mark.parametrize(("given", "meant"), [("git, argocd", "argocd,git"), ("argocd", "argocd"), ("git,git", "git")])
def test_toolsets_in_any_order(given: str, meant: str) -> None:
    assert settings.load({"toolsets": given}, {}).settings.toolsets == meant


@pytest.mark.parametrize("given", ["", ",", "helm", "git,helm"])
def test_an_unknown_toolset_is_refused(given: str) -> None:
    with pytest.raises(NotConfigured, match="toolsets"):
        settings.load({"toolsets": given}, {})


def test_merging_needs_writing_too() -> None:
    given = {"ARGOCD_MCP_ALLOW_MERGE": "true"}
    assert settings.load({}, given).settings.permissions == frozenset()
    allowed = settings.load({}, {**given, "ARGOCD_ALLOW_WRITE": "true"}).settings
    assert allowed.permissions == {"allow_merge"}
    assert settings.load({"read_only": True}, {**given, "ARGOCD_ALLOW_WRITE": "1"}).settings.permissions == frozenset()


def test_public_forges_are_known_by_their_kind() -> None:
    assert settings.load({"forge": "github"}, {}).settings.forge_address == "https://github.com"
    assert settings.load({"forge": "gitea"}, {}).settings.forge_address is None
    own = settings.load({"forge": "gitlab", "forge_url": "https://git.example.com"}, {}).settings
    assert own.forge_address == "https://git.example.com"
