"""Asks web servers whether addresses lead anywhere: many at once, each once, in bounded time."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import TypeVar

import httpx

from polybook import __version__

ErrorT = TypeVar("ErrorT", bound=BaseException)

#: Called with each address that has been asked for.
Progress = Callable[[str], None]

#: Requests at a time, in all and to one host, as a polite visitor does it.
_AT_ONCE, _AT_ONE_HOST = 32, 4

#: Seconds that a step of a request (to connect, to wait for bytes) and that all of it may take.
_STEP, _WHOLE = 10.0, 30.0

_MOST_REDIRECTS = 10

#: Some hosts answer nobody who does not call itself a browser.
_AGENT = f"Mozilla/5.0 (compatible; polybook/{__version__}; link check)"

#: Answers by which a host turns away this visitor: they say nothing of other visitors.
_TURNED_AWAY = frozenset({401, 402, 403, 405, 406, 407, 429, 451, 503, 999})


class Verdict(Enum):
    """What is known of an address."""

    WORKS = auto()
    BROKEN = auto()
    UNKNOWN = auto()  #: The host answers, but turns this visitor away.
    UNREACHED = auto()  #: Nobody answers.


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address; `reason` is empty where it works."""

    verdict: Verdict
    reason: str = ""


def ask(addresses: Iterable[str], progress: Progress = lambda _: None) -> Mapping[str, Answer]:
    """Ask for addresses, each once, whatever part of the page it names; return the answers.

    Redirects are followed. A host is first asked for the head of what it has, and only if it
    refuses for the whole, which is not read. Proxies are those of the environment.

    Args:
        addresses: of `http` and `https`.
        progress: called with each address when its answer is there.

    """
    return asyncio.run(_Asking(progress).all(dict.fromkeys(addresses)))


class _Asking:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_AT_ONE_HOST)
        )
        self._silent: dict[str, Answer] = {}

    async def all(self, addresses: Iterable[str]) -> dict[str, Answer]:
        asked: dict[str, asyncio.Task[Answer]] = {}
        parts = {address: address.partition("#")[0] for address in addresses}
        async with (
            httpx.AsyncClient(
                follow_redirects=True,
                max_redirects=_MOST_REDIRECTS,
                timeout=_STEP,
                limits=httpx.Limits(max_connections=None),
                headers={"User-Agent": _AGENT, "Accept": "*/*"},
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for whole in dict.fromkeys(parts.values()):
                asked[whole] = group.create_task(self._one(client, whole))
        return {address: asked[whole].result() for address, whole in parts.items()}

    async def _one(self, client: httpx.AsyncClient, address: str) -> Answer:
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            return Answer(Verdict.BROKEN, "It is no address of the web")
        async with self._hosts[url.host], self._at_once:
            # Of a host that nobody answers at, one page is asked for.
            answer = self._silent.get(url.host) or await self._asked(client, url)
        self._progress(address)
        return answer

    async def _asked(self, client: httpx.AsyncClient, url: httpx.URL) -> Answer:
        try:
            async with asyncio.timeout(_WHOLE):
                return await _answer(client, url)
        except _SilentError as error:
            answer = Answer(Verdict.UNREACHED, error.reason)
            self._silent[error.host] = answer
            return answer
        except TimeoutError:
            return Answer(Verdict.UNREACHED, f"It has not answered within {_WHOLE:g} seconds")


class _SilentError(Exception):
    """Nobody answers at a host."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(reason)
        self.host = host
        self.reason = reason


async def _answer(client: httpx.AsyncClient, url: httpx.URL) -> Answer:
    """Ask for the head of a page; unless that works, for the whole.

    Raises:
        _SilentError: there is no connection to the host, or to one that it sends on to.

    """
    answer = await _tried(client, "HEAD", url)
    return answer if answer.verdict is Verdict.WORKS else await _tried(client, "GET", url)


async def _tried(client: httpx.AsyncClient, method: str, url: httpx.URL) -> Answer:
    try:
        async with client.stream(method, url) as response:
            return _judged(response.status_code)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        host = error.request.url.host
        if certificate := _cause(error, ssl.SSLError):
            reason = getattr(certificate, "verify_message", "") or certificate.reason
            return Answer(Verdict.BROKEN, f"“{host}” has no valid certificate: {reason}")
        raise _SilentError(host, _silence(host, error)) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return _failed(error)


def _failed(error: Exception) -> Answer:
    match error:
        case httpx.ProxyError():
            return Answer(Verdict.UNREACHED, f"The proxy does not let it through: {error}")
        case httpx.TimeoutException():
            return Answer(Verdict.UNREACHED, f"It has not answered within {_STEP:g} seconds")
        case httpx.TooManyRedirects():
            return Answer(Verdict.BROKEN, f"It is sent on more than {_MOST_REDIRECTS} times")
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | UnicodeError():
            return Answer(Verdict.BROKEN, "It is no address of the web, or is sent on to none")
    return Answer(Verdict.BROKEN, f"The answer is none: {error}")


def _judged(status: int) -> Answer:
    if status < HTTPStatus.BAD_REQUEST:
        return Answer(Verdict.WORKS)
    named = status in HTTPStatus.__members__.values()
    reason = f"The host answers {status}{f' {HTTPStatus(status).phrase}' if named else ''}"
    return Answer(Verdict.UNKNOWN if status in _TURNED_AWAY else Verdict.BROKEN, reason)


def _silence(host: str, error: BaseException) -> str:
    """Say why there is no connection to a host."""
    if name := _cause(error, socket.gaierror):
        if name.errno == socket.EAI_AGAIN:
            return f"The host “{host}” cannot be looked up now"
        return f"There is no host “{host}”"
    if _cause(error, ConnectionRefusedError):
        return f"“{host}” refuses the connection"
    if isinstance(error, httpx.ConnectTimeout):
        return f"“{host}” has not answered within {_STEP:g} seconds"
    reasons = (each.strerror for each in _causes(error) if isinstance(each, OSError))
    return f"There is no connection to “{host}”: {next(filter(None, reasons), error)}"


def _cause(error: BaseException, kind: type[ErrorT]) -> ErrorT | None:
    return next((each for each in _causes(error) if isinstance(each, kind)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from; httpx wraps what the system said several times."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]
            waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
