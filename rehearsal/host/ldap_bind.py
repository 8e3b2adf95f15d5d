"""One LDAP simple bind (RFC 4511, 4.2) on a socket. A process for each login would be slow."""

import asyncio
from pathlib import Path

SUCCESS = 0
_SEQUENCE, _INTEGER, _OCTETS, _BIND, _SIMPLE = b"\x30", b"\x02", b"\x04", b"\x60", b"\x80"
_RESULT_CODE = b"\x0a\x01"  # an enumerated value of one byte


def _element(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 128:  # noqa: PLR2004 - from here on BER counts the bytes of the length first
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return tag + bytes([128 + len(length)]) + length + content


def _request(dn: str, password: str) -> bytes:
    bind = (
        _element(_INTEGER, b"\x03")
        + _element(_OCTETS, dn.encode())
        + _element(_SIMPLE, password.encode())
    )
    return _element(_SEQUENCE, _element(_INTEGER, b"\x01") + _element(_BIND, bind))


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int:
    try:
        writer.write(request)
        answer = await reader.read(4096)
    finally:
        writer.close()
    _, found, code = answer.partition(_RESULT_CODE)
    if not found:
        raise ConnectionError("no answer to a bind")
    return code[0]


async def bind(address: str, port: int, dn: str, password: str) -> int:
    """LDAP's result code: 0 is success, 49 invalid credentials."""
    return await _exchange(*await asyncio.open_connection(address, port), _request(dn, password))


async def bind_at(socket: Path, dn: str, password: str) -> int:
    """The same over a server's unix socket."""
    return await _exchange(*await asyncio.open_unix_connection(socket), _request(dn, password))


async def bind_anonymously(socket: Path) -> int:
    return await bind_at(socket, "", "")
