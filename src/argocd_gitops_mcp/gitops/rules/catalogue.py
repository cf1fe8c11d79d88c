"""Every house rule, and checking documents against them. Pure."""

from collections.abc import Collection, Sequence

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.rules import (
    applications,
    applicationsets,
    configuration,
    objects,
    options,
    policies,
    privileges,
    projects,
    secrets,
    sources,
    workloads,
)
from argocd_gitops_mcp.gitops.rules.configuration import Config
from argocd_gitops_mcp.gitops.rules.rule import Rule, kind_of
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

RULES: tuple[Rule, ...] = (
    sources.floating_revision,
    sources.missing_source,
    sources.chart_without_version,
    sources.chart_and_path,
    sources.source_and_sources,
    sources.unencrypted_repository,
    sources.value_file_outside,
    applications.destination_cluster,
    applications.missing_namespace,
    applications.default_project,
    applications.unknown_project,
    applications.allow_empty,
    applications.missing_finalizer,
    applications.ignored_object,
    applications.default_namespace,
    options.unknown_sync_option,
    options.replace_option,
    options.force_option,
    options.validation_off,
    options.unknown_hook,
    options.unknown_hook_delete_policy,
    options.sync_wave,
    options.unknown_compare_option,
    options.unknown_annotation,
    projects.wildcard_source,
    projects.wildcard_destination,
    projects.wildcard_cluster_resources,
    projects.missing_description,
    projects.invalid_project,
    projects.sync_window,
    projects.source_not_allowed,
    projects.destination_not_allowed,
    policies.invalid_policy,
    policies.wildcard_policy,
    applicationsets.missing_key_ignored,
    applicationsets.no_go_template,
    applicationsets.template_style,
    applicationsets.same_name,
    applicationsets.templated_project,
    applicationsets.unfiltered_pull_requests,
    applicationsets.deletes_on_removal,
    secrets.plain_secret,
    secrets.plain_credential,
    secrets.credentials_in_url,
    workloads.latest_tag,
    workloads.selector_mismatch,
    workloads.missing_requests,
    workloads.missing_readiness,
    workloads.single_replica,
    workloads.replicas_of_autoscaler,
    workloads.cron_schedule,
    workloads.port_names,
    workloads.service_without_pods,
    privileges.privileged,
    privileges.host_access,
    privileges.runs_as_root,
    objects.duplicate_object,
    objects.repeated_object,
    objects.old_kustomize_field,
)
IDS = tuple(one.id for one in RULES)


def check(documents: Sequence[Document], config: Config) -> list[Finding]:
    """What the house rules find in a set of documents, in the set's order, as this configuration wants it."""
    around = Surroundings(documents, config)
    wanted = [one for one in RULES if config.severities.get(one.id) != "off"]
    found = []
    for document in documents:
        kind = kind_of(document)
        for one in wanted:
            if not one.kinds or kind in one.kinds:
                found += [
                    document.finding(one.id, one.severity, message, *path)
                    for path, message in one.find(document, around)
                ]
    return config.applied(found)


def configured(text: str | None, others: Collection[str] = ()) -> Config:
    """Read a repository's configuration; see `configuration.configured`.

    Args:
        text: of the file; None where there is none.
        others: ids of findings that are not of house rules.
    """
    return configuration.configured(text, (*IDS, *others))
