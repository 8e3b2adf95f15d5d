"""A hook in a boot script's text, between two lines that name its intent."""

import re
from dataclasses import dataclass

from changeover.build.intents.text_edits import NoAnchor, has_jinja

MARK = "# changeover:"
_REBOOT = re.compile(r"[ \t]*(?:sudo +)?(?:/sbin/|/usr/sbin/)?reboot[ \t]*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Hooked:
    """A script with a hook in it.

    `before` is the command that ends the script, if the hook had to come before it. `may_miss` is
    the line, from 1, of a reboot that the hook comes behind, or 0.
    """

    text: str
    before: str = ""
    may_miss: int = 0


def add_hook(path: str, text: str, name: str, code: str, at: str) -> Hooked:
    """Put code at a script's begin or end, or in place of the same intent's former code.

    A script that ends with a reboot gets it before the reboot. Raises NoAnchor.
    """
    if MARK in code:
        raise NoAnchor(f"the code has a line {MARK} that only the app writes")
    first, last = f"{MARK} begin {name}", f"{MARK} end {name}"
    block = f"{first}\n{_as_it_is(path, code.strip())}\n{last}\n"
    former = rf"^{re.escape(first)}\n.*?^{re.escape(last)}\n"
    there = re.search(former, text, re.DOTALL | re.MULTILINE)
    bare = text[: there.start()] + text[there.end() :] if there else text
    if at == "begin":
        start = text.index("\n") + 1 if text.startswith("#!") and "\n" in text else 0
        changed = f"{text[:start]}\n{block}\n{text[start:]}"
    else:
        changed = _at_the_end(text, block)
    if there:
        changed = text[: there.start()] + block + text[there.end() :]
    return Hooked(changed, *_remark(bare)) if at == "end" else Hooked(changed)


def _as_it_is(path: str, code: str) -> str:
    """Keep Jinja away from code: `${#all[@]}` is the begin of a comment to it."""
    if not path.endswith(".j2") or not has_jinja(code):
        return code
    if "endraw" in code:
        raise NoAnchor("the code has Jinja's endraw, which cannot be kept as it is")
    return f"# {{% raw %}}\n{code}\n# {{% endraw %}}"


def _at_the_end(text: str, block: str) -> str:
    lines = text.split("\n")
    last = _last_command(lines)
    if last is not None and _ends_with_reboot(lines, last):
        return "\n".join([*lines[:last], "", *block.split("\n"), *lines[last:]])
    return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}\n{block}"


def _remark(text: str) -> tuple[str, int]:
    lines = text.split("\n")
    last = _last_command(lines)
    if last is not None and _ends_with_reboot(lines, last):
        return lines[last].strip(), 0
    reboots = [number for number, line in enumerate(lines, 1) if _REBOOT.fullmatch(line)]
    return "", reboots[-1] if reboots else 0


def _last_command(lines: list[str]) -> int | None:
    commands = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    return commands[-1] if commands else None


def _ends_with_reboot(lines: list[str], last: int) -> bool:
    """Whether the last line is a reboot of its own, not one of a block or a longer command."""
    above = lines[last - 1] if last else ""
    own = not lines[last].startswith((" ", "\t")) and not above.endswith("\\")
    return own and _REBOOT.fullmatch(lines[last]) is not None
