"""What the harness says when it cannot go on: one sentence, without a traceback."""


class BenchError(Exception):
    """Something a person has to mend; its text says what and how."""
