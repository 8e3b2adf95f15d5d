"""Check binary values as slapd does: only the outer structure of their BER encoding."""

from typing import NamedTuple

_INTEGER, _BIT_STRING, _OCTET_STRING = 0x02, 0x03, 0x04
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_SEQUENCE, _SET = 0x30, 0x31
_CONTEXT, _CONSTRUCTED_CONTEXT = 0x80, 0xA0
_LONG_FORM, _LONG_TAG, _LONGEST_LENGTH, _LONGEST_INTEGER = 0x80, 0x1F, 8, 4


class _Damaged(ValueError):
    """The value ends too early, or contains another element than the expected one."""


class _Element(NamedTuple):
    tag: int
    begins: int
    ends: int


class _Reader:
    """Reads one BER element after another."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._value)

    def peek(self) -> _Element:
        """Return the next element without moving past it. Raises _Damaged if there is none."""
        value, at = self._value, self._at
        if at + 2 > len(value) or value[at] & _LONG_TAG == _LONG_TAG:
            raise _Damaged
        length, begins = value[at + 1], at + 2
        if length & _LONG_FORM:
            size = length & ~_LONG_FORM
            if not 0 < size <= _LONGEST_LENGTH or begins + size > len(value):
                raise _Damaged
            length, begins = int.from_bytes(value[begins : begins + size]), begins + size
        if begins + length > len(value):
            raise _Damaged
        return _Element(value[at], begins, begins + length)

    def is_next(self, *tags: int) -> bool:
        return not self.ended and self.peek().tag in tags

    def enter(self, tag: int) -> None:
        """Move into the next element. Raises _Damaged if it has another tag."""
        element = self.peek()
        if element.tag != tag:
            raise _Damaged
        self._at = element.begins

    def skip(self, *tags: int) -> _Element:
        """Move past the next element and return it. Raises _Damaged if it has another tag."""
        element = self.peek()
        if element.tag not in tags:
            raise _Damaged
        self._at = element.ends
        return element

    def integer(self) -> int:
        element = self.skip(_INTEGER)
        if element.ends - element.begins > _LONGEST_INTEGER:
            raise _Damaged
        return int.from_bytes(self._value[element.begins : element.ends], signed=True)


def is_certificate(value: bytes) -> bool:
    try:
        _read_certificate(reader := _Reader(value))
    except _Damaged:
        return False
    return reader.ended


def is_certificate_list(value: bytes) -> bool:
    try:
        _read_certificate_list(reader := _Reader(value))
    except _Damaged:
        return False
    return reader.ended


def is_private_key(value: bytes) -> bool:
    """Whether the value is a PKCS#8 private key, encrypted or not."""
    try:
        _read_private_key(reader := _Reader(value))
    except _Damaged:
        return False
    return reader.ended


def _read_certificate(reader: _Reader) -> None:
    reader.enter(_SEQUENCE)
    reader.enter(_SEQUENCE)
    version = 0
    if reader.is_next(_CONSTRUCTED_CONTEXT):
        reader.enter(_CONSTRUCTED_CONTEXT)
        version = reader.integer()
    reader.skip(_INTEGER)
    for _ in ("signature", "issuer", "validity", "subject", "key"):
        reader.skip(_SEQUENCE)
    for number, needed in ((1, 1), (2, 1)):
        if reader.is_next(_CONTEXT + number):
            _need(version >= needed)
            reader.skip(_CONTEXT + number)
    if reader.is_next(_CONSTRUCTED_CONTEXT + 3):
        _need(version > 1)
        reader.enter(_CONSTRUCTED_CONTEXT + 3)
        reader.skip(_SEQUENCE)
    reader.skip(_SEQUENCE)
    reader.skip(_BIT_STRING)


def _read_certificate_list(reader: _Reader) -> None:
    reader.enter(_SEQUENCE)
    reader.enter(_SEQUENCE)
    version = 0
    if reader.is_next(_INTEGER):
        version = reader.integer()
        _need(version == 1)
    reader.skip(_SEQUENCE)
    reader.skip(_SEQUENCE)
    reader.skip(_UTC_TIME, _GENERALIZED_TIME)
    if reader.is_next(_UTC_TIME, _GENERALIZED_TIME):
        reader.skip(_UTC_TIME, _GENERALIZED_TIME)
    following = reader.skip(_SEQUENCE, _CONSTRUCTED_CONTEXT)
    while not reader.is_next(_BIT_STRING):
        _need(following.tag == _SEQUENCE or version == 1)
        following = reader.skip(_SEQUENCE, _CONSTRUCTED_CONTEXT)
    _need(following.tag == _SEQUENCE)
    reader.skip(_BIT_STRING)


def _read_private_key(reader: _Reader) -> None:
    reader.enter(_SEQUENCE)
    if reader.is_next(_SEQUENCE):
        reader.skip(_SEQUENCE)
        reader.skip(_OCTET_STRING)
        return
    reader.integer()
    reader.skip(_SEQUENCE)
    reader.skip(_OCTET_STRING)
    if reader.is_next(_SET):
        reader.skip(_SET)


def _need(sound: object) -> None:
    if not sound:
        raise _Damaged
