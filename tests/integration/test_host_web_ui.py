"""The web interface of a host behaves as SOCA's does."""

from collections.abc import Iterator

import pytest

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_browser import Browser
from tests.integration.scheduler_hosts import (
    described,
    modify,
    password_change,
    scheduler_host,
    suffering,
)


@pytest.fixture(scope="module")
def host() -> Iterator[HostFolder]:
    with scheduler_host("socaboot") as host:
        yield host


def test_ping_is_alive_whatever_else_is_not(host: HostFolder) -> None:
    assert Browser(host).get("/ping") == ("Alive", "200")


def test_a_page_without_a_session_leads_to_the_login(host: HostFolder) -> None:
    assert Browser(host).get("/")[1] == "302 /login"


def test_a_page_that_is_not_there_leads_home(host: HostFolder) -> None:
    assert Browser(host).get("/no/such/page")[1] == "302 /"


def test_a_right_password_opens_the_web_interface(host: HostFolder) -> None:
    modify(host, password_change("socaboot", "right"))
    browser = Browser(host)
    assert browser.log_in("socaboot", "right") == "302 /"
    page, status = browser.get("/")
    assert status == "200"
    assert "Signed in as socaboot" in page
    assert browser.get("/logout")[1] == "302 /"
    assert browser.get("/")[1] == "302 /login"


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("socaboot", "wrong"),
        ("socaboot", ""),
        ("nobody", "right"),
        ("", ""),
        ("socaboot,ou=People", "right"),
        ("socaboot\x00", "right"),
    ],
)
def test_anything_else_leads_back_to_the_login(user: str, password: str, host: HostFolder) -> None:
    modify(host, password_change("socaboot", "right"))
    browser = Browser(host)
    assert browser.log_in(user, password) == "302 /login"
    assert browser.get("/")[1] == "302 /login"


def test_a_form_without_its_token_is_refused(host: HostFolder) -> None:
    browser = Browser(host)
    browser.get("/login")
    assert browser.get("/auth", "-d", "user=socaboot&password=right")[1] == "400"


def test_a_form_of_another_release_leads_to_the_login(host: HostFolder) -> None:
    form = "user=socaboot&password=right&csrf_token=another"
    assert Browser(host).get("/auth", "-d", form)[1] == "302 /login"


def test_a_login_asks_the_directory_and_remembers_nothing(host: HostFolder) -> None:
    for password in ("one", "two"):
        modify(host, password_change("socaboot", password))
        assert Browser(host).log_in("socaboot", password) == "302 /"
    assert Browser(host).log_in("socaboot", "one") == "302 /login"


def test_a_host_that_refuses_logins_refuses_them_to_everybody(host: HostFolder) -> None:
    modify(host, password_change("socaboot", "right"))
    with suffering(host, "login-refused"):
        assert Browser(host).log_in("socaboot", "right") == "302 /login"
    assert Browser(host).log_in("socaboot", "right") == "302 /"


def test_a_session_of_one_release_is_none_on_another(host: HostFolder) -> None:
    modify(host, password_change("socaboot", "right"))
    browser = Browser(host)
    browser.log_in("socaboot", "right")
    with scheduler_host("socaboot", cluster_id="soca-hpc-r2") as other:
        browser.host = other
        assert browser.get("/")[1] == "302 /login"
        assert described(other)["address"] != described(host)["address"]
