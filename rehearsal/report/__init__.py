"""The report of a rehearsal: a record of one run in, JSON and a page for people out."""

from rehearsal.report.cost import cost
from rehearsal.report.document import to_json
from rehearsal.report.page import to_html
from rehearsal.report.record import Record
from rehearsal.report.timeline import timeline

__all__ = ["Record", "cost", "timeline", "to_html", "to_json"]
