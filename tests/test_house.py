"""The laws of the house: what must hold over all tools, all operations, all files."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import argocd_gitops_mcp
from argocd_gitops_mcp import surfaces
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.guides.library import guides, instructions
from argocd_gitops_mcp.operations._operation import Operation
from argocd_gitops_mcp.operations._validation import validated
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.policy import Policy
from tests import snapshots

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TOOLS = {
    mode: json.loads((snapshots.FOLDER / f"tools-{mode}.json").read_text("utf-8"))
    for mode in (
        "unified-read",
        "unified-write",
        "unified-merge",
        "split-read",
        "split-write",
    )
}
EVERY_TOOL = [pytest.param(tool, id=f"{mode}:{tool['name']}") for mode, tools in TOOLS.items() for tool in tools]


def test_the_snapshots_are_current() -> None:
    stale = [name for name, text in snapshots.current().items() if (snapshots.FOLDER / name).read_text("utf-8") != text]
    assert not stale, "run python -m tests.snapshots and read the diff"


@pytest.mark.parametrize("mode", TOOLS)
def test_the_tools_cost_few_tokens(mode: str) -> None:
    """Every model reads them on every request; the split surface is for clients that pick single tools."""
    most = 12_200 if mode.startswith("split") else 7_600
    assert _tokens(TOOLS[mode]) <= most


def test_reading_what_there_is_besides_applications_costs_few_tokens() -> None:
    (tool,) = [tool for tool in TOOLS["unified-write"] if tool["name"] == "read_argocd_instance"]
    assert _tokens(tool) <= 480


@pytest.mark.parametrize("mode", ["unified-read", "unified-write", "unified-merge"])
def test_without_the_git_toolset_they_cost_little_more_than_before(mode: str) -> None:
    assert _tokens([tool for tool in TOOLS[mode] if "repository" not in tool["name"]]) <= 5_500


def _tokens(tools: list[dict[str, Any]] | dict[str, Any]) -> float:
    return len(json.dumps(tools, separators=(",", ":"))) / 4


def test_read_only_lists_nothing_that_writes() -> None:
    for mode in ("unified-read", "split-read"):
        assert all(tool["annotations"]["readOnlyHint"] for tool in TOOLS[mode])


def test_with_writes_looking_never_needs_a_permission() -> None:
    tools = {tool["name"]: tool for tool in TOOLS["unified-write"]}
    assert sorted(tools) == [
        "manage_argocd_application",
        "manage_argocd_instance",
        "manage_argocd_resource",
        "manage_gitops_repository",
        "read_argocd_application",
        "read_argocd_instance",
        "read_argocd_resource",
        "read_gitops_repository",
    ]
    for name, tool in tools.items():
        assert tool["annotations"]["readOnlyHint"] == name.startswith("read_")


def test_the_aliases_answer_but_are_not_listed() -> None:
    specs = surfaces.tools(OPERATIONS, Policy(allow_write=True), "unified")
    assert [spec.name for spec in specs if not spec.listed] == ["manage_application", "manage_resource"]


@pytest.mark.parametrize("tool", EVERY_TOOL)
def test_a_tool_is_portable(tool: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,40}", tool["name"])
    assert len(tool["description"]) < 2000
    assert len(json.dumps(tool["inputSchema"], separators=(",", ":"))) <= 5000
    assert tool["title"]
    assert set(tool["annotations"]) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    schema = tool["inputSchema"]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "outputSchema" not in tool
    for name, value in schema["properties"].items():
        assert len(name) <= 64
        assert set(value) <= {"type", "description", "enum", "items", "default", "maximum"}, name
        assert value["type"] in {"string", "integer", "boolean", "array", "object"}
        assert all(isinstance(one, str) for one in value.get("enum", []))
        assert value["type"] != "array" or value["items"] == {"type": "string"}


WANTED = {
    "manage_argocd_application": """operation name namespace project repo_url path target_revision destination_server
        destination_namespace sync_policy metadata spec cascade selector limit app_namespace sync_options prune dry_run
        revision propagation_policy validate upsert revisions force resources apply_out_of_sync_only retry_limit wait
        timeout_seconds operation_id until hard history_id to plan plan_id confirm""",
    "manage_argocd_resource": """operation application_name resource_name resource_kind tail_lines container action_name
        action_params revision project app_namespace resource_namespace resource_group resource_version resource_uid
        previous since_seconds filter patch patch_type force orphan timeout_seconds plan plan_id confirm""",
    "manage_gitops_repository": """operation repository base application_name image replicas chart_version helm_values
        target_revision workload files template values paths kubernetes_version title body branch draft allow_findings
        pull_request commit until timeout_seconds plan plan_id""",
    "read_argocd_instance": "operation name query app_namespace resource action object",
}


@pytest.mark.parametrize("name", WANTED)
def test_the_promised_arguments_are_there(name: str) -> None:
    tool = next(tool for tool in TOOLS["unified-write"] if tool["name"] == name)
    assert set(WANTED[name].split()) <= set(tool["inputSchema"]["properties"])


def test_instructions_are_read_whole_by_every_client() -> None:
    names = [spec.name for spec in surfaces.tools(OPERATIONS, Policy(allow_write=True), "unified")]
    assert len(instructions(names).encode()) < 2000


def test_instructions_name_every_operation_of_the_tools_there_are() -> None:
    specs = [spec for spec in surfaces.tools(OPERATIONS, Policy(allow_write=True), "unified") if spec.listed]
    text = instructions([spec.name for spec in specs])
    assert not [one.verb for one in OPERATIONS if one.verb not in text]
    without = instructions([spec.name for spec in specs if "repository" not in spec.name])
    assert "scaffold_repository" not in without
    assert "- manage_argocd_resource: " in without


@pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in OPERATIONS])
def test_an_operation_is_documented_and_tested(operation: Operation) -> None:
    assert f"## {operation.name}\n" in (ROOT / "docs/operations.md").read_text("utf-8")
    assert operation.summary.endswith(".")
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests/contract").glob("*.py"))
    assert f'"{operation.verb}"' in tests


def _calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every call of a tool in the guides' python blocks."""
    for guide in guides():
        for block in re.findall(r"```python\n(.*?)```", guide.text, flags=re.DOTALL):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    arguments = {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
                    yield guide.name, node.func.id, arguments


@pytest.mark.parametrize(("tool", "arguments"), [(tool, arguments) for _, tool, arguments in _calls()])
def test_a_call_of_the_guides_is_valid(tool: str, arguments: dict[str, Any]) -> None:
    spec = next(spec for spec in surfaces.tools(OPERATIONS, Policy(allow_write=True), "unified") if spec.name == tool)
    name, given = spec.route(arguments)
    validated(next(one for one in OPERATIONS if one.name == name), given)


def test_the_guides_show_every_operation() -> None:
    shown = {arguments["operation"] for _, _, arguments in _calls()}
    assert {one.verb for one in OPERATIONS} <= shown


def _leaves(root: type[GitOpsError] = GitOpsError) -> Iterator[type[GitOpsError]]:
    for one in root.__subclasses__():
        yield one
        yield from _leaves(one)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [one.code for one in _leaves()]
    assert len(set(codes)) == len(codes)
    assert "error" not in codes


def test_the_changelog_is_of_this_version() -> None:
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == argocd_gitops_mcp.__version__


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name
)
def test_linked_files_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), target
    for path in re.findall(r"`((?:src|tests|docs|scripts|bench|testbed)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_source_file_is_small_and_well_named(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 400
    assert file.stem not in {"utils", "helpers", "common", "misc", "manager", "service", "handler", "base"}


def test_mistake_15_the_sdk_is_pinned_below_the_next_minor() -> None:
    """Two of five packages of the field no longer import, since an unpinned SDK moved on."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert "mcp>=2.3,<2.4" in wanted
    pins = (ROOT / "requirements/dev.txt").read_text("utf-8")
    names = [re.split("[<>=]", one)[0].replace(".", "-") for one in wanted]
    assert [name for name in names if f"\n{name}==" not in f"\n{pins}"] == []
    assert not re.search(r"https?://", pins)


def test_packages_faces_are_empty_or_hand_names_on() -> None:
    faces = [file for file in SOURCES if file.name == "__init__.py" and file.parent.name != "argocd_gitops_mcp"]
    assert faces
    more = [file for file in faces for node in ast.parse(file.read_text("utf-8")).body if not _hands_on(node)]
    assert not more


def _hands_on(node: ast.stmt) -> bool:
    """An import, a docstring, or `__all__`."""
    if isinstance(node, ast.Assign):
        return [one.id for one in node.targets if isinstance(one, ast.Name)] == ["__all__"]
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.ImportFrom | ast.Import)


def test_stdout_is_kept_for_the_protocol() -> None:
    """`print` without `file=` stands only where a person reads the terminal."""
    doors = ("commands", "demo", "sandbox", "cli.py")
    printing = [
        str(file.relative_to(ROOT))
        for file in SOURCES
        if not any(part in doors for part in file.parts)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if not any(one.arg == "file" for one in node.keywords)
    ]
    assert not printing
