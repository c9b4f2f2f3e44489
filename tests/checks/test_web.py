"""Asking web servers: what they answer, how often and in how many at a time they are asked."""

from __future__ import annotations

import time

import pytest

from polybook.checks import web
from polybook.checks.web import Answer, Verdict, ask
from tests.checks.hosts import Host, closed_port, deaf_host


def one(address: str) -> Answer:
    return ask([address])[address]


@pytest.mark.parametrize(
    ("path", "verdict", "reason"),
    [
        ("/", Verdict.WORKS, ""),
        ("/204", Verdict.WORKS, ""),
        ("/to/200", Verdict.WORKS, ""),
        ("/to/to/to/200", Verdict.WORKS, ""),
        ("/no-head", Verdict.WORKS, ""),
        ("/no-head-closed", Verdict.WORKS, ""),
        ("/404", Verdict.BROKEN, "The host answers 404 Not Found"),
        ("/to/404", Verdict.BROKEN, "The host answers 404 Not Found"),
        ("/410", Verdict.BROKEN, "The host answers 410 Gone"),
        ("/500", Verdict.BROKEN, "The host answers 500 Internal Server Error"),
        ("/599", Verdict.BROKEN, "The host answers 599"),
        ("/circle", Verdict.BROKEN, "It is sent on more than 10 times"),
        ("/away/ftp://example.org/a", Verdict.BROKEN, "It is no address of the web"),
        ("/broken-answer", Verdict.BROKEN, "The answer is none"),
        ("/403", Verdict.UNKNOWN, "The host answers 403 Forbidden"),
        ("/429", Verdict.UNKNOWN, "The host answers 429 Too Many Requests"),
        ("/999", Verdict.UNKNOWN, "The host answers 999"),
    ],
)
def test_what_a_host_answers(host: Host, path: str, verdict: Verdict, reason: str) -> None:
    answer = one(host.address + path)
    assert answer.verdict is verdict
    assert answer.reason.startswith(reason)
    assert bool(answer.reason) is (verdict is not Verdict.WORKS)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://nobody.invalid/a", "There is no host “nobody.invalid”"),
        (f"http://127.0.0.1:{closed_port()}/", "“127.0.0.1” refuses the connection"),
    ],
    ids=["name", "port"],
)
def test_host_that_is_not_there_is_not_reached(address: str, reason: str) -> None:
    answer = one(address)
    assert answer.verdict is Verdict.UNREACHED
    assert answer.reason == reason or "looked up now" in answer.reason


@pytest.mark.parametrize(
    "address", ["http://", "http://[::1", "http://a:b:c/", "http://é..com/", "https:///a"]
)
def test_what_is_no_address_is_broken(address: str) -> None:
    answer = one(address)
    assert answer.verdict is Verdict.BROKEN
    assert "no address of the web" in answer.reason


def test_host_that_never_answers_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_STEP", 0.3)
    with deaf_host() as address:
        began = time.monotonic()
        assert one(address).verdict is Verdict.UNREACHED
        assert time.monotonic() - began < 5


def test_host_that_answers_in_drops_ends_the_wait(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_WHOLE", 0.1)
    answer = one(f"{host.address}/slow")
    assert answer == Answer(Verdict.UNREACHED, "It has not answered within 0.1 seconds")


def test_each_page_is_asked_for_once_and_its_head_alone(host: Host) -> None:
    addresses = [f"{host.address}/a", f"{host.address}/a#one", f"{host.address}/a#two"]
    answers = ask([*addresses, addresses[0]])
    assert list(answers) == addresses
    assert {answer.verdict for answer in answers.values()} == {Verdict.WORKS}
    assert host.asked == [("HEAD", "/a")]


def test_several_pages_of_a_host_are_asked_for_at_once_but_not_many(host: Host) -> None:
    seen: list[str] = []
    addresses = [f"{host.address}/slow/{number}" for number in range(12)]
    ask(addresses, seen.append)
    assert sorted(seen) == sorted(addresses)
    assert 1 < host.at_once <= 4


def test_host_that_does_not_answer_is_asked_once() -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    began = time.monotonic()
    answers = ask(f"{address}/{number}" for number in range(200))
    assert {answer.verdict for answer in answers.values()} == {Verdict.UNREACHED}
    assert time.monotonic() - began < 5
