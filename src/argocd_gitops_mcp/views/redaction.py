"""Text from logs, events and commits with what looks like a secret masked: nobody masks it before us. Pure."""

from collections.abc import Sequence
from typing import Any

from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.views.masking import MASK, by_name
from argocd_gitops_mcp.views.text import MAX_TEXT, bounded, plain

# Most text holds none of these, and is told by them alone: looking for words is far cheaper than for patterns.
_HINTS = (
    *("@", "passw", "passp", "pass=", "pass:", "pwd", "secret", "token", "credential", "authorization", "cookie"),
    *("i_key", "i-key", "i.key", "i key", "ikey", "s_key", "s-key", "s.key", "s key", "skey", "t_key", "t-key"),
    *("t.key", "t key", "tkey", "e_key", "e-key", "e.key", "e key", "ekey", "h_key", "h-key", "h.key", "h key"),
    *("hkey", "n_key", "n-key", "n.key", "n key", "nkey", "g_key", "g-key", "g.key", "g key", "gkey"),
    *("bearer", "basic ", "sig=", "signature=", "eyj", "akia", "asia", "abia", "acca", "ghp_", "gho_", "ghu_"),
    *("ghs_", "ghr_", "github_pat", "glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-"),
    *("glagent-", "gloas-", "glsoat-", "glsa_", "xox", "xapp-", "aiza", "gocspx", "sk_", "rk_", "whsec", "npm_"),
    *("pypi-", "dckr_", "hvs.", "hvb.", "hvr.", "dop_v1", "doo_v1", "dor_v1", "sg.", "sk-", "ls0tls1", "hooks.slack"),
)
_CONTEXT = 4_096
"""Characters beyond a bound that are looked at: a secret that the bound cuts must still be known."""
# Imported where a line looks like it: what secrets look like is no part of starting.
_credentials = Later("argocd_gitops_mcp.views.credentials")


def masked_line(text: str, limit: int = MAX_TEXT) -> str:
    """Foreign text on one line: cleaned, masked, and only then bounded."""
    most = limit + _CONTEXT
    whole = mask_text(plain(" ".join(text[:most].split("\n")).rstrip()))
    return bounded(whole, limit, beyond=max(len(text) - most, 0))


def masked_text(text: str, limit: int = MAX_TEXT) -> str:
    """The same, with the lines it has."""
    most = limit + _CONTEXT
    masked = "\n".join(map(mask_text, without_private_keys(plain(text[:most]).split("\n"))))
    return bounded(masked, limit, beyond=max(len(text) - most, 0))


def without_private_keys(lines: Sequence[str]) -> list[str]:
    """As many lines, those in private keys masked: to be done before some of them are chosen."""
    hidden = in_private_keys(lines)
    return [MASK if at in hidden else line for at, line in enumerate(lines)]


def in_private_keys(lines: Sequence[str]) -> frozenset[int]:
    """Which of lines that follow each other stand in a private key: by itself none of them looks like one."""
    if not any("PRIVATE KEY" in line for line in lines):
        return frozenset()
    spans = _credentials.private_keys(lines)
    return frozenset(at for start, end in spans for at in range(start, end) if lines[at].strip())


def masked_values(value: Any, at: str = "") -> Any:
    """Settings with what looks like a secret masked, wherever it stands: by its name, in a URL, by its form."""
    return _masked_leaves(by_name(value, at))


def _masked_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked_leaves(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked_leaves(one) for one in value]
    if not isinstance(value, str):
        return value
    return "\n".join(map(mask_text, without_private_keys(value.split("\n"))))


def mask_text(text: str) -> str:
    """The text, with the values of secrets replaced by plusses; names and everything else stay."""
    low = text.lower()
    if not any(hint in low for hint in _HINTS):
        return text
    parts, at = list[str](), 0
    for start, end in sorted(_credentials.spans(text)):
        if start >= at:
            parts += [text[at:start], MASK]
        at = max(at, end)
    return "".join([*parts, text[at:]])
