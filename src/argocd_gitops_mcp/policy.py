"""May this be done? Pure: from the policy and the effect to a decision."""

from dataclasses import dataclass

from argocd_gitops_mcp.effects import Effect


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person who started the server allows."""

    allow_write: bool = False

    def lists(self, effect: Effect) -> bool:
        """Whether operations of this effect are offered at all."""
        return effect is Effect.READ or self.allow_write


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Refused, with the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Only after somebody said yes to this question about this target."""

    question: str
    target: str


Decision = Allow | Deny | Confirm


def decide(policy: Policy, operation: str, effect: Effect, target: str, details: str = "") -> Decision:
    """Decide on one operation; `details` are the arguments that matter to whoever confirms."""
    if not policy.lists(effect):
        return Deny(f"{operation} changes Argo CD, and this server is read-only; nothing was sent")
    if effect is Effect.DESTRUCTIVE:
        return Confirm(
            f"{operation} {target!r}{f' ({details})' if details else ''}: this can remove running resources. Go ahead?",
            target,
        )
    return Allow()
