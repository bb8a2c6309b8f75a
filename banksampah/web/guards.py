"""What stands in front of every route: proxy, impossible addresses, and headers on every answer."""

import logging
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from banksampah.web import logs

log = logging.getLogger(__name__)

ID_MAX = 2**63 - 1
SVG = "image/svg+xml"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",  # our scripts write text, never HTML; see `allow_desk`
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "publickey-credentials-get",
            "serial",
            "usb",
        )
    ),
    "X-Permitted-Cross-Domain-Policies": "none",
}

NO_PAGE = {
    name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
}
"""What a style, a script or a font needs: the other headers rule pages, and half of what a phone
fetches would be they. A drawing can be opened as a page and has them all.
"""


def init_app(app: Flask, *, behind_proxy: bool) -> None:
    """Put the guards in front of *app*."""
    if behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.session_interface = FormSession()
    app.url_map.converters["int"] = AsciiNumber
    app.before_request(refuse_impossible_address)
    app.before_request(refuse_foreign_form)
    app.after_request(add_headers)


class AsciiNumber(IntegerConverter):
    """A number in an address, in the digits 0 to 9: a thing has one address and no other."""

    regex = "[0-9]+"


class FormSession(SecureCookieSessionInterface):
    """Flask's signed cookie. A call without it (all of the API) does not set up the signing."""

    digest_method = staticmethod(sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def refuse_impossible_address() -> None:
    """A number no key can have, or a NUL, names nothing: 404 before any query."""
    if request.view_args:
        for value in request.view_args.values():
            if (isinstance(value, int) and value > ID_MAX) or (
                isinstance(value, str) and "\x00" in value
            ):
                abort(404)


def refuse_foreign_form() -> None:
    """A form that a page of another site sent is refused, whatever guard it carries.

    The browser says so itself: in Sec-Fetch-Site, or (older ones) in Origin. The API takes no
    cookie, so nobody can send for somebody else there.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.path.startswith("/api/"):
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    own = origin == "null" or host_of(origin) == request.host
    if site not in {"same-origin", "none"} or not own or host_of(request.referrer or "") is None:
        log.warning("%s: a form of another site", logs.route())
        abort(400)


def host_of(url: str) -> str | None:
    """The host (and port) in *url*; None when it cannot be read as an address at all."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def add_headers(response: Response) -> Response:
    """Give every answer the security headers; only static files may be kept by a browser."""
    headers = response.headers
    is_static = request.endpoint == "static"
    # a browser keeps with an answer the headers it came with: "unchanged" need not repeat them
    is_slim = response.status_code == 304 or (is_static and response.mimetype != SVG)
    # no view sets one of these; looking for each costs a long search
    headers.extend(NO_PAGE if is_slim else HEADERS)
    if (policy := g.pop("desk_policy", "")) and not is_slim:
        headers["Content-Security-Policy"] = POLICY.replace(
            "trusted-types 'none'", f"trusted-types {policy}"
        )
        headers["Permissions-Policy"] = (
            HEADERS["Permissions-Policy"]
            .replace("camera=(), ", "camera=(self), ")
            .replace("serial=(), ", "serial=(self), ")
        )
    if not is_static:
        headers.setdefault("Cache-Control", "no-store, private")
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def allow_desk(policy: str) -> None:
    """Let the page in hand, the weighing desk, make one Trusted Types policy (it names the page's
    own worker), read a card by the camera, and a scale by its cable.
    """
    g.desk_policy = policy


def caller() -> str:
    """Who is counted together as one caller: an IPv4 address, or the /64 that one line or phone has
    to itself in IPv6. "-" are all whose address is not known or cannot be read.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "-"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


def own_path(path: str | None, default: str = "/") -> str:
    """*path* if it is one of this service, else *default*: no sign-in sends people elsewhere."""
    if not path or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return default
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or not path.isprintable() or "\\" in path:
        return default
    return path
