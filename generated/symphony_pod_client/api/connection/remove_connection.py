from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.success_response import SuccessResponse
from ...types import Response


def _get_kwargs(
    uid: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/connection/user/{uid}/remove".format(
            uid=quote(str(uid), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | SuccessResponse | None:
    if response.status_code == 200:
        response_200 = SuccessResponse.from_dict(response.json())

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
) -> Response[Error | SuccessResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    uid: int,
    *,
    client: AuthenticatedClient,
) -> Response[Error | SuccessResponse]:
    """Remove the connection with one user

     Ends an accepted connection, so that there is none any more; no body is sent. For the user who was
    asked, a pending request becomes rejected and a rejected one pending again. Without a connection the
    answer is a 400.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        uid (int): The id of the other user.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | SuccessResponse]
    """

    kwargs = _get_kwargs(
        uid=uid,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    uid: int,
    *,
    client: AuthenticatedClient,
) -> Error | SuccessResponse | None:
    """Remove the connection with one user

     Ends an accepted connection, so that there is none any more; no body is sent. For the user who was
    asked, a pending request becomes rejected and a rejected one pending again. Without a connection the
    answer is a 400.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        uid (int): The id of the other user.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | SuccessResponse
    """

    return sync_detailed(
        uid=uid,
        client=client,
    ).parsed


async def asyncio_detailed(
    uid: int,
    *,
    client: AuthenticatedClient,
) -> Response[Error | SuccessResponse]:
    """Remove the connection with one user

     Ends an accepted connection, so that there is none any more; no body is sent. For the user who was
    asked, a pending request becomes rejected and a rejected one pending again. Without a connection the
    answer is a 400.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        uid (int): The id of the other user.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | SuccessResponse]
    """

    kwargs = _get_kwargs(
        uid=uid,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    uid: int,
    *,
    client: AuthenticatedClient,
) -> Error | SuccessResponse | None:
    """Remove the connection with one user

     Ends an accepted connection, so that there is none any more; no body is sent. For the user who was
    asked, a pending request becomes rejected and a rejected one pending again. Without a connection the
    answer is a 400.

    Source: openapi/companion.yaml, our description of what the pages presuppose. No published page
    promises it.

    Args:
        uid (int): The id of the other user.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | SuccessResponse
    """

    return (
        await asyncio_detailed(
            uid=uid,
            client=client,
        )
    ).parsed
