"""Validation together with rendering: what the doors and operations call."""

from dataclasses import replace
from threading import Event

from argocd_gitops_mcp.gitops.validation import kubernetes, rendering, targets
from argocd_gitops_mcp.gitops.validation import report as validation
from argocd_gitops_mcp.gitops.validation.rendering import Programs
from argocd_gitops_mcp.gitops.validation.report import Files, Options, Report


def inspected(files: Files, options: Options, programs: Programs | None = None, stop: Event | None = None) -> Report:
    """Validate files, with everything rendered that can be; blocks, so a server calls it in a thread.

    Args:
        files: the whole repository as far as it is known; only what is in it can be rendered.
        options: what is wanted.
        programs: kustomize and Helm; None renders nothing.
        stop: set when nobody waits for the report any more.

    Raises:
        NotYAML, InvalidArgument: the rules' configuration, or a version of Kubernetes that there are no schemas of.
    """
    config = options.config or validation.configured(files)
    version = kubernetes.chosen(options.kubernetes_version)
    found = validation.contents(files)
    wanted, unfit = targets.targets(found.tree, found.by_file)
    wanted = [one for one in wanted if one.concerns(options.only)]
    if programs is None:
        report = validation.checked(found, config, options)
        said = f"{len(wanted)} kustomizations and charts were not rendered: nothing was to be run."
        return replace(report, unchecked=(*report.unchecked, said)) if wanted else report
    made = rendering.render(files, wanted, programs, version, stop)
    report = validation.checked(found, config, options, made)
    unfit += [f"{one.target.file} was not rendered: {one.refusal}." for one in made if one.refusal]
    unfit += sorted({f"{one.target.file}: {one.note}." for one in made if one.note})
    lacking = [one for one in wanted if getattr(programs, one.tool) is None]
    missing = [f"{one.file} was not rendered: there is no {one.tool} here." for one in lacking]
    return replace(report, unchecked=(*report.unchecked, *unfit, *missing))
