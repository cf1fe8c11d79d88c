"""May this be done? Pure: from the policy and the effect to a decision."""

from dataclasses import dataclass

from argocd_gitops_mcp.effects import Effect


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person who started the server allows.

    Args:
        allow_write: changes at all.
        require_plan: changes only as plans that were shown before.
    """

    allow_write: bool = False
    require_plan: bool = False

    def lists(self, effect: Effect) -> bool:
        """Whether operations of this effect are offered at all."""
        return effect is Effect.READ or self.allow_write


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Refused, with the reason; `for_want_of_plan` where a plan would be let through."""

    reason: str
    for_want_of_plan: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """Only after somebody said yes, or named the target again."""

    target: str


Decision = Allow | Deny | Confirm


def decide(policy: Policy, operation: str, effect: Effect, target: str, *, planned: bool = False) -> Decision:
    """Decide on one operation; `planned` is one that applies a plan."""
    if not policy.lists(effect):
        return Deny(f"{operation} changes Argo CD, and this server is read-only; nothing was sent")
    if policy.require_plan and effect is not Effect.READ and not planned:
        reason = f"{operation} changes Argo CD, and this server takes changes as plans only; nothing was sent"
        return Deny(reason, for_want_of_plan=True)
    return Confirm(target) if effect is Effect.DESTRUCTIVE else Allow()
