from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.list_connections_connection_status_filter import (
    ListConnectionsConnectionStatusFilter,
)
from ...models.user_connection import UserConnection
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    status: ListConnectionsConnectionStatusFilter | Unset = UNSET,
    user_ids: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["userIds"] = user_ids

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/connection/list",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | list[UserConnection] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = UserConnection.from_dict(response_200_item_data)

            response_200.append(response_200_item)

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | list[UserConnection]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    status: ListConnectionsConnectionStatusFilter | Unset = UNSET,
    user_ids: str | Unset = UNSET,
) -> Response[Error | list[UserConnection]]:
    """List the caller's connections

     The caller's connections. Without a status, those that are pending, in either direction. Implicit
    connections, with users of the same private pod, are listed only where `status` is ACCEPTED and
    `userIds` names them.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        status (ListConnectionsConnectionStatusFilter | Unset): Only connections of this status;
            ALL for every status. Pending ones if left out.
        user_ids (str | Unset): Only connections with these users; ids as decimal numbers with
            commas between them.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | list[UserConnection]]
    """

    kwargs = _get_kwargs(
        status=status,
        user_ids=user_ids,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    status: ListConnectionsConnectionStatusFilter | Unset = UNSET,
    user_ids: str | Unset = UNSET,
) -> Error | list[UserConnection] | None:
    """List the caller's connections

     The caller's connections. Without a status, those that are pending, in either direction. Implicit
    connections, with users of the same private pod, are listed only where `status` is ACCEPTED and
    `userIds` names them.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        status (ListConnectionsConnectionStatusFilter | Unset): Only connections of this status;
            ALL for every status. Pending ones if left out.
        user_ids (str | Unset): Only connections with these users; ids as decimal numbers with
            commas between them.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | list[UserConnection]
    """

    return sync_detailed(
        client=client,
        status=status,
        user_ids=user_ids,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    status: ListConnectionsConnectionStatusFilter | Unset = UNSET,
    user_ids: str | Unset = UNSET,
) -> Response[Error | list[UserConnection]]:
    """List the caller's connections

     The caller's connections. Without a status, those that are pending, in either direction. Implicit
    connections, with users of the same private pod, are listed only where `status` is ACCEPTED and
    `userIds` names them.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        status (ListConnectionsConnectionStatusFilter | Unset): Only connections of this status;
            ALL for every status. Pending ones if left out.
        user_ids (str | Unset): Only connections with these users; ids as decimal numbers with
            commas between them.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | list[UserConnection]]
    """

    kwargs = _get_kwargs(
        status=status,
        user_ids=user_ids,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    status: ListConnectionsConnectionStatusFilter | Unset = UNSET,
    user_ids: str | Unset = UNSET,
) -> Error | list[UserConnection] | None:
    """List the caller's connections

     The caller's connections. Without a status, those that are pending, in either direction. Implicit
    connections, with users of the same private pod, are listed only where `status` is ACCEPTED and
    `userIds` names them.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        status (ListConnectionsConnectionStatusFilter | Unset): Only connections of this status;
            ALL for every status. Pending ones if left out.
        user_ids (str | Unset): Only connections with these users; ids as decimal numbers with
            commas between them.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | list[UserConnection]
    """

    return (
        await asyncio_detailed(
            client=client,
            status=status,
            user_ids=user_ids,
        )
    ).parsed
