"""The reasons and remedies of the rules about what slapd takes, and what stays with it."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SCHEMA = {
    Rule.UNKNOWN_ATTRIBUTE: Wording(
        ERROR,
        "{} is in no schema that SOCA loads, so that its slapd would refuse the entry",
        "remove it from the entry on live, or name the schema that the candidate loads, too"
        " (--schema, or directory.schema in the cluster's configuration)",
    ),
    Rule.UNKNOWN_CLASS: Wording(
        ERROR,
        "the object class {} is in no schema that SOCA loads, so that its slapd would refuse the"
        " entry",
        "remove it from the entry on live, with the attributes that came with it, or name the"
        " schema that the candidate loads, too (--schema, or directory.schema)",
    ),
    Rule.INCOMPLETE: Wording(
        ERROR,
        "lacks {}, without which slapd would refuse the entry",
        "complete the entry on live, or remove it",
    ),
    Rule.TWIN_VALUES: Wording(
        ERROR,
        "two values of {} are the same to a directory, which refuses the second",
        "remove one of them on live",
    ),
    Rule.CLASS_CHAIN: Wording(
        ERROR,
        "{}, so that slapd would refuse the entry",
        "give the entry one structural object class, with its superiors and auxiliary ones only",
    ),
    Rule.NOT_ALLOWED: Wording(
        ERROR,
        "slapd does not allow it {}: {}",
        "remove the attribute on live, or add an object class that allows it",
    ),
    Rule.BAD_OPTION: Wording(
        ERROR, "slapd refuses its attribute {}: {}", "correct the attribute's options"
    ),
    Rule.BAD_VALUE: Wording(
        ERROR,
        "slapd refuses a value of its attribute {}, which must be {}",
        "correct or remove the value on live",
    ),
    Rule.BAD_NAME: Wording(
        ERROR, "slapd refuses its name: {}", "rename or remove the entry on live"
    ),
    Rule.SEVERAL_VALUES: Wording(
        ERROR,
        "has several values of {}, of which slapd allows one",
        "keep one of them on live",
    ),
    Rule.OUTSIDE_BASE: Wording(
        ERROR,
        "does not stand below {}, so that the candidate's database would refuse it",
        "name the dialect and the base DN that the file really has, or remove the entry",
    ),
    Rule.NO_PARENT: Wording(
        ERROR,
        "stands below {}, which does not move, so that slapd would refuse the whole import",
        "export the whole directory, or on live make that entry, or remove this one",
    ),
    Rule.POLICY_STATE: Wording(
        WARNING,
        "{} of a password policy does not move; number of entries that have it: {}",
        "load and fill the policy on the candidate by your own means, if you need it",
    ),
    Rule.SERVERS_OWN: Wording(
        WARNING,
        "{} is written by live's server itself and does not move; number of entries that have"
        " it: {}",
        "nothing needs to be done, unless a program of yours reads it",
    ),
}
