"""The way to the server: its name, the port, and whose certificate it shows."""

import asyncio
import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from argocd_gitops_mcp.commands.checks.finding import Finding, failed
from argocd_gitops_mcp.commands.tokens import duration
from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.http import TLS
from argocd_gitops_mcp.views.text import line

SECONDS = 5
SOON = 14 * 86400
_PORTS = {"https": 443, "http": 80}


async def check(url: str, tls: TLS) -> AsyncIterator[Finding]:
    """Name, port, certificate; ends at the first failure."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    yield (found := await _resolve(host, port))
    if found.level == "fail":
        return
    yield (found := await _connect(host, port))
    if found.level == "fail":
        return
    if parts.scheme == "http":
        yield _plain(host)
        return
    yield await _certificate(host, port, tls)


async def _resolve(host: str, port: int) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Finding("fail", "name", f"{host} is not resolved within {SECONDS} s.", "Check DNS and VPN.")
    except (OSError, UnicodeError) as error:
        return Finding("fail", "name", f"{host} does not resolve: {error}.", "Check the URL's host, DNS and VPN.")
    addresses = ", ".join(dict.fromkeys(str(one[4][0]) for one in found))
    return Finding("ok", "name", f"{host} is {addresses}.")


async def _connect(host: str, port: int) -> Finding:
    where = f"{host} port {port}"
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Finding("fail", "port", f"{where} does not answer in {SECONDS} s.", "Check port, firewall and VPN.")
    except OSError as error:
        return Finding(
            "fail",
            "port",
            f"{where} refuses: {os.strerror(error.errno) if error.errno else error}.",
            "Check the port; is it running?",
        )
    writer.close()
    return Finding("ok", "port", f"{where} accepts connections.")


def _plain(host: str) -> Finding:
    local = host == "localhost"
    with contextlib.suppress(ValueError):
        local = local or ipaddress.ip_address(host).is_loopback
    if local:
        return Finding("ok", "TLS", "Not encrypted (http), but on this machine.")
    text = "Not encrypted (http): anyone on the way can read the token."
    return Finding("warn", "TLS", text, "Use https://.")


async def _certificate(host: str, port: int, tls: TLS) -> Finding:
    try:
        context = replace(tls, bypass=False).context()
    except NotConfigured as error:
        return failed("TLS", error)
    try:
        shown = await _handshake(host, port, context)
    except ssl.SSLCertVerificationError as error:
        who = _about(await _presented(host, port))
        text = f"The certificate is not accepted: {line(error.verify_message).rstrip('.')}.{who}"
        if tls.bypass:
            text += " --bypass-tls accepts any certificate: anyone on the way can read the token."
        return Finding("warn" if tls.bypass else "fail", "TLS", text, _remedy(error.verify_message))
    except ssl.SSLError as error:
        hint = "If the port speaks plain HTTP, use http://; else check the port."
        return Finding("fail", "TLS", f"No TLS with {host} port {port}: {error.reason or error}.", hint)
    except (OSError, TimeoutError) as error:
        text = f"The TLS handshake with {host} port {port} broke off: {str(error) or type(error).__name__}."
        return Finding("fail", "TLS", text, "Check the port, and what stands before Argo CD.")
    text = f"The certificate is accepted.{_about(shown)}"
    if tls.bypass:
        return Finding("warn", "TLS", f"{text} --bypass-tls is on, and not needed.", "Drop --bypass-tls.")
    left = ssl.cert_time_to_seconds(shown["notAfter"]) - datetime.now(UTC).timestamp()
    return Finding("ok", "TLS", text) if left > SOON else Finding("warn", "TLS", text, "Renew the certificate soon.")


async def _handshake(host: str, port: int, context: ssl.SSLContext) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    shown = writer.get_extra_info("peercert")
    writer.transport.abort()
    return dict(shown)


async def _presented(host: str, port: int) -> dict[str, Any]:
    """What an unaccepted certificate says; the library tells it of trusted ones only, so this look trusts it."""
    try:
        pem = await asyncio.to_thread(ssl.get_server_certificate, (host, port), timeout=SECONDS)
        look = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        look.check_hostname = False
        look.load_verify_locations(cadata=pem)
        look.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return await _handshake(host, port, look)
    except (OSError, ValueError):
        return {}


def _about(shown: dict[str, Any]) -> str:
    if not shown:
        return ""
    names = ", ".join(line(value, 100) for _, value in shown.get("subjectAltName", ())[:5])
    subject, issuer = _common_name(shown.get("subject", ())), _common_name(shown.get("issuer", ()))
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    left = duration.words((end - datetime.now(UTC)).total_seconds())
    return (
        f" It is of {subject or 'nobody'} (for {names or 'no name'}), by {issuer}, until {end:%Y-%m-%d} ({left} left)."
    )


def _common_name(name: Any) -> str:
    pairs = {key: value for part in name for key, value in part}
    found = pairs.get("commonName") or pairs.get("organizationName") or ""
    return line(str(found), 100)


def _remedy(reason: str) -> str:
    if "expired" in reason:
        return "Renew the certificate of Argo CD."
    if "mismatch" in reason or "not valid for" in reason:
        return "Use a name of the certificate in ARGOCD_SERVER_URL, or have this one added to it."
    return "Give the authority that signed it with --ca-file (ARGOCD_CA_FILE)."
