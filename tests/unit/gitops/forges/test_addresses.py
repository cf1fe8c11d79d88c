"""Which repository an address means; nothing leads to another host or another path of the API."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argocd_gitops_mcp.errors import InvalidArgument, NotConfigured
from argocd_gitops_mcp.gitops.forges.addresses import Address, Kind, api_url, find, number, reference, segments

ROOTED = "https://example.com:8443/git"


@pytest.mark.parametrize(
    ("kind", "url", "api"),
    [
        ("github", "https://github.com", "https://api.github.com"),
        ("github", "https://github.com/", "https://api.github.com"),
        ("github", "https://api.github.com", "https://api.github.com"),
        ("github", "https://ghe.example.com/", "https://ghe.example.com/api/v3"),
        ("github", "https://team.ghe.com", "https://api.team.ghe.com"),
        ("gitlab", "https://gitlab.com", "https://gitlab.com/api/v4"),
        ("gitlab", ROOTED, f"{ROOTED}/api/v4"),
        ("gitea", "http://127.0.0.1:3000", "http://127.0.0.1:3000/api/v1"),
    ],
)
def test_where_the_api_is(kind: Kind, url: str, api: str) -> None:
    assert api_url(kind, url) == api


@pytest.mark.parametrize("url", ["github.com", "ssh://git@github.com", "https://", "https://u:p@git.example.com"])
def test_an_address_that_is_none_of_a_forge(url: str) -> None:
    with pytest.raises(NotConfigured) as raised:
        api_url("gitea", url)
    assert "u:p" not in raised.value.message


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("team/deploy", "https://github.com/team/deploy.git"),
        ("https://github.com/team/deploy", "https://github.com/team/deploy"),
        ("https://github.com/team/deploy.git", "https://github.com/team/deploy.git"),
        ("https://GitHub.com:443/team/deploy/", "https://GitHub.com:443/team/deploy/"),
        ("http://github.com/team/deploy", "http://github.com/team/deploy"),
        ("https://user:s3cret@github.com/team/deploy.git", "https://github.com/team/deploy.git"),
        ("https://s3cret@github.com/team/deploy.git", "https://github.com/team/deploy.git"),
        ("git@github.com:team/deploy.git", "git@github.com:team/deploy.git"),
        ("github.com:team/deploy", "github.com:team/deploy"),
        ("ssh://git@github.com/team/deploy.git", "ssh://git@github.com/team/deploy.git"),
        ("ssh://git:s3cret@github.com:2222/team/deploy.git", "ssh://git@github.com:2222/team/deploy.git"),
        ("ssh://git@ssh.github.com:443/team/deploy.git", "ssh://git@ssh.github.com:443/team/deploy.git"),
    ],
)
def test_every_spelling_of_a_repository(given_url: str, url: str) -> None:
    assert find("github", "https://github.com", given_url) == Address("team/deploy", url)


@pytest.mark.parametrize(
    "given_url",
    [
        "https://github.com.evil.example/team/deploy",
        "https://evil.example/github.com/team/deploy",
        "https://github.com@evil.example/team/deploy",
        "git@evil.example:team/deploy.git",
        "https://github.com:8443/team/deploy",
        "https://github.com:port/team/deploy",
        "https://github.com/team",
        "https://github.com/team/deploy/tree/main",
        "https://github.com/team/../other",
        "https://github.com/team/%2e%2e",
        "https://github.com/team/deploy?ref=main",
        "https://github.com/team/deploy#main",
        "https://[::1/team/deploy",
        "file:///srv/git/deploy.git",
        "/srv/git/deploy",
        "deploy",
        "team/..",
        "team//deploy",
        "team/deploy\n",
        "",
    ],
)
def test_what_is_no_repository_of_the_forge(given_url: str) -> None:
    assert find("github", "https://github.com", given_url) is None


@pytest.mark.parametrize(
    ("kind", "given_url", "name"),
    [
        ("gitlab", "https://example.com:8443/git/group/sub/deploy.git", "group/sub/deploy"),
        ("gitlab", "group/sub/deploy", "group/sub/deploy"),
        ("gitlab", "git@example.com:group/sub/deploy.git", "group/sub/deploy"),
        ("gitea", "https://example.com:8443/git/team/deploy", "team/deploy"),
        ("gitlab", "https://example.com:8443/git/group/deploy/-/tree/main", None),
        ("gitea", "https://example.com:8443/team/deploy", None),
        ("gitea", "https://example.com:8443/gitty/team/deploy", None),
        ("gitea", "https://example.com/git/team/deploy", None),
        ("gitea", "group/sub/deploy", None),
    ],
)
def test_a_forge_under_a_path_and_groups(kind: Kind, given_url: str, name: str | None) -> None:
    found = find(kind, ROOTED, given_url)
    assert (found and found.name) == name


@given(some.text())
def test_no_address_leaves_its_place_in_a_path(given_url: str) -> None:
    found = find("gitlab", "https://gitlab.com", given_url)
    if found is not None:
        assert not {".", "..", ""} & set(found.name.split("/"))
        assert urlsplit(f"https://gitlab.com/{found.name}").path == f"/{found.name}"


@pytest.mark.parametrize(("request_id", "digits"), [("12", "12"), ("#12", "12"), ("!3", "3"), (" 7 ", "7")])
def test_the_number_of_a_pull_request(request_id: str, digits: str) -> None:
    assert number(request_id) == digits


@pytest.mark.parametrize("request_id", ["", "0", "-1", "1/merge", "1?x", "feature", "٣", "1" * 30])
def test_what_is_no_number(request_id: str) -> None:
    with pytest.raises(InvalidArgument):
        number(request_id)


@given(some.lists(some.text(min_size=1), min_size=1))
def test_segments_stay_segments(values: list[str]) -> None:
    quoted = segments(*values)
    assert [unquote(one) for one in quoted.split("/")] == values
    assert not set("?#") & set(quoted)


def test_a_branch_keeps_its_slashes_and_cannot_climb() -> None:
    assert reference("feature/a b") == "feature/a%20b"
    for value in ("../../user", "a/./b", "a//b", ""):
        with pytest.raises(InvalidArgument):
            reference(value)
