"""Signing in through the front door, and who one is then."""

import httpx

from tests.server.house import PASSWORD, House


async def me(client: httpx.AsyncClient) -> dict[str, object] | None:
    """Return who somebody at a browser is; None for nobody known."""
    answer = await client.get("/api/session")
    member: dict[str, object] | None = answer.json()["member"]
    return member


async def sign_in(house: House, email: str, password: str = PASSWORD) -> httpx.AsyncClient:
    """Return somebody at another browser, signed in by their password."""
    client = await house.visitor()
    answer = await client.post("/api/session", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return client
