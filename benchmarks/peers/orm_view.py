"""Flask and a SQLAlchemy ORM model, for gunicorn's threads: what most Flask projects would do."""

from __future__ import annotations

import hmac
import os
from datetime import datetime

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

TIME = "%Y-%m-%d %H:%M:%S Z"


class Base(DeclarativeBase):
    """The models' base."""


class User(Base):
    """A user of the company."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    current_sign_in_at: Mapped[datetime]
    sign_in_count: Mapped[int]
    plan: Mapped[str]
    company: Mapped[str]


def create_app() -> Flask:
    """Make the app."""
    app = Flask(__name__, static_folder=None)
    token = os.environ["BENCHMARK_TOKEN"].encode()
    engine = create_engine(f"sqlite:///file:{os.environ['BENCHMARK_DATABASE']}?mode=ro&uri=true")
    sessions: sessionmaker[Session] = sessionmaker(engine)

    @app.get("/profile")
    def profile() -> ResponseReturnValue:
        if not hmac.compare_digest(request.args.get("api_token", "").encode(), token):
            abort(401)
        with sessions() as session:
            user = session.scalar(select(User).where(User.email == request.args.get("email", "")))
            if user is None:
                abort(404)
            return {
                "id": user.id,
                "created_at": user.created_at.strftime(TIME),
                "current_sign_in_at": user.current_sign_in_at.strftime(TIME),
                "sign_in_count": user.sign_in_count,
                "plan": user.plan,
                "company": user.company,
            }

    return app
