"""The guides as packaged: markdown with a few lines of front matter."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files

_GUIDES = ("workflow_guide", "best_practices")


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide, to be read at `uri`."""

    name: str
    uri: str
    title: str
    description: str
    text: str


def guides() -> list[Guide]:
    """Every guide that is a resource."""
    return [_guide(name) for name in _GUIDES]


def instructions(tools: Collection[str]) -> str:
    """What a client's model reads of this server before anything else; of other tools than these nothing is said."""
    lines = _read("instructions").strip().split("\n")
    return "\n".join(
        line for line in lines if not line.startswith(("- manage_", "- read_")) or line[2:].split(":")[0] in tools
    )


def _read(name: str) -> str:
    return files("argocd_gitops_mcp.guides").joinpath(f"{name}.md").read_text(encoding="utf-8")


def _guide(name: str) -> Guide:
    _, front, text = _read(name).split("---\n", 2)
    matter = dict(line.split(": ", 1) for line in front.strip().split("\n"))
    return Guide(name, matter["uri"], matter["title"], matter["description"], text.lstrip())
