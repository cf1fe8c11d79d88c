"""How the demo looks in a terminal of a hundred columns."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from argocd_gitops_mcp.demo.client import Answer, tokens

_COLUMNS = 100
_INDENT = "    "
_SHOWN = 14
"""Lines of an answer that are shown."""


class Screen:
    """Writes one thing after the other; `plain` is without colours."""

    def __init__(self, *, plain: bool) -> None:
        self._console = Console(
            no_color=plain, highlight=False, soft_wrap=True, force_terminal=False if plain else None
        )
        self._columns = min(self._console.width, _COLUMNS) if self._console.is_terminal else _COLUMNS

    def title(self, text: str, below: str) -> None:
        """The opening."""
        self._line(text, "bold")
        self._paragraph(below, "", "dim")

    def step(self, number: int, title: str, says: str) -> None:
        """The heading of a step, and why it is taken."""
        self._line()
        head = f" {number:>2}  {title} "
        self._line(head + "─" * (self._columns - len(head)), "bold cyan")
        self._paragraph(says, _INDENT, "")

    def commands(self, commands: Sequence[str]) -> None:
        """What was run in a shell."""
        self._line()
        for one in commands:
            self._line(f"{_INDENT}$ {one}", "yellow")

    def files(self, files: Mapping[str, str]) -> None:
        """Files by name, with their text."""
        for name, text in files.items():
            self._line()
            self._line(f"{_INDENT}{name}", "yellow")
            self._block(text, "dim")

    def call(self, name: str, arguments: Mapping[str, Any], answer: Answer, looks: int) -> None:
        """A call and its answer as it came; what is not shown for room is announced."""
        self._line()
        said = ", ".join(f"{key}={_literal(value)}" for key, value in arguments.items())
        wrapped = textwrap.wrap(f"{name}({said})", self._columns - 6, subsequent_indent=_INDENT, break_on_hyphens=False)
        for index, line in enumerate(wrapped):
            self._line(f"{_INDENT if index else '  → '}{line}", "bold")
        cost = f"{asked(name, arguments)} + {answer.tokens} tokens, {answer.seconds:.2f} s"
        if looks > 1:
            cost += f"; the last of {looks} looks"
        self._line(f"  ← {'error' if answer.is_error else 'answer'} ({cost})", "red" if answer.is_error else "green")
        self._block(answer.text, "")

    def question(self, question: str, reply: str) -> None:
        """What the server asked the person, and what the demo said for them."""
        self._line()
        self._line("  ? the server asks (elicitation)", "magenta")
        self._block(question, "")
        self._line(f"{_INDENT}{reply}", "magenta")

    def checked(self, claim: str) -> None:
        """Something that was claimed and is so."""
        self._line(f"  ✓ {claim}", "green")

    def failed(self, step: str, problem: str) -> None:
        """Where the demo stopped, and why."""
        self._line()
        self._paragraph(f"✗ {step}: {problem}", "", "bold red")

    def summary(self, rows: Mapping[str, str]) -> None:
        """The closing."""
        self._line()
        self._line("─" * self._columns, "bold cyan")
        for name, value in rows.items():
            self._paragraph(f"{name:<12}{value}", "", "", hang=" " * 12)

    def _paragraph(self, text: str, indent: str, style: str, hang: str = "") -> None:
        for line in textwrap.wrap(
            text, self._columns, initial_indent=indent, subsequent_indent=indent + hang, break_on_hyphens=False
        ):
            self._line(line, style)

    def _block(self, text: str, style: str) -> None:
        lines = [part for line in text.rstrip("\n").split("\n") for part in self._fitted(line)]
        for line in lines[:_SHOWN]:
            self._line(_INDENT + line, style)
        if len(lines) > _SHOWN:
            self._line(
                f"{_INDENT}[the rest, {len(lines) - _SHOWN} of {len(lines)} lines, is left out on this screen only]",
                "dim italic",
            )

    def _fitted(self, line: str) -> list[str]:
        if line.startswith("{"):
            return _between_fields(line, self._columns - len(_INDENT))
        indent = " " * (len(line) - len(line.lstrip()))
        return textwrap.wrap(line, self._columns - len(_INDENT), subsequent_indent=indent, break_on_hyphens=False) or [
            ""
        ]

    def _line(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style=style))


def asked(name: str, arguments: Mapping[str, Any]) -> int:
    """The tokens of a call."""
    return tokens(name + json.dumps(arguments, separators=(",", ":")))


def _between_fields(record: str, width: int) -> list[str]:
    """Compact JSON in lines that end after a comma, where there is one."""
    lines: list[str] = []
    while len(record) > width:
        comma = record.rfind(',"', 0, width)
        at = comma + 1 if comma > 0 else width
        lines.append(record[:at])
        record = " " + record[at:]
    return [*lines, record]


def _literal(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)
