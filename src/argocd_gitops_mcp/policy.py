"""May this be done? Pure: from the policy and the effect to a decision."""

from dataclasses import dataclass

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Denied, NotAllowed, PlanRequired, ReadOnly


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person who started the server allows.

    Args:
        allow_write: changes at all.
        require_plan: changes only as plans that were shown before.
        permissions: what is allowed beyond that, by the name of its setting.
    """

    allow_write: bool = False
    require_plan: bool = False
    permissions: frozenset[str] = frozenset()

    def lists(self, effect: Effect, permission: str = "") -> bool:
        """Whether operations of this effect, that may need a permission of their own, are offered at all."""
        if effect is not Effect.READ and not self.allow_write:
            return False
        return not permission or permission in self.permissions


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Refused, with the reason and the error it is."""

    reason: str
    error: type[Denied] = ReadOnly


@dataclass(frozen=True, slots=True)
class Confirm:
    """Only after somebody said yes, or named the target again."""

    target: str


Decision = Allow | Deny | Confirm


def decide(
    policy: Policy, operation: str, effect: Effect, target: str, *, planned: bool = False, permission: str = ""
) -> Decision:
    """Decide on one operation; `planned` is one that applies a plan, `permission` what it needs beyond writing."""
    if not policy.lists(effect):
        return Deny(f"{operation} is a change, and this server is read-only; nothing was sent")
    if effect is not Effect.READ and not policy.lists(effect, permission):
        flag = f"--{permission.replace('_', '-')}"
        return Deny(f"{operation} is off unless the server is started with {flag}; nothing was sent", NotAllowed)
    if policy.require_plan and effect is not Effect.READ and not planned:
        reason = f"{operation} is a change, and this server takes changes as plans only; nothing was sent"
        return Deny(reason, PlanRequired)
    return Confirm(target) if effect is Effect.DESTRUCTIVE else Allow()
