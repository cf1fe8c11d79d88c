"""`validate PATH...`: manifests checked without any Argo CD, for people and for CI."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from argocd_gitops_mcp.commands.reports import reading, table
from argocd_gitops_mcp.commands.reports.sarif import sarif
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument
from argocd_gitops_mcp.gitops.findings import at_or_above
from argocd_gitops_mcp.gitops.validation import inspection, rendering
from argocd_gitops_mcp.gitops.validation import report as validation
from argocd_gitops_mcp.gitops.validation.report import Options, Report
from argocd_gitops_mcp.views.refusals import refusal

Format = Literal["table", "json", "sarif"]
FailOn = Literal["info", "warning", "error", "never"]


def validate(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders; the repository around them is read too.")],
    form: Annotated[Format, typer.Option("--format", help="How to print what was found.")] = "table",
    fail_on: Annotated[FailOn, typer.Option(help="Exit 1 from this severity on.")] = "warning",
    kubernetes_version: Annotated[str | None, typer.Option(help="Whose schemas to use, such as 1.33.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Configuration of the rules; else .argocd-gitops.yaml of the repository.")
    ] = None,
    *,
    render: Annotated[bool, typer.Option(help="Render kustomizations and charts where the programs are there.")] = True,
) -> None:
    """Check manifests: syntax, schemas, kustomize, Helm, house rules. Exit 0: clean, 1: findings, 2: not run."""
    try:
        read = reading.read(paths)
        report = _report(read, kubernetes_version, rules, render=render)
    except GitOpsError as error:
        typer.echo(refusal(error), err=True)
        sys.exit(2)
    _print(report, form, _shown(read.root))
    is_bad = fail_on != "never" and any(at_or_above(one, fail_on) for one in report.findings)
    sys.exit(1 if is_bad else 0)


def _report(read: reading.Read, version: str | None, rules: Path | None, *, render: bool) -> Report:
    options = Options(version, validation.configured(read.files, _text(rules)), read.only)
    report = inspection.inspected(read.files, options, rendering.found() if render else None)
    return replace(report, unchecked=(*read.unchecked, *report.unchecked))


def _text(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"{str(file)!r} cannot be read.", upstream=str(error)) from error


def _print(report: Report, form: Format, shown: Callable[[str], str]) -> None:
    if form == "table":
        for row in table.rows(report, shown):
            typer.echo(row)
    else:
        typer.echo(json.dumps(asdict(report) if form == "json" else sarif(report), indent=2))
    for said in table.summary(report):
        typer.echo(said, err=form != "table")


def _shown(root: Path) -> Callable[[str], str]:
    """Paths from where the person stands, if that is near."""
    here = os.path.relpath(root)
    return lambda file: str((root if here.startswith("../..") else Path(here)) / file)
