"""FastAPI and a pool of asyncpg connections, for uvicorn: the fast way to PostgreSQL by hand."""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
from fastapi import FastAPI, HTTPException

QUERY = "SELECT id, created_at, current_sign_in_at, sign_in_count, plan, company FROM users WHERE email = $1"
TIME = "%Y-%m-%d %H:%M:%S Z"
TOKEN = os.environ["BENCHMARK_TOKEN"].encode()


@asynccontextmanager
async def pool(app: FastAPI) -> AsyncIterator[None]:
    """Keep ten connections as long as the app lives."""
    async with asyncpg.create_pool(os.environ["BENCHMARK_DATABASE"]) as connections:
        app.state.pool = connections
        yield


app = FastAPI(openapi_url=None, lifespan=pool)


@app.get("/profile")
async def profile(email: str, api_token: str = "") -> dict[str, str | int]:
    """Answer the profile of one address."""
    if not hmac.compare_digest(api_token.encode(), TOKEN):
        raise HTTPException(401)
    row = await app.state.pool.fetchrow(QUERY, email)
    if row is None:
        raise HTTPException(404)
    return {
        "id": row["id"],
        "created_at": row["created_at"].strftime(TIME),
        "current_sign_in_at": row["current_sign_in_at"].strftime(TIME),
        "sign_in_count": row["sign_in_count"],
        "plan": row["plan"],
        "company": row["company"],
    }
