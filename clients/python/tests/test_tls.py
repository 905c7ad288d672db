"""TLS and certificates on both sides, against a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Iterator, Optional

import pytest

import lea_client
from lea_client import Tls

from contract import ROOT, Servers

_NAME = "agent.test"
_START = 60.0


class Authority:
    """Certificates in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl("-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")

    @property
    def ca(self) -> Path:
        return self._folder / "ca.pem"

    def issue(self, name: str) -> "tuple[Path, Path]":
        """A certificate and its key."""
        signed = ("-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", f"/CN={name}")
        extensions = ("-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE")
        self._openssl(*signed, *extensions, "-keyout", f"{name}.key", "-out", f"{name}.pem")
        return self._folder / f"{name}.pem", self._folder / f"{name}.key"

    def tls(self, name: Optional[str], server_name: Optional[str] = _NAME) -> Tls:
        certificate, key = (None, None) if name is None else self.issue(name)
        return Tls(ca=self.ca, certificate=certificate, key=key, server_name=server_name)

    def _openssl(self, *arguments: str) -> None:
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        subprocess.run(["openssl", "req", *key, *arguments], cwd=self._folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def target(servers: Servers, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An agent-server without a model that asks callers for certificates. (`servers` has built it.)"""
    folder = tmp_path_factory.mktemp("server")
    certificate, key = authority.issue(_NAME)
    port = folder / "port"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                str(ROOT / "lea"),
                "agent-server",
                "--port=0",
                "--metrics-port=off",
                f"--data-dir={folder / 'data'}",
                f"--port-file={port}",
                f"--tls-certificate={certificate}",
                f"--tls-key={key}",
                f"--tls-client-ca={authority.ca}",
            ],
            stdout=log,
            stderr=log,
            env={**os.environ, "LEA_NO_BUILD": "1"},
        )
    end = time.monotonic() + _START
    while not port.exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RuntimeError("agent-server did not start:\n" + (folder / "log").read_text())
        time.sleep(0.02)
    yield f"127.0.0.1:{port.read_text().strip()}"
    process.terminate()
    process.wait(30)


def test_reader_mayAskAndNotChange(target: str, authority: Authority) -> None:
    with lea_client.RepositoryClient.connect(target, tls=authority.tls("reader")) as repository:
        assert repository.is_serving()
        assert repository.aliases().live == 0
        with pytest.raises(lea_client.PermissionDenied) as e:
            repository.activate(1)
    assert e.value.reason == "WRITER_REQUIRED"


def test_writer_mayChange(target: str, authority: Authority) -> None:
    with lea_client.RepositoryClient.connect(target, tls=authority.tls("trainer")) as repository:
        with pytest.raises(lea_client.NotFound):
            repository.activate(1)


def test_withoutACertificate_isRefused(target: str, authority: Authority) -> None:
    _refused(target, authority.tls(None))


def test_certificateOfAnotherAuthority_isRefused(target: str, authority: Authority, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("trainer")
    _refused(target, Tls(ca=authority.ca, certificate=certificate, key=key, server_name=_NAME))


def test_serverOfAnotherName_isNotTrusted(target: str, authority: Authority) -> None:
    _refused(target, authority.tls("reader", server_name=None))


def test_serverOfAnUnknownAuthority_isNotTrusted(target: str, authority: Authority) -> None:
    certificate, key = authority.issue("reader")
    _refused(target, Tls(certificate=certificate, key=key, server_name=_NAME))


def test_plaintext_isRefused(target: str) -> None:
    _refused(target, None)


def _refused(target: str, tls: Optional[Tls]) -> None:
    settings = lea_client.Settings(max_attempts=1)
    with lea_client.RepositoryClient.connect(target, tls=tls, settings=settings) as repository:
        with pytest.raises(lea_client.Unavailable):
            repository.aliases()
