from enum import StrEnum


class UserConnectionStatus(StrEnum):
    ACCEPTED = "ACCEPTED"
    PENDING_INCOMING = "PENDING_INCOMING"
    PENDING_OUTGOING = "PENDING_OUTGOING"
    REJECTED = "REJECTED"

    def __str__(self) -> str:
        return str(self.value)
