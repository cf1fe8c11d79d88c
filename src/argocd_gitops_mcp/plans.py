"""Sealing a plan: the id carries all of it, so nothing is kept, and any process with the same token can open it. Pure.

The key is made of the Argo CD token: who can forge a plan could do the write itself, and a revoked token takes its
plans along.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, BadSignature, URLSafeTimedSerializer

from argocd_gitops_mcp.errors import InvalidPlan, PlanExpired, PlanOfAnother

LIFETIME = 15 * 60
"""Seconds a plan can be applied."""
LONGEST = 16_000
"""Characters of an id: it carries the arguments, and a model has to repeat it letter by letter."""
_DIGEST = 8
_NONE = "The plan_id is none of this server's; nothing was sent."
_ANOTHERS = "The plan was made by another user, or for another Argo CD; nothing was sent."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan id carries; `world` are digests by name, of what the plan rests on."""

    operation: str
    arguments: Mapping[str, Any]
    world: Mapping[str, str]

    @property
    def name(self) -> str:
        """A short name, for the audit trail."""
        return digest([self.operation, dict(self.arguments), dict(self.world)])


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens the plans of one user at one Argo CD."""

    bearer: str
    user: str
    server: str

    @property
    def _whose(self) -> str:
        return digest(f"{self.user}@{self.server}")

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self.bearer, salt="argocd-gitops-mcp plan", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def close(self, plan: Plan) -> str:
        """The plan as an id."""
        content = [self._whose, plan.operation, dict(plan.arguments), dict(plan.world)]
        return str(self._serializer().dumps(content))

    def open(self, plan_id: str) -> Plan:
        """The plan of an id.

        Raises:
            PlanExpired, PlanOfAnother, InvalidPlan: it is too old, of another user or Argo CD, or was changed.
        """
        serializer = self._serializer()
        if not plan_id.isascii():
            raise InvalidPlan(_NONE)
        try:
            content, sealed_at = serializer.loads(plan_id, return_timestamp=True)
        except BadSignature as error:
            # Another token seals with another key; what it says of itself tells that from a changed one.
            _, said = serializer.loads_unsafe(plan_id)
            if isinstance(said, list) and said and said[0] != self._whose:
                raise PlanOfAnother(_ANOTHERS) from error
            raise InvalidPlan(
                "The plan_id was changed on the way, or its token was replaced; nothing was sent."
            ) from error
        except BadData as error:
            raise InvalidPlan(_NONE) from error
        whose, operation, arguments, world = content
        if whose != self._whose:
            raise PlanOfAnother(_ANOTHERS)
        # Replicas' clocks differ, so one from the future is as good as one from the past.
        if abs(time.time() - sealed_at.timestamp()) > LIFETIME:
            raise PlanExpired(f"The plan is older than {LIFETIME // 60} minutes; nothing was sent.")
        return Plan(operation, arguments, world)


def digest(value: Any) -> str:
    """A short digest of any value; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def moved(before: Mapping[str, str], now: Mapping[str, Any]) -> list[str]:
    """The names of what a plan rested on and is not so any more."""
    return sorted(name for name in {*before, *now} if before.get(name) != digest(now.get(name)))
