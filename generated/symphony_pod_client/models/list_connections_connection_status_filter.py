from enum import StrEnum


class ListConnectionsConnectionStatusFilter(StrEnum):
    ACCEPTED = "ACCEPTED"
    ALL = "ALL"
    PENDING_INCOMING = "PENDING_INCOMING"
    PENDING_OUTGOING = "PENDING_OUTGOING"
    REJECTED = "REJECTED"

    def __str__(self) -> str:
        return str(self.value)
