"""A check's report in the forms that people and machines read."""

from harness.report.document import report_document
from harness.report.forms import FORMS
from harness.report.terminal import print_report

__all__ = ["FORMS", "print_report", "report_document"]
