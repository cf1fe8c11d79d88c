"""What the end of a container means. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from argocd_gitops_mcp.insight.containers import Container, spec
from argocd_gitops_mcp.insight.evidence import Resource

OUT_OF_MEMORY = "OOMKilled"
NOT_STARTED = frozenset({"RunContainerError", "StartError", "CreateContainerError", "ContainerCannotRun"})
"""Reasons of waiting or of an end: the runtime could not start the process."""
_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "it ended by itself, without an error",
        1: "an error of its own",
        2: "wrong usage, or a panic",
        126: "its command may not be executed",
        127: "its command was not found",
        134: "it aborted itself (SIGABRT)",
        137: "killed from outside (SIGKILL)",
        139: "a crash of the program itself (SIGSEGV)",
        143: "asked to end (SIGTERM)",
    }
)


def ending(pod: Resource, container: Container) -> str:
    """How a container ended last, e.g. `exit code 127: its command was not found`."""
    ended = container.ended
    if ended is None:
        return "its last end is not known"
    means = f"out of memory, {limit(pod, container)}" if ended.reason == OUT_OF_MEMORY else _CODES.get(ended.exit_code)
    return f"exit code {ended.exit_code}{f': {means}' if means else ''}"


def limit(pod: Resource, container: Container) -> str:
    """How much memory it may take."""
    limits = (spec(pod, container.name).get("resources") or {}).get("limits") or {}
    return f"limit {limits['memory']}" if limits.get("memory") else "no limit set"
