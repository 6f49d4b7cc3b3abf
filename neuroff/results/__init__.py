"""Results: one frozen class for each kind, which writes and reads its file and gives its JSON schema."""

from neuroff.results.comparison import ComparisonResult
from neuroff.results.kinds import KINDS, schema
from neuroff.results.run import BackpropResult, RunResult, read_trained

__all__ = ["KINDS", "BackpropResult", "ComparisonResult", "RunResult", "read_trained", "schema"]
