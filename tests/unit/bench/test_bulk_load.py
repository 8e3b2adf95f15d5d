"""The benchmark gives the document parameters that the document takes."""

import re

import yaml

from bench.bulk_load import DESTINATION
from tests.support.templates import ROOT


def test_the_destination_is_one_that_the_document_takes() -> None:
    document = yaml.safe_load((ROOT / "documents/import_identities.yaml").read_text())
    assert re.fullmatch(document["parameters"]["Destination"]["allowedPattern"], DESTINATION)
