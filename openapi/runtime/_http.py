"""The HTTP library. Every other module takes it from here, so that its name stands in one place."""

import httpx as httpx
from httpx import Headers as Headers
from httpx import Request as Request
