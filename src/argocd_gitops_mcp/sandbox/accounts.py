"""Routes about who is calling: session, accounts, version, settings."""

from typing import Any

from argocd_gitops_mcp.sandbox import rbac, tokens
from argocd_gitops_mcp.sandbox.errors import StatusError, not_found
from argocd_gitops_mcp.sandbox.exchange import Exchange, Raw, dump
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Account, Object, World

VERSION: Object = {
    "Version": "v3.6.1+sandbox",
    "BuildDate": "1970-01-01T00:00:00Z",
    "GoVersion": "go1.27.3",
    "Compiler": "gc",
    "Platform": "linux/amd64",
    "KustomizeVersion": "v5.8.1 unknown",
    "HelmVersion": "v4.3.1",
    "KubectlVersion": "v0.37.0",
    "JsonnetVersion": "v0.22.0",
}
SETTINGS: Object = {
    "appLabelKey": "app.kubernetes.io/instance",
    "googleAnalytics": {"anonymizeUsers": True},
    "kustomizeOptions": {"BuildOptions": "", "BinaryPath": "", "Versions": None},
    "help": {},
    "trackingMethod": "annotation",
    "appsInAnyNamespaceEnabled": True,
    "syncWithReplaceAllowed": True,
    "resourceViewEnabled": True,
}

NOTHING = "jqPathExpressions: null\njsonPointers: null\nmanagedFieldsManagers: null\n"
OVERRIDES: Object = {
    "*/*": {
        "ignoreDifferences": NOTHING.replace("jsonPointers: null", "jsonPointers:\n- /status"),
        "ignoreResourceUpdates": NOTHING,
    }
}


def log_in(request: Exchange) -> Raw:
    body = request.json("SessionCreateRequest")
    token = tokens.login(request.world, body.text("username"), body.text("password"))
    cookie = {"set-cookie": f"argocd.token={token}; path=/; SameSite=lax; httpOnly"}
    return Raw(200, "application/json", dump({"token": token}), cookie)


def log_out(_: Exchange) -> Object:
    """The cookie goes, the token stays valid: so the real one does."""
    return {}


def user_info(request: Exchange) -> Object:
    caller = _caller(request)
    return {} if caller is None else {"loggedIn": True, "username": caller.account, "iss": "argocd"}


def version(request: Exchange) -> Object:
    return {"Version": VERSION["Version"]} if _caller(request) is None else VERSION


def settings(request: Exchange) -> Object:
    shown = {"url": f"http://{request.headers.get('host', '')}", **SETTINGS}
    if _caller(request) is not None:
        shown |= {"passwordPattern": "^.{8,32}$", "controllerNamespace": CONTROL_PLANE, "resourceOverrides": OVERRIDES}
    return shown


def plugins(request: Exchange) -> Object:
    """There are none in the sandbox."""
    request.caller  # noqa: B018 other than the settings, this needs a valid token
    return {}


def list_accounts(request: Exchange) -> Object:
    caller = request.caller
    names = sorted(name for name in request.world.accounts if _may_see(caller, name))
    return {"items": [_shown(request.world.accounts[name]) for name in names]} if names else {}


def get_account(request: Exchange) -> Object:
    """The right is asked for before the account is looked for."""
    name = request.parameters["name"]
    if not _may_see(request.caller, name):
        rbac.demand(request.caller, "accounts", "get", name)
    return _shown(_account(request.world, name))


def create_token(request: Exchange) -> Object:
    caller, body = request.caller, request.json("CreateTokenRequest")
    expires_in, token_id = body.number("expiresIn"), body.text("id")
    account = _account(request.world, request.parameters["name"])
    _demand_update(caller, account)
    return {"token": tokens.mint(request.world, account, expires_in, token_id)}


def delete_token(request: Exchange) -> Object:
    caller = request.caller
    account = _account(request.world, request.parameters["name"])
    _demand_update(caller, account)
    tokens.revoke(account, request.parameters["id"])
    return {}


def can_i(request: Exchange) -> Object:
    p = request.parameters
    return {
        "value": "yes"
        if rbac.can_i(request.world, request.caller, p["resource"], p["action"], p["subresource"])
        else "no"
    }


def _caller(request: Exchange) -> tokens.Caller | None:
    """The caller, where a bad token counts as none."""
    try:
        return request.caller
    except StatusError:
        return None


def _account(world: World, name: str) -> Account:
    if name not in world.accounts:
        raise not_found(f"account '{name}' does not exist")
    return world.accounts[name]


def _may_see(caller: tokens.Caller, name: str) -> bool:
    return caller.account == name or rbac.allows(caller, "accounts", "get")


def _demand_update(caller: tokens.Caller, account: Account) -> None:
    if caller.account != account.name:
        rbac.demand(caller, "accounts", "update", account.name)


def _shown(account: Account) -> Object:
    shown: Object = {"name": account.name, "enabled": True, "capabilities": list(account.capabilities)}
    return shown | ({"tokens": account.tokens} if account.tokens else {})


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v1/session", log_in),
    ("DELETE", "/api/v1/session", log_out),
    ("GET", "/api/v1/session/userinfo", user_info),
    ("GET", "/api/version", version),
    ("GET", "/api/v1/settings", settings),
    ("GET", "/api/v1/settings/plugins", plugins),
    ("GET", "/api/v1/account", list_accounts),
    ("GET", "/api/v1/account/{name}", get_account),
    ("POST", "/api/v1/account/{name}/token", create_token),
    ("DELETE", "/api/v1/account/{name}/token/{id}", delete_token),
    ("GET", "/api/v1/account/can-i/{resource}/{action}/{subresource*}", can_i),
)
