"""Which of a container's last lines tell why it ended. Pure."""

import re
from collections.abc import Sequence

from argocd_gitops_mcp.insight.evidence import Resource
from argocd_gitops_mcp.insight.finding import Quote

_WITHOUT = 6
"""Lines that are quoted where none tells of an error."""
_BEFORE = 2
"""Lines before the telling one: what was being done."""
_LOOKED_AT = 400
"""Characters of a line that are looked at."""
_ERROR = re.compile(
    r"error|fatal|panic|exception|fail|critical|traceback|caused by|abort|segfault|segmentation fault|denied|refused"
    r"|cannot|can't|could not|couldn't|unable to|no such|not found|invalid|timed out|out of memory|unrecognized|usage:",
    re.IGNORECASE,
)
# `INFO 0 errors`, `level=info`, `"level":"debug"`, `[debug]`: they say themselves that nothing is wrong.
_HARMLESS = re.compile(r"^.{0,60}?\b(?:INFO|DEBUG|TRACE|info|debug|trace)\b")
_FRAME = re.compile(r"^\s+at |^\s*\.\.\. \d+ more|^\s+File \"|^goroutine \d+ |^\t\S+:\d+|^\s+from \S+:\d+|^\s{4,}\^+")


def last_words(pod: Resource, container: str) -> list[Quote]:
    """What a container said before it ended: in the run before its restart, else in this one."""
    for log in sorted(pod.logs, key=lambda one: not one.previous):
        lines = [line for line in log.lines if line.strip()]
        if log.container == container and lines:
            when = ", before its restart" if log.previous else ""
            source = f"log of {pod.node.kind}/{pod.node.name}, container {container}{when}"
            return [Quote(source, "\n".join(telling(lines)))]
    return []


def telling(lines: Sequence[str]) -> Sequence[str]:
    """The last line that tells of an error, and what led to it; the last lines where none does."""
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at][:_LOOKED_AT]
        if _ERROR.search(line) and not _HARMLESS.search(line) and not _FRAME.search(line):
            led = [one for one in lines[:at] if not _FRAME.search(one[:_LOOKED_AT])]
            return [*led[-_BEFORE:], lines[at]]
    return lines[-_WITHOUT:]
