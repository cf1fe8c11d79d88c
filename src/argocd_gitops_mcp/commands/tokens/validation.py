"""What `token validate` found out, as text and as JSON. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.argocd import token
from argocd_gitops_mcp.commands.tokens.identity import Identity, expiry
from argocd_gitops_mcp.commands.tokens.rights import UNASKABLE, Held


@dataclass(frozen=True, slots=True)
class Validation:
    """An accepted token, its owner and its rights."""

    url: str
    identity: Identity
    rights: Sequence[Held]

    def structured(self) -> dict[str, Any]:
        """For --json."""
        who, claims = self.identity, self.identity.claims
        return {
            "valid": True,
            "url": self.url,
            "username": who.username,
            "issuer": who.issuer,
            "groups": list(who.groups),
            "kind": who.kind,
            "token_id": claims.jti or None,
            "issued_at": None if claims.iat is None else token.stamp(claims.iat),
            "expires_at": None if claims.exp is None else token.stamp(claims.exp),
            "rights": [
                {"resource": one.right.resource, "action": one.right.action, "objects": one.objects, "may": one.may}
                for one in self.rights
            ],
        }

    def text(self) -> str:
        """For people."""
        facts = "\n".join(f"{name:<9} {value}" for name, value in about(self.identity))
        return f"Valid: {self.url} accepts the token.\n\n{facts}\n\n{table(self.rights)}\n{UNASKABLE}"


def about(who: Identity) -> list[tuple[str, str]]:
    """What there is to say about a token, without the token."""
    claims = who.claims
    facts = [("user", who.username), ("kind", who.kind), ("issuer", who.issuer), ("expires", expiry(claims))]
    if claims.iat is not None:
        facts.append(("issued", token.stamp(claims.iat)))
    if claims.jti:
        facts.append(("token id", claims.jti))
    if who.groups:
        facts.append(("groups", ", ".join(who.groups)))
    return facts


def table(rights: Sequence[Held]) -> str:
    """One row a right."""
    rows = [("right", "objects", "may", "used for")]
    rows += [(f"{one.right.resource}, {one.right.action}", one.objects, one.may, one.right.use) for one in rights]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join([*(row[i].ljust(widths[i]) for i in range(3)), row[3]]) for row in rows)
