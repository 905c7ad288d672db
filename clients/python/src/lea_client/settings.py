"""How a client waits, repeats and knows its servers."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Optional, Union

import grpc

PathLike = Union[str, "os.PathLike[str]"]

_DAY = 86_400.0


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a client waits and repeats.

    Attributes:
        call_deadline: seconds for one call with all its attempts, above 0, at most a day.
        slow_call_deadline: seconds for a call that loads a model: activation, roll back, the end of an upload.
        idle_timeout: seconds for the next message of a stream.
        max_attempts: of a call that may be repeated, 1 to 5; 1 never repeats.
        max_message_bytes: largest answer that is accepted, 1 KiB to 1 GiB.
    """

    call_deadline: float = 30.0
    slow_call_deadline: float = 120.0
    idle_timeout: float = 60.0
    max_attempts: int = 4
    max_message_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        for name in ("call_deadline", "slow_call_deadline", "idle_timeout"):
            value = getattr(self, name)
            if not 0 < value <= _DAY:
                raise ValueError(f"{name} must be in (0, {_DAY:.0f}] seconds but is {value}")
        _in_range("max_attempts", self.max_attempts, 1, 5)
        _in_range("max_message_bytes", self.max_message_bytes, 1 << 10, 1 << 30)


@dataclasses.dataclass(frozen=True)
class Tls:
    """How a client knows a server, and shows who it is itself.

    The files are read when the channel is opened; a process that outlives its certificate opens another channel.

    Attributes:
        ca: PEM file with the CAs of servers' certificates; None: the CAs that grpc ships.
        certificate: PEM file with the client's own certificate chain, where the server asks for one.
        key: PEM file with the certificate's private key, given with it.
        server_name: expected in the server's certificate; None: the target's host.
    """

    ca: Optional[PathLike] = None
    certificate: Optional[PathLike] = None
    key: Optional[PathLike] = None
    server_name: Optional[str] = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            given, missing = ("certificate", "key") if self.key is None else ("key", "certificate")
            raise ValueError(f"a client's {given} needs its {missing}, which is not given")

    def credentials(self) -> grpc.ChannelCredentials:
        """What the files hold.

        Raises:
            ValueError: that names the file which cannot be used.
        """
        return grpc.ssl_channel_credentials(
            root_certificates=_pem("ca", self.ca, b"CERTIFICATE"),
            private_key=_pem("key", self.key, b"PRIVATE KEY"),
            certificate_chain=_pem("certificate", self.certificate, b"CERTIFICATE"),
        )


def _pem(name: str, path: Optional[PathLike], kind: bytes) -> Optional[bytes]:
    if path is None:
        return None
    try:
        content = Path(path).read_bytes()
    except OSError as e:
        raise ValueError(f"the file of {name}, {os.fspath(path)}, cannot be read: {e.strerror}") from e
    if b"-----BEGIN " not in content or kind + b"-----" not in content:
        raise ValueError(f"the file of {name}, {os.fspath(path)}, holds no PEM block of kind {kind.decode()}")
    return content


def _in_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be in [{least}, {most}] but is {value}")
