"""The lint of state machines: rules for the text and the graph of each definition."""

from pathlib import Path

import yaml

from tools.asl import failures, rules, schema, source

DEFINITIONS = sorted((Path(__file__).parents[2] / "statemachine").glob("*.asl.yaml"))
RULES = (
    rules.next_to_nowhere,
    rules.states_nobody_reaches,
    rules.dead_ends,
    rules.names_that_stand_twice,
    rules.variables_of_two_scopes,
    rules.careless_tasks,
    rules.policies_that_differ,
    rules.operators_that_aws_lacks,
    failures.failures_that_end_well,
    schema.strangers_to_the_schema,
)


def findings(text: str) -> list[str]:
    """Return a sentence for each problem of a definition. Empty if there is none."""
    definition = yaml.safe_load(text)
    ruled = [finding for rule in RULES for finding in rule(definition)]
    return [*source.slips_of_the_pen(text), *ruled]
