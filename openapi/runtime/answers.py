"""How an answer is taken in: decompressed, up to a limit, and read."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, TypeVar, cast

from ._http import httpx
from .errors import DecodeError, PodError
from .model import Decoder

T = TypeVar("T")
P = TypeVar("P")
LARGEST = 32 * 2**20
"""The most bytes that an answer's body may have, on the wire and decompressed."""
_TOO_LARGE = f"its body is larger than {LARGEST >> 20} MiB"
_SLICE = 4096
_READER = json.JSONDecoder(parse_constant=int)  # which refuses NaN and Infinity: they are no JSON


class TooLarge(DecodeError):
    """A body that is larger than `LARGEST`."""


class Answer(httpx.SyncByteStream, httpx.AsyncByteStream):
    """What came of one request. A body is taken in as it comes; `fault` says why it is not whole, if it is not.

    As a stream it is a compressed body as it is on the wire, in small slices, which httpx decompresses: a whole piece
    could become a thousand times as large at once. It has no repr of its own, for tools that print variables: a body
    may hold a token.

    Attributes:
        status: The HTTP status; 0 where no answer came.
    """

    status = 0
    headers = httpx.Headers()
    fault: PodError | None = None

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._last = b""

    @property
    def body(self) -> bytes:
        """What came of the body, whole or not; where nothing could be decompressed, as it is on the wire."""
        return b"".join(self._chunks) or self._last

    def begun(self, response: httpx.Response, decompressed: Callable[[], P]) -> P:
        """The pieces of the body; as they are on the wire, where there is nothing to decompress.

        Args:
            response: The answer, whose body has not been read.
            decompressed: Its own way to read it.

        Raises:
            DecodeError: The body is compressed in a way that was not asked for.
        """
        self.status, self.headers = response.status_code, response.headers
        if response.is_stream_consumed:
            return decompressed()
        if "Content-Encoding" not in response.headers:
            return cast("P", response.stream)
        names = [name.strip().lower() for name in response.headers["Content-Encoding"].split(",")]
        if [name for name in names if name not in ("", "identity")] not in ([], ["gzip"], ["deflate"]):
            raise DecodeError(f"its Content-Encoding, {', '.join(names)[:60]}, was not asked for")
        self._response, self._stream = response, cast("Any", response.stream)
        response.stream = self
        return decompressed()

    def add(self, chunk: bytes) -> None:
        """Keep a piece of the body.

        Raises:
            DecodeError: The body is too large.
        """
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > LARGEST:
            self._chunks.clear()
            raise TooLarge(_TOO_LARGE)

    def _slices(self, chunk: bytes) -> Iterator[bytes]:
        if self._response.num_bytes_downloaded > LARGEST:
            raise TooLarge(_TOO_LARGE)
        for start in range(0, len(chunk), _SLICE):
            self._last = chunk[start : start + _SLICE]
            yield self._last

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield from self._slices(chunk)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            for piece in self._slices(chunk):
                yield piece

    def close(self) -> None:
        """As httpx's streams."""
        self._stream.close()

    async def aclose(self) -> None:
        """As httpx's streams."""
        await self._stream.aclose()


def read_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        DecodeError: It is no JSON.
    """
    try:
        return _READER.decode(body.decode())
    except (ValueError, RecursionError):
        raise DecodeError(f"expected JSON, found {'something else' if body else 'nothing'}") from None


def json_result(decode: Decoder[T]) -> Callable[[bytes], T]:
    """A result that is JSON."""
    return lambda body: decode(read_json(body))


def no_result(body: bytes) -> None:
    """An answer without a result; a body is not looked at."""


def seconds_until(date: str) -> float | None:
    """The seconds until a date of HTTP, negative if it is over; None for what is no date."""
    try:
        return parsedate_to_datetime(date).timestamp() - time()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def retry_after(headers: httpx.Headers) -> float | None:
    """The seconds that Retry-After asks to wait, given as a number or as a date; None without a legal one."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    left = seconds_until(text)
    return left and max(0.0, left)
