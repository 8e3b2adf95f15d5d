"""The users of live's directory when the rehearsal begins, and their passwords."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from changeover.ldap.entry import Entry
from rehearsal.actors import sample_directory, soca_entries
from rehearsal.actors.directory_check import Refusal, RefusedError, check, summary
from rehearsal.actors.own_export import UnusableError, copy
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.sign_in_trial import Login, told, try_out
from rehearsal.console.log_tails import text_end
from rehearsal.host.directory_server import DirectoryServerError
from rehearsal.options import Options

_HIGHEST_UID = 65_532


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """`tree` is LDIF of the whole directory. `given`: a person gave it, so change little in it.

    `passwords` log in to SOCA's web interface. `ssh` can log in by SSH only, `shut` not at all.
    `secrets` are all passwords that a person gave. `refusal` is why the upgrade must stop.
    `notes` are sentences for the person who started the rehearsal.
    """

    tree: Path
    passwords: dict[str, str]
    probe: str
    given: bool
    ssh: Mapping[str, Login] = field(default_factory=dict)
    shut: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()


def gather(options: Options, work: Path) -> People:
    """Generate the users, or read the person's own.

    Raises UnusableError, and RefusedError if the upgrade would refuse the person's directory.
    """
    tree = work / "live.ldif"
    if options.ldif:
        return _from_file(options, options.ldif, tree)
    passwords = sample_directory.write_directory(tree, options.users)
    return People(tree=tree, passwords=passwords, probe=sample_directory.PROBE, given=False)


def _from_file(options: Options, given: Path, tree: Path) -> People:
    """Use a user with a known password as the probe account, or make one."""
    passwords = _read_passwords(options.passwords)
    entries = copy(given, tree)
    refusal = check(tree, entries)
    if refusal and not options.anyway:
        raise RefusedError(refusal)
    try:
        trial = try_out(tree, passwords, tree.with_name("trial"))
    except DirectoryServerError as error:
        said = text_end(str(error))
        raise UnusableError(
            f"{given}: OpenLDAP with SOCA 2.6's schema refuses this directory; it says:{said}"
        ) from error
    known = {user: passwords[user] for user in trial.web}
    notes = [f"the check refuses this directory: {summary(refusal)}"] if refusal else []
    notes += [*told(trial, options.passwords)] if options.passwords_given else []
    probe = next((user for user, password in known.items() if _is_usable(user + password)), None)
    if probe is None:
        probe, known[probe] = _add_probe(tree, entries)
        notes.append(f"no known password suits the probe, so the account {probe} is added for it")
    return People(
        tree=tree,
        passwords=known,
        probe=probe,
        given=True,
        ssh=trial.ssh,
        shut=trial.shut,
        secrets=frozenset(passwords.values()),
        refusal=refusal,
        notes=tuple(notes),
    )


def _is_usable(text: str) -> bool:
    """Whether the probe account can have this name or password: the app accepts ASCII only."""
    return text.isascii()


def _add_probe(tree: Path, entries: Mapping[str, Entry]) -> tuple[str, str]:
    """The name and the password of an account that is added to the LDIF."""
    names = {*_values(entries, "uid"), *_values(entries, "cn")}
    numbers = {*_values(entries, "uidnumber"), *_values(entries, "gidnumber")}
    spare = (
        sample_directory.PROBE,
        *(f"{sample_directory.PROBE}{number}" for number in range(2, 1000)),
    )
    name = next(each for each in spare if each.encode() not in names)
    free = (each for each in range(_HIGHEST_UID, 0, -1) if str(each).encode() not in numbers)
    number, password = next(free), secrets.token_urlsafe()
    hashed = hash_password(password, salt=secrets.token_bytes(16))
    account = soca_entries.user(name, number, hashed) + soca_entries.group(name, number)
    with tree.open("a", encoding="utf-8") as file:
        file.write("\n" + account)
    return name, password


def _values(entries: Mapping[str, Entry], attribute: str) -> Iterator[bytes]:
    for entry in entries.values():
        yield from (value.lower() for value in entry.attributes.get(attribute, ()))


def _read_passwords(path: Path) -> dict[str, str]:
    wanted = f'{path}: must be a JSON object of strings, such as {{"mary": "Spring#2021"}}'
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnusableError(f"{wanted}: {error}") from error
    if not isinstance(known, dict) or not all(isinstance(each, str) for each in known.values()):
        raise UnusableError(wanted)
    return known
