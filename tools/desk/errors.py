"""The one error that a page gets to read."""


class DeskError(Exception):
    """What was asked for cannot be done; one line, and the HTTP status that says so.

    `zh` is the line in Chinese where a person can meet it on the page; without it the English line is shown.
    """

    def __init__(self, text: str, status: int = 400, zh: str = ""):
        super().__init__(" ".join(str(text).split()))
        self.status, self.zh = status, zh

    def texts(self) -> dict:
        """{"en", "zh"}."""
        return {"en": str(self), "zh": self.zh or str(self)}
