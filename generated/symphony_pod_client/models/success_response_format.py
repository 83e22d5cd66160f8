from enum import StrEnum


class SuccessResponseFormat(StrEnum):
    TEXT = "TEXT"
    XML = "XML"

    def __str__(self) -> str:
        return str(self.value)
