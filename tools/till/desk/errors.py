"""The one error that a page gets to read."""


class DeskError(Exception):
    """What was asked for cannot be done; one line, and the HTTP status that says so."""

    def __init__(self, text: str, status: int = 400):
        super().__init__(" ".join(str(text).split()))
        self.status = status
