"""Reading a request body within limits of size and time. What it says is not looked at here."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import hdrs, web

from gateway.api.errors import ApiError, ErrorCode, bad_request, unusable_message
from gateway.api.settings import ApiLimits


async def read_body(request: web.BaseRequest, limits: ApiLimits) -> bytes:
    """The body's bytes. Raises ApiError: 413 (C17), 408 if it does not arrive in time, 400 if its framing is broken."""
    if hdrs.EXPECT in request.headers and request.version >= (1, 1):
        await _invite(request)
    if request.content.is_eof() and request.content.exception() is None:  # all of it came with the headers
        body = request.content.read_nowait()
        if len(body) > limits.body_bytes:
            raise too_large(limits.body_bytes)
        return body
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _counted(request, limits.body_bytes)
    except TimeoutError:
        reason = f"The body did not arrive within {limits.body_seconds:g} seconds"
        raise unusable_message(HTTPStatus.REQUEST_TIMEOUT, reason, close=True) from None
    except web.RequestPayloadError:
        raise bad_request(ErrorCode.INVALID_BODY, "The body is not framed as HTTP says", close=True) from None


def too_large(most: int) -> ApiError:
    return unusable_message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {most} bytes")


async def _counted(request: web.BaseRequest, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


async def _invite(request: web.BaseRequest) -> None:
    """Answer `Expect: 100-continue`, only now that everything before the body is in order."""
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the response proper has not begun
