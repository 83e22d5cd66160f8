from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.user_connection_status import UserConnectionStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="UserConnection")


@_attrs_define
class UserConnection:
    """Connection status between two users"""

    user_id: int | Unset = UNSET
    """ user id """
    status: UserConnectionStatus | Unset = UNSET
    """ Connection status between the requesting user and the request sender """
    first_requested_at: int | Unset = UNSET
    """ unix timestamp when the first request was made """
    updated_at: int | Unset = UNSET
    """ unix timestamp on the last updated date """
    request_counter: int | Unset = UNSET
    """ number of requests made """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = self.user_id

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        first_requested_at = self.first_requested_at

        updated_at = self.updated_at

        request_counter = self.request_counter

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if user_id is not UNSET:
            field_dict["userId"] = user_id
        if status is not UNSET:
            field_dict["status"] = status
        if first_requested_at is not UNSET:
            field_dict["firstRequestedAt"] = first_requested_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at
        if request_counter is not UNSET:
            field_dict["requestCounter"] = request_counter

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = d.pop("userId", UNSET)

        _status = d.pop("status", UNSET)
        status: UserConnectionStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = UserConnectionStatus(_status)

        first_requested_at = d.pop("firstRequestedAt", UNSET)

        updated_at = d.pop("updatedAt", UNSET)

        request_counter = d.pop("requestCounter", UNSET)

        user_connection = cls(
            user_id=user_id,
            status=status,
            first_requested_at=first_requested_at,
            updated_at=updated_at,
            request_counter=request_counter,
        )

        user_connection.additional_properties = d
        return user_connection

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
