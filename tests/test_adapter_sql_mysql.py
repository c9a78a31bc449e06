"""How users of MySQL 8 log in, which MariaDB has not: a stand-in speaks the beginning of its protocol.

MySQL itself comes with no package that the tests could install.
"""

from __future__ import annotations

import socket
from contextlib import closing
from threading import Thread

import pymysql
import pytest

from adapters.errors import SourceUnavailable
from adapters.sql import SqlSource

GREETING = (
    b"\x0a" + b"8.4.0\0" + b"\x01\0\0\0" + b"saltsalt\0" + b"\xff\xf7\xff\x02\0\xff\xdf\x15" + b"\0" * 10
    + b"saltsaltsalt\0" + b"caching_sha2_password\0"
)  # fmt: skip
"""The first packet of a server (https://dev.mysql.com/doc/dev/mysql-server/latest/, HandshakeV10)."""

FULL_LOGIN = b"\x01\x04"
"""What a server says to whom it does not know by its cache: the password itself, encrypted."""

NO_KEY = b"\x01no public key"


@pytest.fixture
def mysql():
    """The port of a server that begins to let one client in."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve():
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                for number, packet in ((0, GREETING), (2, FULL_LOGIN), (4, NO_KEY)):
                    client.sendall(len(packet).to_bytes(3, "little") + bytes([number]) + packet)
                    if not client.recv(4096):
                        return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.close()
        thread.join(5)


def test_login_of_mysql_8_without_its_package_is_told_with_the_command(mysql, monkeypatch):
    monkeypatch.setattr(pymysql._auth, "_have_cryptography", False)
    url = f"mysql+pymysql://reader:s3cr3t-canary@127.0.0.1:{mysql}/app"
    source = SqlSource(url, query="SELECT id FROM users WHERE email = :email", timeout=5)
    with pytest.raises(SourceUnavailable) as refusal:
        source.lookup("casey@example.com")
    told = "the server lets the user in only by a login that needs a package: 'cryptography' package"
    assert str(refusal.value).startswith(told)
    assert "pip install 'custom-profile-kit[mysql]'" in refusal.value.fix
    assert "s3cr3t-canary" not in str(refusal.value) + refusal.value.fix
    source.close()
