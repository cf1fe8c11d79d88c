"""The documents of a YAML or JSON file, as Kubernetes reads them, with the place of every value. Pure.

Scalars follow sigs.k8s.io/yaml, which is go-yaml 2: `yes`, `on` and `y` are booleans, `0777` is octal, `1:30` and
dates are strings, keys become strings. A file that cannot be read is a finding, never an exception.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from argocd_gitops_mcp.gitops.findings import Finding, Severity
from argocd_gitops_mcp.gitops.nodes import BRACES, Parser, Unreadable, bounded, child, value_of

RULES = {
    "yaml-syntax": "A file that cannot be read as YAML, or not by Kubernetes.",
    "json-syntax": "A file that cannot be read as JSON.",
    "duplicate-key": "A key given twice: the first value is lost.",
    "alias-expansion": "Aliases that make so much out of little that reading them would harm.",
}
"""What each rule of this room finds."""

_ANCHOR = re.compile(r"(?:^|[\s\[{,:])&\S")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Document:
    """One object, or whatever else a document holds. A `List` is read as the objects in it.

    Args:
        file: path as it was given, with `/`.
        index: of the document in its file, from 0.
        value: plain Python, aliases expanded.
        line: where it begins, from 1.
    """

    file: str
    index: int
    value: Any
    line: int
    _node: yaml.Node = field(repr=False, compare=False)

    def position(self, *path: str | int) -> tuple[int, int]:
        """Line and column, from 1, where this path is named: at its key, or at the item of a list.

        Of a path that is not there, the nearest ancestor's.
        """
        return _place(self._find(path)[0])

    def value_position(self, *path: str | int) -> tuple[int, int]:
        """Line and column, from 1, where the value of this path begins."""
        return _place(self._find(path)[1])

    def finding(self, rule: str, severity: Severity, message: str, *path: str | int) -> Finding:
        """A finding about this path of this object."""
        return Finding(self.file, *self.position(*path), rule, severity, message, self.subject)

    def _find(self, path: tuple[str | int, ...]) -> tuple[yaml.Node, yaml.Node]:
        named = node = self._node
        for step in path:
            found = child(node, step)
            if found is None:
                break
            named, node = found
        return named, node

    def text(self, *path: str | int) -> str:
        """The string at this path; '' where there is none."""
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return ""
        return value if isinstance(value, str) else ""

    @property
    def kind(self) -> str:
        """Its kind, as given."""
        return self.text("kind")

    @property
    def api_version(self) -> str:
        """Its apiVersion, as given."""
        return self.text("apiVersion")

    @property
    def group(self) -> str:
        """The API group; '' of the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its metadata.name."""
        return self.text("metadata", "name")

    @property
    def namespace(self) -> str:
        """Its metadata.namespace."""
        return self.text("metadata", "namespace")

    @property
    def subject(self) -> str:
        """`Kind/name`, as findings name it."""
        return f"{self.kind}/{self.name}" if self.kind and self.name else self.kind

    @property
    def is_object(self) -> bool:
        """Whether it says that it is a Kubernetes object."""
        return bool(self.kind and self.api_version)


def read(file: str, text: str) -> tuple[list[Document], list[Finding]]:
    """Every document of a file, up to the first that cannot be read; empty ones are left out.

    Args:
        file: path that documents and findings carry.
        text: the whole file.

    Returns:
        the documents, and findings `yaml-syntax`, `json-syntax`, `duplicate-key` or `alias-expansion`.
    """
    if file.endswith(".json"):
        if (odd := _odd_json(file, text)) is not None:
            return [], odd
        text = _PAIR.sub(lambda pair: json.loads(f'"{pair[0]}"'), text)  # YAML has no surrogates
    documents: list[Document] = []
    findings: list[Finding] = []
    try:
        parser, index = Parser(text), 0
        has_anchors = _ANCHOR.search(text) is not None
        while (node := parser.get_node() if parser.check_node() else None) is not None:
            if has_anchors:
                bounded(node)
            duplicates: list[yaml.Node] = []
            value = value_of(node, duplicates)
            findings += [_finding(file, key, "duplicate-key", f"`{key.value}` is given twice") for key in duplicates]
            documents += _objects(file, index, value, node)
            index += 1
    except yaml.MarkedYAMLError as error:
        findings.append(_syntax(file, text, error))
    except yaml.reader.ReaderError as error:
        findings.append(_characters(file, text, len(text.encode()[: error.position].decode(errors="ignore"))))
    except UnicodeEncodeError as error:
        findings.append(_characters(file, text, error.start))
    except Unreadable as error:
        findings.append(_finding(file, error.node, error.rule, str(error)))
    return documents, findings


def _odd_json(file: str, text: str) -> list[Finding] | None:
    """What is not to be read as YAML: JSON of other programs, which may carry comments, and broken JSON."""
    ours = '"kind"' in text and '"apiVersion"' in text
    try:
        return None if ours and json.loads(text) is not None else []
    except json.JSONDecodeError as error:
        return [Finding(file, error.lineno, error.colno, "json-syntax", "error", error.msg)] if ours else []
    except (ValueError, RecursionError):
        return [Finding(file, 0, 0, "json-syntax", "error", "a number is too long, or it is nested too deep")]


def _objects(file: str, index: int, value: Any, node: yaml.Node) -> Iterator[Document]:
    items = value.get("items") if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") else None
    found = child(node, "items")
    if isinstance(items, list) and found is not None:
        for item, its in zip(items, found[1].value, strict=True):
            yield Document(file, index, item, its.start_mark.line + 1, its)
    elif value is not None:
        yield Document(file, index, value, node.start_mark.line + 1, node)


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _finding(file: str, node: yaml.Node, rule: str, message: str) -> Finding:
    return Finding(file, *_place(node), rule, "error", message)


def _syntax(file: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    said = " ".join(part for part in (error.problem, error.context) if part)
    end = len(text.rstrip())
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark is not None]
    # What is never closed is only noticed at the end: tell where it began, or else the last thing that stands there.
    mark = next((one for one in marks if one.index < end), None)
    if mark is None:
        return Finding(file, *_row_and_column(text, max(end - 1, 0)), "yaml-syntax", "error", said)
    if text[mark.index] == "\t":
        said = "a tab in the indentation: YAML takes spaces only"
    elif "{{" in text[text.rfind("\n", 0, mark.index) + 1 :].split("\n", 1)[0]:
        said += BRACES
    return Finding(file, mark.line + 1, mark.column + 1, "yaml-syntax", "error", said)


def _characters(file: str, text: str, position: int) -> Finding:
    where = _row_and_column(text, position)
    return Finding(file, *where, "yaml-syntax", "error", f"{text[position:][:1]!r} may not stand in YAML")


def _row_and_column(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
