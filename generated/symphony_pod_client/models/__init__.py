"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .list_connections_connection_status_filter import (
    ListConnectionsConnectionStatusFilter,
)
from .success_response import SuccessResponse
from .success_response_format import SuccessResponseFormat
from .user_connection import UserConnection
from .user_connection_request import UserConnectionRequest
from .user_connection_status import UserConnectionStatus

__all__ = (
    "Error",
    "ListConnectionsConnectionStatusFilter",
    "SuccessResponse",
    "SuccessResponseFormat",
    "UserConnection",
    "UserConnectionRequest",
    "UserConnectionStatus",
)
