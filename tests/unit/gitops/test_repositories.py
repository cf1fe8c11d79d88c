"""Which repository a path or URL means: one odd folder hides no other, and nobody is told what lies outside."""

from pathlib import Path

import pytest

from argocd_gitops_mcp.errors import UnknownRepository
from argocd_gitops_mcp.gitops.repositories import Repositories, of_workspace
from tests.unit.gitops.git_stage import GitStage

pytestmark = pytest.mark.anyio

URL = "https://git.example.com/team/deploy"


@pytest.fixture
def git(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> GitStage:
    stage = GitStage.of(tmp_path, monkeypatch)
    stage.seed(tmp_path_factory.getbasetemp() / "seeded")
    stage.git("remote", "set-url", "origin", f"{URL}.git")
    return stage


def repositories(git: GitStage) -> Repositories:
    return Repositories((of_workspace(git.workspace, None, allow_write=False),))


@pytest.mark.parametrize(
    "remotes",
    [
        {"one": "https://a.example/x", "two": "https://b.example/x"},
        {"origin": "https://[broken/x"},
        {"origin": "https://host:port/x"},
    ],
    ids=["several", "no-address", "no-port"],
)
async def test_a_clone_with_odd_remotes_hides_no_other(git: GitStage, remotes: dict[str, str]) -> None:
    git.git("init", "--quiet", "aaa", at=git.workspace)
    for name, url in remotes.items():
        git.git("remote", "add", name, url, at=git.workspace / "aaa")
    assert (await repositories(git).open(URL)).name == "team/deploy"


async def test_folders_that_are_no_clones_hide_no_other(git: GitStage) -> None:
    git.git("init", "--quiet", "outside", at=git.home)
    (git.workspace / "a-link").symlink_to(git.home / "outside")
    (git.workspace / "a-loop").symlink_to("a-loop")
    (git.workspace / "broken/.git").mkdir(parents=True)
    (git.workspace / "odd\nname/.git").mkdir(parents=True)
    config = git.workspace / "spoilt/.git/config"
    git.git("init", "--quiet", "spoilt", at=git.workspace)
    config.write_text("[core\n", "utf-8")
    assert (await repositories(git).open(URL)).name == "team/deploy"


async def test_what_lies_outside_is_not_told(git: GitStage) -> None:
    (git.home / "there").mkdir()
    (git.workspace / "link").symlink_to(git.home)
    said = set()
    for where in (
        *(f"{git.home}/there", f"{git.home}/nowhere", "../home/there", "../home/nowhere", "link/there", "link/nowhere"),
        *(f"file://{git.home}/there", f"file://{git.home}/nowhere", "nowhere", "n" * 5000),
    ):
        with pytest.raises(UnknownRepository) as raised:
            await repositories(git).open(where)
        said.add(raised.value.message.replace(repr(where[:200]), "IT"))
    assert said == {"IT is no repository that this server may work on."}


@pytest.mark.parametrize(
    "where",
    [
        "https://bot:s3cr3t@git.example.com/team/other",
        "file://bot:s3cr3t@git.example.com/team/other",
        "https://git.example.com/team/other?private_token=s3cr3t",
        "https://bot:s3cr3t@[git.example.com/team/other",
        "bot:s3cr3t@git.example.com/team/other",
    ],
)
async def test_a_credential_in_an_address_is_not_repeated(git: GitStage, where: str) -> None:
    with pytest.raises(UnknownRepository) as raised:
        await repositories(git).open(where)
    assert "s3cr3t" not in raised.value.message
    assert "team/other" in raised.value.message
