"""The parts of SOCA's web UI that users and probes see: ping, login, pages behind a session."""

import re
import secrets
from dataclasses import dataclass, field

from aiohttp import web

from rehearsal.host.folder import BASE_DN, LDAP_PORT, HostFolder
from rehearsal.host.ldap_bind import SUCCESS, bind

_LOGIN_PAGE = """<!DOCTYPE html>
<title>Sign in to {cluster_id}</title>
<form method="post" action="/auth">
  <input type="text" required name="user">
  <input type="password" required name="password">
  <input type="hidden" name="csrf_token" value="{csrf_token}">
  <button type="submit">Sign in</button>
</form>
"""
_HOME_PAGE = """<!DOCTYPE html>
<title>{cluster_id}</title>
<p>Signed in as {user}.</p>
"""
_COOKIE = "session"


@dataclass(slots=True)
class Session:
    csrf_token: str = field(default_factory=secrets.token_hex)
    user: str | None = None


class WebUi:
    def __init__(self, host: HostFolder, cluster_id: str, address: str) -> None:
        self._host = host
        self._cluster_id = cluster_id
        self._address = address
        self._sessions: dict[str, Session] = {}

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/ping", self.ping),
                web.get("/", self.home),
                web.get("/login", self.login),
                web.get("/logout", self.logout),
                web.post("/auth", self.authenticate),
                web.route("*", "/{anything:.*}", self.unknown),
            ]
        )
        return app

    async def ping(self, _: web.Request) -> web.Response:
        """Answer /ping. As in SOCA, it tests neither directory nor scheduler."""
        return web.Response(text="Alive")

    async def home(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session is None or session.user is None:
            return _redirect("/login")
        return _page(_HOME_PAGE.format(cluster_id=self._cluster_id, user=session.user))

    async def login(self, request: web.Request) -> web.Response:
        session = self._session(request)
        token = request.cookies.get(_COOKIE, "")
        if session is None:
            token, session = secrets.token_urlsafe(), Session()
            self._sessions[token] = session
        page = _page(_LOGIN_PAGE.format(cluster_id=self._cluster_id, csrf_token=session.csrf_token))
        page.set_cookie(_COOKIE, token, httponly=True, path="/")
        return page

    async def logout(self, request: web.Request) -> web.Response:
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        return _redirect("/")

    async def authenticate(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session is None:
            return _redirect("/login")
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("csrf_token") != session.csrf_token:
            return web.Response(status=400, text="The CSRF token is missing or wrong.")
        user = form.get("user", "")
        if not await self._knows(user, form.get("password", "")):
            return _redirect("/login")
        session.user = user.lower()
        return _redirect("/")

    async def unknown(self, _: web.Request) -> web.Response:
        """Answer as SOCA does, which returns no 404."""
        return _redirect("/")

    def _session(self, request: web.Request) -> Session | None:
        return self._sessions.get(request.cookies.get(_COOKIE, ""))

    async def _knows(self, user: str, password: str) -> bool:
        # A bind without a password is an anonymous one, and succeeds.
        if not user or not password or self._host.suffers("login-refused"):
            return False
        try:
            return await bind(self._address, LDAP_PORT, sign_in_dn(user), password) == SUCCESS
        except OSError:
            return False  # the directory is down


def sign_in_dn(user: str) -> str:
    """The DN that the web interface binds as. It never searches for an entry."""
    return f"uid={_escape(user)},ou=People,{BASE_DN}"


def _escape(value: str) -> str:
    """Escape an attribute value for a DN (RFC 4514, 2.4)."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda found: _hex_pairs(found[0]), value)


def _hex_pairs(character: str) -> str:
    return "".join(f"\\{byte:02x}" for byte in character.encode())


def _redirect(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


def _page(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
