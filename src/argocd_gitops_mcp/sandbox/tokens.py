"""Who is calling: JSON web tokens as Argo CD issues them (HS256), made with the standard library."""

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from argocd_gitops_mcp.sandbox.errors import Code, StatusError, not_found, unknown
from argocd_gitops_mcp.sandbox.world import Account, Object, World, stamp

SESSION_SECONDS = 24 * 3600
MOST_FAILURES = 5
SEGMENTS = 3


@dataclass(frozen=True)
class Caller:
    """The account behind a valid token."""

    account: str
    claims: Object


def login(world: World, username: str, password: str) -> str:
    account = world.accounts.get(username)
    if not username or not password:
        raise unauthenticated("no credentials supplied")
    failures = world.failed_logins.get(username, 0)
    if account is None or failures >= MOST_FAILURES or not hmac.compare_digest(account.password, password):
        world.failed_logins[username] = failures + 1
        raise unauthenticated("Invalid username or password")
    world.failed_logins.pop(username, None)
    return issue(world, f"{username}:login", str(uuid.uuid4()), SESSION_SECONDS)


def mint(world: World, account: Account, expires_in: int, token_id: str) -> str:
    """A new API key of an account."""
    if "apiKey" not in account.capabilities:
        raise unknown(
            f"failed to update account with new token: account '{account.name}' does not have apiKey capability"
        )
    token_id = token_id or str(uuid.uuid4())
    if any(token["id"] == token_id for token in account.tokens):
        raise unknown(f"failed to update account with new token: account already has token with id '{token_id}'")
    issued = int(world.clock().timestamp())
    token: Object = {"id": token_id, "issuedAt": issued}
    account.tokens.append(token | ({"expiresAt": issued + expires_in} if expires_in else {}))
    return issue(world, f"{account.name}:apiKey", token_id, expires_in)


def revoke(account: Account, token_id: str) -> None:
    if not any(token["id"] == token_id for token in account.tokens):
        raise not_found(f"token with id '{token_id}' does not exist")
    account.tokens[:] = [token for token in account.tokens if token["id"] != token_id]


def verify(world: World, authorization: str | None, cookie: str | None) -> Caller:
    """The caller behind an Authorization header or, without a token there, behind the cookie."""
    word, _, token = (authorization or "").partition(" ")
    if word != "Bearer" or token.count(".") != SEGMENTS - 1:
        token = cookie or ""
    if not token:
        raise unauthenticated("no session information")
    claims = _decode(world, token)
    if claims["sub"].startswith("proj:"):
        return _of_project(world, claims)
    name, _, capability = claims["sub"].rpartition(":")
    account = world.accounts.get(name)
    if account is None:
        raise unauthenticated(f"invalid session: account {name} does not exist")
    if capability == "apiKey" and not any(known["id"] == claims["jti"] for known in account.tokens):
        raise unauthenticated(f"invalid session: account {name} does not have token with id {claims['jti']}")
    return Caller(name, claims)


def _of_project(world: World, claims: Object) -> Caller:
    """The caller behind a token of a project's role, which is called as its subject is."""
    _, name, wanted = claims["sub"].split(":")
    project = world.projects.get(name)
    if project is None:
        raise unauthenticated(f'invalid session: appproject.argoproj.io "{name}" not found')
    known = [role.get("jwtTokens") or () for role in project["spec"].get("roles") or () if role["name"] == wanted]
    if not any(one["id"] == claims["jti"] for some in known for one in some):
        where = f"issued at '{claims['iat']}' does not exist in project '{name}'"
        raise unauthenticated(f"invalid session: JWT token for role '{wanted}' {where}")
    return Caller(claims["sub"], claims)


def issued_at(caller: Caller) -> str:
    return stamp(datetime.fromtimestamp(caller.claims["iat"], UTC))


def unauthenticated(message: str) -> StatusError:
    return StatusError(Code.UNAUTHENTICATED, message)


def issue(world: World, subject: str, token_id: str, expires_in: int) -> str:
    """A signed token."""
    issued = int(world.clock().timestamp())
    claims: Object = {"iss": "argocd", "sub": subject, "iat": issued, "nbf": issued, "jti": token_id}
    if expires_in:
        claims["exp"] = issued + expires_in
    signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    return f"{signed}.{_sign(world, signed)}"


def _decode(world: World, token: str) -> Object:
    signed, _, signature = token.rpartition(".")
    if signed.count(".") != 1:
        raise unauthenticated("invalid session: token is malformed: token contains an invalid number of segments")
    if not hmac.compare_digest(signature.encode(), _sign(world, signed).encode()):
        raise unauthenticated("invalid session: token signature is invalid: signature is invalid")
    payload = signed.partition(".")[2]
    claims: Object = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if claims.get("exp", world.clock().timestamp() + 1) <= world.clock().timestamp():
        raise unauthenticated("invalid session: token has invalid claims: token is expired")
    return claims


def _encode(part: Object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _sign(world: World, signed: str) -> str:
    digest = hmac.new(world.secret, signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
