"""Sentences about the books, for people: in both languages, with amounts as they are written."""


class Finding(str):
    """Reads as its English sentence; `texts` is {"en", "zh"}."""

    texts: dict

    def __new__(cls, english: str, chinese: str):
        self = super().__new__(cls, english)
        self.texts = {"en": english, "zh": chinese}
        return self


def money(minor: int) -> str:
    """1250 -> "12.50"."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def where(batch: int, stan: int) -> tuple:
    """A transaction, in English and Chinese."""
    return f"batch {batch:06d} STAN {stan:06d}", f"批次 {batch:06d} 凭证号 {stan:06d}"
