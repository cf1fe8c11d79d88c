"""ApplicationSets as small answers: what each makes its applications from, and how they are. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.ages import ago
from argocd_gitops_mcp.argocd.applicationset_details import MadeApplication, SetCondition, WholeSet
from argocd_gitops_mcp.fleet.row import Key, Row
from argocd_gitops_mcp.fleet.search import counts
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.fleet import tallied
from argocd_gitops_mcp.views.generation import KEEPS_DELETED
from argocd_gitops_mcp.views.generators import short, told
from argocd_gitops_mcp.views.listing import Entry, InDepth, listing
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line, revision
from argocd_gitops_mcp.views.view import Lines

_MESSAGE = 600
_USUAL_NAMESPACE = "argocd"
_USUAL_POLICY = "sync, unless Argo CD's controller is set otherwise"


def applicationsets(found: Sequence[WholeSet], total: int, rows: Mapping[Key, Row]) -> Lines:
    """One row a set, those that fail first, then those whose applications are not well."""
    bad = sum(bool(failures(one)) for one in found)
    which = f" of {total}" if len(found) != total else ""
    head = f"{len(found)} ApplicationSets{which}: {bad} failing"
    ordered = sorted(found, key=lambda one: (not failures(one), -_unwell(one, rows), one.metadata.name))
    columns = ("NAME", "NAMESPACE", "PROJECT", "GENERATORS", "APPLICATIONS", "NOT_WELL", "FAILING")
    return listing(head, columns, [_entry(one, rows) for one in ordered], "ApplicationSets")


def failures(one: WholeSet) -> list[SetCondition]:
    """The conditions that say that something is wrong."""
    return [each for each in one.status.conditions or [] if each.status == _BAD.get(each.type)]


_BAD = {"ErrorOccurred": "True", "ParametersGenerated": "False", "ResourcesUpToDate": "False"}


def _entry(one: WholeSet, rows: Mapping[Key, Row]) -> Entry:
    wrong = failures(one)
    namespace = one.metadata.namespace
    cells = (
        one.metadata.name,
        namespace if namespace != _USUAL_NAMESPACE else "",
        line(one.spec.template.spec.project, 100),
        line("+".join(short(each) for each in one.spec.generators or []), 120),
        str(made(one)),
        str(_unwell(one, rows) or ""),
        line(wrong[0].reason or wrong[0].type, 80) if wrong else "",
    )
    return Entry(cells, wrong[0].message if wrong else "")


def made(one: WholeSet) -> int:
    """How many applications it made, as it says itself."""
    return one.status.resources_count or len(one.status.resources or [])


def _unwell(one: WholeSet, rows: Mapping[Key, Row]) -> int:
    known = (rows.get((each.namespace, each.name)) for each in one.status.resources or [])
    return sum(row is not None and not row.is_well for row in known)


class SetView(InDepth):
    """One ApplicationSet."""

    name: str
    namespace: str
    generators: list[str]
    template: dict[str, Any]
    deletion: str
    applications_sync: str
    applications: str
    failing: list[str] = field(default_factory=list)
    worst: list[str] = field(default_factory=list)
    strategy: list[str] = field(default_factory=list)
    rollout: list[str] = field(default_factory=list)
    go_template: str = ""
    preserved: list[str] = field(default_factory=list)
    ignored: int = 0
    being_deleted: str = ""


def applicationset(one: WholeSet, rows: Mapping[Key, Row], now: str) -> SetView:
    """The set with its applications, the worst first.

    Args:
        one: as Argo CD tells it.
        rows: all applications this token may see.
        now: the present, RFC 3339.
    """
    spec, policy = one.spec, one.spec.sync_policy
    own = one.status.resources or []
    seen = [row for each in own if (row := rows.get((each.namespace, each.name))) is not None]
    unseen = [each for each in own if (each.namespace, each.name) not in rows]
    worst = sorted(seen, key=lambda row: (row.severity, row.name))
    notes = [f"{len(unseen)} of its applications this token does not see, or they are gone"] if unseen else []
    if made(one) > len(own):
        notes.append(f"Argo CD names {len(own)} of its {made(one)} applications")
    return SetView(
        name=one.metadata.name,
        namespace=one.metadata.namespace,
        failing=_conditions(failures(one), now),
        generators=[line(told(each), 300) for each in spec.generators or []],
        template=_template(one),
        deletion=_deletion(one),
        applications_sync=line((policy.applications_sync if policy is not None else "") or _USUAL_POLICY, 60),
        strategy=_strategy(one),
        rollout=[
            line(f"{each.application}: {each.status}, step {each.step}", 200)
            for each in one.status.application_status or []
            if each.status != "Healthy"
        ],
        go_template=" ".join(["yes", *(line(each, 60) for each in spec.go_template_options or [])])
        if spec.go_template
        else "",
        preserved=[
            line(f"{what} {', '.join(names)}", 200) for what, names in (spec.preserved_fields or {}).items() if names
        ],
        ignored=len(spec.ignore_application_differences or []),
        being_deleted=f"since {ago(one.metadata.deletion_timestamp, now)}" if one.metadata.deletion_timestamp else "",
        applications=f"{made(one)} made" + (f": {tallied(*counts(seen))}" if seen else ""),
        worst=[_state(row) for row in worst] + [_unknown(each) for each in unseen],
        notes=notes,
    )


def _deletion(one: WholeSet) -> str:
    """What becomes of its applications when it is deleted; any finalizer gives its controller time to free them."""
    sync = one.spec.sync_policy.applications_sync if one.spec.sync_policy is not None else ""
    if sync in KEEPS_DELETED and one.metadata.finalizers:
        return f"its applications stay, and belong to nobody: applicationsSync is {sync}, and a finalizer holds it"
    return f"its applications go, what they deployed {'stays' if _keeps(one) else 'goes, too'}"


def _keeps(one: WholeSet) -> bool:
    """Whether what an application deployed stays when it goes: its template's finalizers decide, if it has any."""
    own, policy = one.spec.template.metadata.finalizers, one.spec.sync_policy
    if own:
        return not any(each.startswith("resources-finalizer") for each in own)
    return policy is not None and policy.preserve_resources_on_deletion


def _conditions(wrong: Sequence[SetCondition], now: str) -> list[str]:
    """The same message, which Argo CD repeats with each, once."""
    told: dict[str, list[SetCondition]] = {}
    for one in wrong:
        told.setdefault(one.message, []).append(one)
    return [
        f"{', '.join(line(one.type, 60) for one in ones)} ({line(ones[0].reason, 80)}, "
        f'{ago(ones[0].last_transition_time or "", now)}), it says (data): "{masked_line(message, _MESSAGE)}"'
        for message, ones in told.items()
    ]


def _template(one: WholeSet) -> dict[str, Any]:
    """What each application is made of, as far as the template alone says so."""
    meta, spec = one.spec.template.metadata, one.spec.template.spec
    sources = [spec.source] if spec.source is not None else list(spec.sources or [])
    if spec.source_hydrator is not None:
        sources = [spec.source_hydrator.dry_source]
    where = spec.destination
    automated = spec.automated
    policy = "manual"
    if automated is not None:
        said = [name for name, holds in (("prune", automated.prune), ("selfHeal", automated.self_heal)) if holds]
        policy = " ".join(["automated", *said])
    told: dict[str, Any] = {
        "name": line(meta.name, 253),
        "project": line(spec.project, 253),
        "sources": [
            line(
                f"{public(each.repo_url)} {each.path or each.chart}{f' ({each.ref})' if each.ref else ''} "
                f"@{revision(each.target_revision) or 'HEAD'}",
                400,
            )
            for each in sources
        ],
        "destination": line(f"{where.name or public(where.server)}/{where.namespace}", 300),
        "sync": policy,
        "labels": {line(name, 253): line(value, 253) for name, value in (meta.labels or {}).items()},
        "patch": "a templatePatch changes it further" if one.spec.template_patch else "",
    }
    return {name: value for name, value in told.items() if value}


def _strategy(one: WholeSet) -> list[str]:
    strategy = one.spec.strategy
    if strategy is None or not strategy.type:
        return []
    steps = (strategy.rolling_sync.steps if strategy.rolling_sync is not None else None) or []
    lines = [line(strategy.type + (f", deletion {strategy.deletion_order}" if strategy.deletion_order else ""), 100)]
    lines += [f"step {number}: {line(_step(each), 200)}" for number, each in enumerate(steps, 1)]
    if strategy.type == "RollingSync" and one.status.application_status is None and made(one):
        lines.append("no state of a rollout is told: progressive syncs may be switched off, then this has no effect")
    return lines


def _step(step: Mapping[str, Any]) -> str:
    wanted = [
        f"{each.get('key', '')} {each.get('operator', '')} {','.join(map(str, each.get('values') or []))}".strip()
        for each in step.get("matchExpressions") or []
    ]
    most = f", at most {step['maxUpdate']} at once" if step.get("maxUpdate") is not None else ""
    return (" and ".join(wanted) or "everything") + most


def _state(row: Row) -> str:
    where = f" in {row.namespace}" if row.namespace != _USUAL_NAMESPACE else ""
    going = ", being deleted" if row.deleting else ""
    return f"{row.name}{where}: {line(row.health or 'Unknown', 40)}, {line(row.sync or 'Unknown', 40)}{going}"


def _unknown(one: MadeApplication) -> str:
    where = f" in {one.namespace}" if one.namespace != _USUAL_NAMESPACE else ""
    return f"{line(one.name, 253)}{where}: not seen"
