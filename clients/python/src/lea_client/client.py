"""What the clients of all servers have in common."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, Type, TypeVar

from lea_client.channel import Channel
from lea_client.proto.common.v1.common_pb2 import VersionPin
from lea_client.settings import Settings, Tls

_C = TypeVar("_C", bound="Client")


class Client:
    """A channel, and the version that calls over it pin."""

    _SERVICE = ""

    def __init__(self, channel: Channel, *, version: int = 0) -> None:
        """Asks over a channel that the caller closes.

        Args:
            version: the version that must answer every call, else FailedPrecondition with reason VERSION_MISMATCH;
                0: whichever is live.
        """
        self.channel = channel
        self.version = version

    @classmethod
    def connect(
        cls: Type[_C],
        target: str,
        *,
        settings: Settings = Settings(),
        tls: Optional[Tls] = None,
        version: int = 0,
        replicas: bool = False,
    ) -> _C:
        """Opens a channel of the client's own; close the client.

        Args:
            target: `host:port`.
            replicas: the name stands for several servers: calls are spread over them, and those whose health says that
                they do not serve get none.
        """
        health_service = cls._SERVICE if replicas else ""
        return cls(Channel(target, settings=settings, tls=tls, health_service=health_service), version=version)

    def pinned(self: _C, version: int) -> _C:
        """The same client for calls that a certain version must answer. 0: whichever is live."""
        return type(self)(self.channel, version=version)

    def is_serving(self) -> bool:
        """Whether the server has a live version. False also when nobody is there."""
        return self.channel.is_serving(self._SERVICE)

    def close(self) -> None:
        """Closes the channel."""
        self.channel.close()

    def __enter__(self: _C) -> _C:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _pin(self, version: Optional[int]) -> Optional[VersionPin]:
        pinned = self.version if version is None else version
        return VersionPin(expected_version=pinned) if pinned else None
