"""The report of a rehearsal: makes JSON and an HTML page from the record of one run."""

from rehearsal.report.cost import cost
from rehearsal.report.document import to_json
from rehearsal.report.page import to_html
from rehearsal.report.record import Record
from rehearsal.report.timeline import timeline

__all__ = ["Record", "cost", "timeline", "to_html", "to_json"]
