"""userPassword values of every kind. Those that a password opens are opened by `PASSWORD`."""

import base64
import hashlib
from random import Random

from changeover.identities.passwords import Kind

PASSWORD = "opensesame"
_WHITE = (b"\n", b"\r\n", b" ", b"\t", b"\v", b"\f", b" \n\t\r\n" * 40)
# What libxcrypt 4.4 made of the password, by method.
CRYPTS = {
    "DES": "abnSn8x7blSdk",
    "MD5": "$1$saltsalt$DoPDqEvtl7sTRDfUfLChZ1",
    "MD5 without salt": "$1$$Ze89gL41PJqsYxXFYadrd.",
    "SHA-256": "$5$saltsalt$jbxAgW5X5LNk4yh.NmUXL1XLS9OoRHueeuIinWYHZ9D",
    "SHA-256, 1,000 rounds": "$5$rounds=1000$saltsalt$T4jqsJFgRDht3WIN/hYm5Lfe23jNwzWkvinfOzwAU3D",
    "SHA-512": "$6$saltsalt$/dpv42BvGInVKxDULxBMfXE6CN.oHtXdmTeHWMcv5rsd81TjdKcroane5LphAqgVenp/"
    "4K1qV/7eYEdl4XS9O/",
}
LATER_CRYPTS = {
    "bigcrypt": "abnSn8x7blSdkoPzOEeHHX5I",
    "BSDi DES": "_J9..rasm88QXpbUfEVU",
    "bcrypt": "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    "bcrypt 2a": "$2a$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    "bcrypt 2x": "$2x$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    "bcrypt 2y": "$2y$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    "NTHASH": "$3$$31cae4861b0239a3d4ad515c848e52a7",
    "SHA-1": "$sha1$10$saltsalt$no/ogOhqZYrT7cS47IineZZhEfow",
    "Sun MD5": "$md5,rounds=1$saltsalt$$7KEN6GW1K0jdxjB45bxwk1",
    "yescrypt": "$y$j75$abcd$WCLkjwyk0cxEiDVKmjHNvyiWgB3PcA/vQw0USERV5f0",
    "gost-yescrypt": "$gy$j9T$abcd$iXfBuvDNXtU7wmAErDtpDBwiYhVWQqvqjH734/KHPD4",
    "scrypt": "$7$C6..../....$WpDc/5HH3O/2ygKi6UsAqm4wnKpbUIdqHqMeuvhX.X3",
}


def hashed(algorithm: str, salt: bytes = b"") -> bytes:
    digest = hashlib.new(algorithm, PASSWORD.encode() + salt, usedforsecurity=False).digest()
    return base64.b64encode(digest + salt)


SSHA = b"{SSHA}" + hashed("sha1", b"sixteen bytes ok")
_TEXT = SSHA.removeprefix(b"{SSHA}")
_PADDED = hashed("sha1", b"12")  # ends with ==
SHA_512 = CRYPTS["SHA-512"].encode()
HASHES = {
    b"SSHA": _TEXT,
    b"SHA": hashed("sha1"),
    b"MD5": hashed("md5"),
    b"SMD5": hashed("md5", b"saltsalt"),
    b"CRYPT": SHA_512,
}
SIGNS = (
    b":!",
    b"~",
    b"%",
    b"@",
    b"^",
    b"()",
    b"?",
    b"!:",
    b"\xc2\xa7",
    b"-!-",
    b"!!!!!!!!!!!!!!!!!!!!",
)
WORDS = (
    *(b"LOCKED", b"Locked:", b"locked_", b"X", b"x", b"XX", b"xxx", b"(disabled)", b"[LOCKED]"),
    *(b"<disabled>", b"AccountDisabled", b"LOCKED20240131", b"2024-01-31 ", b"GESPERRT", b"left:"),
    *(b"bloqueado", b"{LOCKED}", b"{off}", "\u0437\u0430\u043a\u0440\u044b\u0442\u043e".encode()),
)

USABLE = [
    SSHA,
    b"{ssha}" + _TEXT,
    b"{sShA}" + _TEXT,
    b"{SSHA}" + _TEXT + b"\0behind-a-NUL",
    b"{SSHA}" + _PADDED[:-1] + b" \n=\n",
    *(b"{SSHA}" + hashed("sha1", b"x" * size) for size in (1, 2, 3, 4, 8, 300)),
    *(b"{SSHA}" + _TEXT + white for white in _WHITE),
    *(b"{SSHA}" + white + _TEXT for white in _WHITE),
    *(b"{SSHA}" + _TEXT[:11] + white + _TEXT[11:] for white in _WHITE),
    b"{SHA}" + hashed("sha1"),
    b"{SHA}" + hashed("sha1") + b"\n",
    b"{MD5}" + hashed("md5"),
    b"{md5} " + hashed("md5") + b"\r\n",
    b"{SMD5}" + hashed("md5", b"s"),
    b"{SMD5}" + hashed("md5", b"s" * 30) + b"\n",
    *(b"{CRYPT}" + text.encode() for text in CRYPTS.values()),
    b"{crypt}" + CRYPTS["DES"].encode(),
]
CLEAR_TEXT = [PASSWORD.encode()]
OTHER_CLEAR_TEXT = [
    b"!Passw0rd",
    b"*secret*",
    b"xylophone",
    b"x1",
    b"lockedIn2023",
    b"{}opensesame",
    b"{opensesame",
    b"}{opensesame",
    b"a{SSHA}",
    b"\n" + SSHA,
    b" " + SSHA,
    b"\xff\xfe",
]
HOST_DEPENDENT = [b"{CRYPT}" + text.encode() for text in LATER_CRYPTS.values()]
LOCKED = [
    *(b"{SSHA}" + mark + _TEXT for mark in (b"!", b"!!", b"*", b"*LK*", b"#", b"-")),
    *(b"{CRYPT}" + mark + SHA_512 for mark in (b"!", b"!!", b"*", b"x", b"*LK*", b"*LOCKED*")),
    *(
        b"{CRYPT}" + text
        for text in (b"!", b"!!", b"!*", b"*", b"**", b"x", b"*LK*", b"*NP*", b"NP", b"LK", b"*0")
    ),
    *(b"{crypt}" + text for text in (b"!locked", b"!unprovisioned", b"*************", b"nologin")),
    *(
        b"{SSHA}" + text
        for text in (b"!", b"*", b"x", b"disabled", b"Locked", b"no login", b"none")
    ),
    b"{SSHA}DISABLED-2024-01-31:" + _TEXT,
    SSHA + b"!",
    SSHA + b"-disabled",
    b"{CRYPT}" + SHA_512 + b"*LK*",
    b"{MD5}!" + hashed("md5"),
    b"{ARGON2}!$argon2id$x",
    b"{SSHA512}*",
    b"{CLEARTEXT}!",
    b"{XXX}!",
    b"{!SSHA}" + _TEXT,
    b"{DISABLED}" + _TEXT,
    b"{LOCKED-SSHA}" + _TEXT,
    # A text between a scheme and a whole hash, or behind the hash.
    *(
        b"{" + name + b"}" + mark + text
        for name, text in HASHES.items()
        for mark in (*SIGNS, *WORDS)
    ),
    *(
        b"{" + name + b"}" + text + mark
        for name, text in HASHES.items()
        for mark in (b"LOCKED", b"-LOCKED", b"(disabled)", b":!", b"!!", b" disabled", b"~", b"X")
    ),
    *(b"{CRYPT}" + mark + SHA_512 + mark for mark in (b"!", b":", b"(locked)", b"LOCKED")),
    *(b"{CRYPT}" + mark + b"abnSn8x7blSdk" for mark in (b"LOCKED", b":!", b"X", b"(locked)")),
    *(b"{SSHA}" + mark + _TEXT for mark in (b"DISABLED", b"LOCK", b"XXXX", b"xxxxxxxx")),
    *(b"{SSHA}" + _TEXT + mark for mark in (b"DISABLED", b"LOCK", b"XXXX")),
    *(b"{SSHA}" + mark for mark in (b"(disabled)", b"<LOCKED>", b":!", b"[locked]", b"__lock__")),
    *(b"{CRYPT}" + mark for mark in (b"(disabled)", b":!", b"~", b"--locked--")),
    b"{SSHA512}LOCKED" + base64.b64encode(bytes(72)),
    b"{SSHA256}X" + base64.b64encode(bytes(40)),
    b"{SHA512}(disabled)" + base64.b64encode(bytes(64)),
    b"{ARGON2}LOCKED$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
    b"{ARGON2}(off)$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
    b"{PBKDF2-SHA512}X10000$c2FsdHNhbHQ$c2FsdHNhbHQ",
    b"{BCRYPT}GESPERRT$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
]
OPEN_LOCK = [
    *(b"!", b"!!", b"!*", b"*", b"x", b"*LK*", b"*NP*", b"NP", b"locked", b"!locked", b"DISABLED"),
    b"!" + SSHA,
    b"x" + SSHA,
    b"LOCKED:" + SSHA,
    *(mark + SSHA for mark in (b"(disabled)", b":!", b"X", b"LOCKED", b"[off]", b"~", b"GESPERRT")),
    *(mark + b"{CRYPT}" + SHA_512 for mark in (b"(disabled)", b":!", b"gone:")),
    b"!" + SHA_512,
    b"*LK*" + SHA_512,
    b"!!{CRYPT}" + SHA_512,
]
FOREIGN = [
    b"{ARGON2}$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$x",
    b"{PBKDF2-SHA512}10000$x$y",
    b"{PBKDF2_SHA256}AAAgAA",
    b"{SSHA512}" + base64.b64encode(bytes(72)),
    b"{SASL}mary@EXAMPLE.ORG",
    b"{SASL}x",
    b"{KERBEROS}mary@EXAMPLE.ORG",
    b"{UNIX}mary",
    b"{NTHASH}31CAE4861B0239A3D4AD515C848E52A7",
    b"{LANMAN}31CAE4861B0239A3",
    b"{BSDMD5}$1$saltsalt$DoPDqEvtl7sTRDfUfLChZ1",
    b"{CLEARTEXT}opensesame",
    b"{hush}hush",
    b"{SSHA }" + _TEXT,
]
DAMAGED = [
    *(SSHA[:-cut] for cut in (1, 2, 3)),
    b"{SSHA}94ah8Z~",
    b"{SSHA}",
    b"{SSHA}" + _TEXT + b"=",
    # Not a mark: its own beginning once more, another scheme, what no editor shows, or a part of
    # another hash.
    *(b"{SSHA}" + more + _TEXT for more in (_TEXT[:1], _TEXT[:3], _TEXT[:10], b"{SSHA}", b"/+")),
    *(b"{SSHA}" + more + _TEXT for more in (b"\xef\xbb\xbf", b"\xc2\xa0", b"\0", b"\x07")),
    *(b"{SSHA}LOCKED" + _TEXT[:-cut] for cut in (1, 3)),  # without two, it is base64
    b"{SSHA}" + _PADDED + _TEXT,
    b"{SHA}" + hashed("sha1", b"x" * 12),
    b"{CRYPT}$" + SHA_512,
    b"{CRYPT}" + SHA_512[-40:],
    b"{SSHA}(disabled" + _TEXT[:-3],
    b"{SSHA}" + _PADDED.rstrip(b"="),
    b"{SSHA}" + _PADDED[:-3] + b"h==",  # bits too many in its last letter
    b"{SSHA}" + hashed("sha1"),  # no salt
    b"{SSHA}" + _TEXT[:11] + b"\xa0" + _TEXT[11:],
    b"{SSHA}" + _TEXT[:11] + b"\0" + _TEXT[11:],
    b"{SSHA}" + _PADDED[:-1] + b"\x1c=",
    b"{SHA}" + _TEXT,
    b"{MD5}" + hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest().encode(),
    b"{SMD5}" + hashed("md5"),
    b"{CRYPT}",
    b"{CRYPT}ab",
    b"{CRYPT}{SSHA}" + _TEXT,
    b"{CRYPT}ab!Sn8x7blSdk",
    b"{CRYPT}$2b$03$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    b"{CRYPT}$5$rounds=10$saltsalt$T4jqsJFgRDht3WIN/hYm5Lfe23jNwzWkvinfOzwAU3D",
    b"{CRYPT}$y$j9T$abcdefghijklmnop$abcdefghijklmnopqrstuvwxyzabcdefghijklmno",
    *(
        b"{CRYPT}" + edited
        for text in (CRYPTS | LATER_CRYPTS).values()
        for edited in (
            text.encode() + b"\n",
            b" " + text.encode(),
            text.encode()[:-1],
            text.encode() + b"a",
            text.encode() + b"\0",
        )
    ),
    SHA_512,  # slapd takes it for the password
]
BY_KIND = {
    Kind.USABLE: USABLE,
    Kind.CLEAR_TEXT: CLEAR_TEXT + OTHER_CLEAR_TEXT,
    Kind.HOST_DEPENDENT: HOST_DEPENDENT,
    Kind.LOCKED: LOCKED,
    Kind.OPEN_LOCK: OPEN_LOCK,
    Kind.FOREIGN: FOREIGN,
    Kind.DAMAGED: DAMAGED,
    Kind.NONE: [b""],
}


def mutated(random: Random) -> bytes:
    """A value that opens, with up to three of its bytes changed, dropped, doubled or added."""
    value = bytearray(random.choice([*USABLE, *HOST_DEPENDENT[:5]]))
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(value))
        byte = random.choice(b"\0\t\n\r !*#$./0:=Aax{}\x1c\xa0\xff")
        match random.randrange(4):
            case 0:
                value[at] = byte
            case 1:
                del value[at]
            case 2:
                value.insert(at, value[at])
            case _:
                value.insert(at, byte)
    return bytes(value)
