"""DATABASE_URL with sslmode and a PostgreSQL with TLS: gateway and api both connect, or neither does."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from api.storage.database import make_database
from auth.settings import read_settings
from auth.storage.database import open_database
from runtime.settings import SettingsError
from tests.support.cuttable_proxy import NAME
from tests.support.postgres import Postgres

TLS_PLEASE = bytes.fromhex("0000000804d2162f")
"""The first bytes of a client that requests TLS."""


def write_certificate(folder: Path) -> None:
    """Writes a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    built = built.add_extension(names, critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = serialization.Encoding.PEM
    (folder / "server.crt").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    (folder / "server.key").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, ssl.SSLError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


@pytest_asyncio.fixture
async def tls(postgres: Postgres, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """host:port and certificate of a server that requires TLS; the wheel's own build has no TLS."""
    write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(8) != TLS_PLEASE:
            writer.close()
            return
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except (ssl.SSLError, ConnectionError):
            return
        above_reader, above_writer = await asyncio.open_unix_connection(postgres.folder / NAME)
        await asyncio.gather(_pour(reader, above_writer), _pour(above_reader, writer))

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", tmp_path / "server.crt"


async def answers(url: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The application names of the connections of gateway and api."""
    monkeypatch.setenv("DATABASE_URL", url)
    query = text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    async with open_database(read_settings()) as gateway, gateway.read() as connection:
        found = {(await connection.execute(query)).scalar_one()}
    async with make_database(url) as agent, agent.read() as connection:
        return found | {(await connection.execute(query)).scalar_one()}


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=require",
        "sslmode=require&channel_binding=require",
        "sslmode=verify-full&sslrootcert={root}",
        "sslmode=prefer&connect_timeout=10&keepalives=1",
        "sslmode=require&options=-c%20statement_timeout%3D30s",
        "sslmode=require&pgbouncer=true",
    ],
)
async def test_every_form_of_required_tls_connects(
    postgres: Postgres, tls: tuple[str, Path], parameters: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, root = tls
    name = (await postgres.make_database()).partition("@/")[2].partition("?")[0]
    url = f"postgresql://postgres@{address}/{name}?{parameters.format(root=root)}"
    assert await answers(url + "&application_name=product", monkeypatch) == {"product"}


@pytest.mark.parametrize("parameters", ["sslmode=verify-full", "sslmode=verify-ca", "sslmode=disable"])
async def test_untrusted_certificate_or_no_tls_is_refused(
    postgres: Postgres, tls: tuple[str, Path], parameters: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system does not trust the certificate, and the server refuses connections without TLS."""
    address, _ = tls
    name = (await postgres.make_database()).partition("@/")[2].partition("?")[0]
    url = f"postgresql://postgres@{address}/{name}?{parameters}"
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError, match="DATABASE_URL: the database cannot be used"):
        async with open_database(read_settings()):
            pass
    with pytest.raises(Exception, match=r"certificate|closed|reset|lost"):
        async with make_database(url):
            pass
