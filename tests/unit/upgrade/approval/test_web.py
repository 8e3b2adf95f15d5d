"""The page that an approver sees: a GET shows, and nothing but a good POST decides."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.errors import Unhealthy
from changeover.upgrade.approval.web import respond
from tests.support.browser import alb_request, code_in, fields_of, link_in
from tests.support.image_pipeline import Pipeline, ami
from tests.support.run import Run
from tests.support.world import IMAGE, World


def asked(**configured: Any) -> World:
    world = World(**configured)
    Run(world).through("await_approval")
    return world


def link_of(world: World) -> str:
    return link_in(world.mails[-1][1])


def form_of(world: World, **typed: str) -> dict[str, str]:
    page = world.browse("GET", link_of(world))["body"]
    right = {"code": code_in(world.mails[-1][1]), "name": "Ada", "decision": "approved"}
    return fields_of(page) | right | typed


def decided(world: World) -> dict[str, dict[str, str]]:
    return world.services.callbacks.answers


def test_the_page_shows_what_the_yes_is_about() -> None:
    world = asked()
    page = world.browse("GET", link_of(world))
    assert page["statusCode"] == 200
    assert "Send all users from hpc-r1 to hpc-r2?" in page["body"]
    assert "3 users, 4 groups, 1 sudo roles" in page["body"]


def test_the_page_shows_what_is_known_of_both_images_and_what_to_mind() -> None:
    world = Pipeline()
    world.configure(stack_parameters={"BaseOS": "centos7"})
    world.judged(1, operating_system="<Ubuntu>")
    Run(world).through("await_approval")
    page = world.browse("GET", link_of(world))["body"]
    assert f"{ami(1)}, recipe 1.0.0 of 2026-02-28" in page
    assert f"on hpc-r1: {IMAGE}, never checked" in page
    assert "Warning: the end of support of &lt;Ubuntu&gt; is not known" in page


def test_the_page_does_not_show_the_code() -> None:
    world = asked()
    code = code_in(world.mails[-1][1])
    assert code not in world.browse("GET", link_of(world))["body"]


def test_the_page_is_kept_by_nobody_and_framed_by_nobody() -> None:
    world = asked()
    headers = world.browse("GET", link_of(world))["headers"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(("decision", "said"), [("approved", "Approved"), ("rejected", "Rejected")])
def test_a_person_with_the_mail_decides(decision: str, said: str) -> None:
    world = asked()
    page = world.answers(decision)
    assert (page["statusCode"], f"<h1>{said}</h1>" in page["body"]) == (200, True)
    assert decided(world)["task-token"]["decision"] == decision


def test_what_a_sign_in_says_about_a_person_is_not_taken_for_proved() -> None:
    """Nothing here verifies the signature of a load balancer's headers."""
    world = asked()
    request = alb_request("POST", link_of(world), form_of(world))
    request["headers"] |= {
        "x-amzn-oidc-identity": "company_mallory",
        "x-amzn-oidc-data": "header.mallory.signature",
        "x-amzn-oidc-accesstoken": "header.mallory.signature",
    }
    page = respond(request, world.services)
    assert "Thank you, Ada" in page["body"]
    assert "mallory" not in repr((page, decided(world)))


@pytest.mark.parametrize("encoded", [True, False])
def test_a_form_is_read_however_the_load_balancer_hands_it_on(encoded: bool) -> None:
    world = asked()
    request = alb_request("POST", link_of(world), form_of(world))
    if not encoded:
        request |= {"isBase64Encoded": False, "body": base64.b64decode(request["body"]).decode()}
    assert respond(request, world.services)["statusCode"] == 200
    assert decided(world)["task-token"]["decision"] == "approved"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_no_other_method_than_post_decides(method: str) -> None:
    world = asked()
    world.browse(method, link_of(world), form_of(world))
    assert decided(world) == {}


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_mail_scanner_that_follows_links_and_submits_forms_decides_nothing(decision: str) -> None:
    world = asked()
    link = link_of(world)
    hidden = fields_of(world.browse("GET", link)["body"])
    for typed in ({}, {"code": ""}, {"code": "test", "name": "test", "reason": "test"}):
        page = world.browse("POST", link, hidden | {"decision": decision} | typed)
        assert page["statusCode"] == 409
    assert decided(world) == {}
    assert world.answers("approved")["statusCode"] == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Enter your name"),
        ({"name": "   "}, "Enter your name"),
        ({"name": "x" * 101}, "Enter your name"),
        ({"decision": "perhaps"}, "Choose one"),
        ({"code": "WRONG"}, "not the code from the e-mail"),
        ({"evidence_digest": "0" * 64}, "out of date"),
        ({"key": "x"}, "not valid"),
        ({"color": "green"}, "The form was incomplete"),
        ({"reason": "x" * 20_000}, "holds too much text"),
    ],
)
def test_a_form_that_is_no_answer_is_told_why(typed: dict[str, str], said: str) -> None:
    world = asked()
    page = world.browse("POST", link_of(world), form_of(world, **typed))
    assert page["statusCode"] == 409
    assert said in page["body"]
    assert decided(world) == {}


@pytest.mark.parametrize("field", ["run", "key", "evidence_digest", "code"])
def test_a_form_that_lacks_a_field_is_no_answer(field: str) -> None:
    world = asked()
    form = form_of(world)
    del form[field]
    assert "The form was incomplete" in world.browse("POST", link_of(world), form)["body"]


def lost(decision: str) -> World:
    """A decision is on record, and its run did not hear of it."""
    world = asked()
    token = world.services.callbacks.waiting.pop()
    assert world.answers(decision)["statusCode"] == 409
    world.services.callbacks.waiting.add(token)
    return world


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_looking_at_a_decided_question_only_says_what_was_decided(
    decision: str, method: str
) -> None:
    world = lost(decision)
    page = world.browse(method, link_of(world))
    assert (page["statusCode"], f"was {decision} by Ada" in page["body"]) == (409, True)
    assert decided(world) == {}


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_lost_decision_is_sent_again_with_the_code(decision: str) -> None:
    world = lost(decision)
    form = fields_of(world.browse("GET", link_of(world))["body"])
    typed = {"code": code_in(world.mails[-1][1]), "decision": decision}
    assert world.browse("POST", link_of(world), form | typed)["statusCode"] == 200
    assert decided(world)["task-token"]["decision"] == decision


def test_a_lost_decision_is_not_sent_again_without_the_code() -> None:
    world = lost("approved")
    form = fields_of(world.browse("GET", link_of(world))["body"])
    for code in ("", "WRONG"):
        page = world.browse("POST", link_of(world), form | {"code": code, "decision": "approved"})
        assert page["statusCode"] == 409
    assert "Attempts left: 9." in page["body"]
    assert "Send the decision again" in page["body"]
    assert decided(world) == {}


def test_a_decided_question_shows_the_name_as_it_was_typed_and_never_as_html() -> None:
    world = asked()
    name = '"><script>alert(1)</script>'
    world.browse("POST", link_of(world), form_of(world, name=name))
    page = world.browse("GET", link_of(world))["body"]
    assert "<script>" not in page
    assert fields_of(page)["name"] == name


def test_a_link_that_was_cut_short_shows_nothing() -> None:
    world = asked()
    page = world.browse("GET", link_of(world)[:-3])
    assert (page["statusCode"], "not valid" in page["body"]) == (409, True)


@pytest.mark.parametrize("name", ["cluster", "run"])
def test_a_name_longer_than_any_is_not_looked_up(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = asked()
    monkeypatch.setattr(world.services.approvals, "get", lambda *_: pytest.fail("looked up"))
    event = alb_request("GET", "https://hpc.example.com/changeover/review")
    event["queryStringParameters"] = {"run": "run-1", "key": "a"} | {name: "a" * 101}
    assert respond(event, world.services)["statusCode"] == 409


def test_a_request_without_any_query_shows_nothing() -> None:
    event = alb_request("GET", "https://hpc.example.com/changeover/review")
    event["queryStringParameters"] = None
    assert respond(event, World().services)["statusCode"] == 409


def test_evidence_that_is_gone_is_no_yes() -> None:
    world = asked()
    form = form_of(world)
    world.services.evidence.delete_folder("runs/run-1")
    with pytest.raises(Unhealthy, match="does not exist"):
        world.browse("POST", link_of(world), form)
    assert decided(world) == {}


def test_a_visitor_cannot_put_anything_into_the_page() -> None:
    world = asked()
    form = form_of(world, name="<script>alert(1)</script>")
    assert "<script>" not in world.browse("POST", link_of(world), form)["body"]


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4), st.text(max_size=40))
def test_a_stranger_never_sees_the_evidence(query: dict[str, str], body: str) -> None:
    for method in ("GET", "POST"):
        event = {"httpMethod": method, "queryStringParameters": query, "body": body}
        page = respond(event, STRANGERS_WORLD.services)
        assert page["statusCode"] == 409
        assert "hpc-r2" not in page["body"]


STRANGERS_WORLD = asked()


def test_a_query_arrives_as_it_was_sent_and_is_decoded_by_the_page() -> None:
    """As AWS has it: "If the query parameters are URL-encoded, the load balancer does not"."""
    world = asked()
    link, _, query = link_of(world).partition("?")
    spelled = "".join(f"%{ord(each):02X}" if each.isalnum() else each for each in query)
    name_by_name = "&".join(
        f"{plain.partition('=')[0]}={encoded.partition('=')[2]}"
        for plain, encoded in zip(query.split("&"), spelled.split("&"), strict=True)
    )
    assert "%" in name_by_name
    assert world.browse("GET", f"{link}?{name_by_name}")["statusCode"] == 200


def test_the_tests_browser_decodes_no_more_than_a_load_balancer() -> None:
    request = alb_request("GET", "https://hpc.example.com/changeover/review?run=a%2Bb+c&key=%2541")
    assert request["queryStringParameters"] == {"run": "a%2Bb+c", "key": "%2541"}
