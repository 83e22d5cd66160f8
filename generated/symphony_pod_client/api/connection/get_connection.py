from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.user_connection import UserConnection
from ...types import Response


def _get_kwargs(
    user_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/connection/user/{user_id}/info".format(
            user_id=quote(str(user_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | UserConnection | None:
    if response.status_code == 200:
        response_200 = UserConnection.from_dict(response.json())

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
) -> Response[Error | UserConnection]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Error | UserConnection]:
    """Read the connection with one user

     The connection with the user named in the path, as the caller sees it. A user who never asked and
    was never asked is not found. For a user of the same private pod the connection is ACCEPTED, and the
    answer may hold only `userId` and `status`.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        user_id (str): The id of the other user. A string, as published, that holds a decimal
            number.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | UserConnection]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    user_id: str,
    *,
    client: AuthenticatedClient,
) -> Error | UserConnection | None:
    """Read the connection with one user

     The connection with the user named in the path, as the caller sees it. A user who never asked and
    was never asked is not found. For a user of the same private pod the connection is ACCEPTED, and the
    answer may hold only `userId` and `status`.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        user_id (str): The id of the other user. A string, as published, that holds a decimal
            number.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | UserConnection
    """

    return sync_detailed(
        user_id=user_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Error | UserConnection]:
    """Read the connection with one user

     The connection with the user named in the path, as the caller sees it. A user who never asked and
    was never asked is not found. For a user of the same private pod the connection is ACCEPTED, and the
    answer may hold only `userId` and `status`.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        user_id (str): The id of the other user. A string, as published, that holds a decimal
            number.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | UserConnection]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    user_id: str,
    *,
    client: AuthenticatedClient,
) -> Error | UserConnection | None:
    """Read the connection with one user

     The connection with the user named in the path, as the caller sees it. A user who never asked and
    was never asked is not found. For a user of the same private pod the connection is ACCEPTED, and the
    answer may hold only `userId` and `status`.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        user_id (str): The id of the other user. A string, as published, that holds a decimal
            number.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | UserConnection
    """

    return (
        await asyncio_detailed(
            user_id=user_id,
            client=client,
        )
    ).parsed
