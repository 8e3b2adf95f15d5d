"""The reasons and remedies of the rules about the schema, and about attributes that do not move."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SCHEMA = {
    Rule.UNKNOWN_ATTRIBUTE: Wording(
        ERROR,
        "{} is in no schema that SOCA loads, so its slapd would refuse the entry",
        "remove it from the entry on live, or give the schema file that the candidate also loads"
        " (--schema, or directory.schema in the cluster's configuration)",
    ),
    Rule.UNKNOWN_CLASS: Wording(
        ERROR,
        "the object class {} is in no schema that SOCA loads, so its slapd would refuse the entry",
        "remove it and its attributes from the entry on live, or give the schema file that the"
        " candidate also loads (--schema, or directory.schema in the cluster's configuration)",
    ),
    Rule.INCOMPLETE: Wording(
        ERROR,
        "lacks {}, without which slapd would refuse the entry",
        "complete the entry on live, or remove it",
    ),
    Rule.TWIN_VALUES: Wording(
        ERROR,
        "two values of {} are equal by the schema, so slapd refuses the second",
        "remove one of them on live",
    ),
    Rule.CLASS_CHAIN: Wording(
        ERROR,
        "{}, so slapd would refuse the entry",
        "give the entry exactly one structural object class, with its superiors and auxiliary"
        " classes only",
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
        "is not below {}, so the candidate's database would refuse it",
        "give the dialect and the base DN that the export really has, or remove the entry",
    ),
    Rule.NO_PARENT: Wording(
        ERROR,
        "is below {}, which does not move, so slapd would refuse the whole import",
        "export the whole directory, or create the parent or remove this entry on live",
    ),
    Rule.POLICY_STATE: Wording(
        WARNING,
        "{} of a password policy does not move; number of entries that have it: {}",
        "if you need the policy, load and configure it on the candidate yourself",
    ),
    Rule.SERVERS_OWN: Wording(
        WARNING,
        "{} is written by live's slapd and does not move; number of entries that have it: {}",
        "no action is needed, unless one of your programs reads it",
    ),
}
