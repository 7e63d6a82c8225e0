"""Who may talk to the desk: the token, the Host and Origin of a request, and the headers of every answer."""

import hmac
import ipaddress
import secrets
import socket

from aiohttp import web

from rig.addresses import is_loopback

COOKIE = "taptill-token"
HEADER = "X-TapTill-Token"
# A page of the desk: nothing from elsewhere, no script or style within markup; pictures may be made by its own scripts.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Guard:
    """`token` is None on the loopback address, where nobody else can come."""

    def __init__(self, bind: str):
        self.token = None if is_loopback(bind) else secrets.token_urlsafe(16)
        self._names = {"localhost"}
        if self.token:
            own = socket.gethostname().lower()
            self._names |= {own, own.split(".")[0] + ".local"}

    def refusal(self, request: web.Request) -> str | None:
        """Why a request is not to be served, whoever sends it: one line, or None.

        A name that somebody else lets point here (DNS rebinding) is not one of ours; a page from elsewhere bears
        another Origin.
        """
        host = request.headers.get("Host", "")
        if not self._known(host):
            return f"host {ascii(host)[1:-1][:60]}: not a name of this desk"
        origin = request.headers.get("Origin")
        changes = request.method not in ("GET", "HEAD") or "upgrade" in request.headers.get("Connection", "").lower()
        if origin is not None and changes and origin.lower() != f"{request.scheme}://{host}".lower():
            return "origin: this request comes from another page"
        if changes and origin is None and request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return "origin: this request comes from another page"
        return None

    def _known(self, host: str) -> bool:
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        else:
            name = name.partition(":")[0]
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.token is not None or address.is_loopback

    def knows(self, request: web.Request) -> bool:
        """Does the request bear the token, when one is asked for?"""
        if self.token is None:
            return True
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = (
            request.query.get("token"),
            request.cookies.get(COOKIE),
            request.headers.get(HEADER),
            bearer if scheme.lower() == "bearer" else None,
        )
        return any(each is not None and hmac.compare_digest(each.encode(), self.token.encode()) for each in given)

    @staticmethod
    def dress(response: web.StreamResponse) -> None:
        """Put the headers on an answer that has not begun yet."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
