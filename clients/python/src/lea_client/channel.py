"""The connection to a server, and the calls over it."""

from __future__ import annotations

import random
import threading
import time
from types import TracebackType
from typing import Any, Callable, Dict, Generic, Iterator, List, Optional, Tuple, Type

import grpc

from lea_client import errors, rpc
from lea_client.proto import details_pb2
from lea_client.retries import RetryBudget, service_config
from lea_client.rpc import Q, R, Rpc
from lea_client.settings import Settings, Tls

_HEALTH_DEADLINE = 10.0
_UNEVEN = 0.2  # share of a delay that is waited beyond it, so that refused callers do not return together


class Channel:
    """The connection to one server, shared by all clients of it and safe for any number of threads.

        with lea_client.connect("localhost:7072") as channel:
            answer = AgentClient(channel).recommend(["item-1"], k=10)

    Nothing is sent until the first call; a server that is not there is told by that call. Every call has a deadline, that of the
    settings where the caller names none.
    """

    def __init__(
        self,
        target: str,
        *,
        settings: Settings = Settings(),
        tls: Optional[Tls] = None,
        health_service: str = "",
    ) -> None:
        """Opens it.

        Args:
            target: `host:port`, or a name of grpc's with a scheme such as `dns:///host:port`.
            settings: how to wait and repeat.
            tls: how to know the server; None: plaintext, for loopback and for networks that encrypt by themselves.
            health_service: full name of a service; calls are then spread over all addresses of the target whose health
                says that they serve it.

        Raises:
            ValueError: if the target is empty, or a file of `tls` cannot be used.
        """
        if not target or target != target.strip():
            raise ValueError(f"target must be host:port but is {target!r}")
        self._target = target
        self._settings = settings
        self._deadline = settings.call_deadline
        self._budget = RetryBudget()
        self._callables: Dict[Rpc[Any, Any], Callable[..., Any]] = {}
        options = _options(settings, tls, health_service)
        self._channel = (
            grpc.insecure_channel(target, options)
            if tls is None
            else grpc.secure_channel(target, tls.credentials(), options)
        )

    @property
    def target(self) -> str:
        """Where the server is, for messages."""
        return self._target

    @property
    def settings(self) -> Settings:
        """How it waits and repeats."""
        return self._settings

    def call(self, method: Rpc[Q, R], request: Q, *, deadline: Optional[float] = None) -> R:
        """One call with one answer.

        What nobody answered is repeated by grpc where the call may be sent twice; what the server refused with a delay is
        repeated here, after that delay.

        Args:
            method: of `lea_client.rpc`.
            request: its message.
            deadline: seconds for all attempts together; None: the settings' call deadline.

        Raises:
            LeaError: if it failed for good.
        """
        start = time.monotonic()
        patience = self._deadline if deadline is None else deadline
        try:
            answer: R = self._callable(method)(request, patience)
        except grpc.RpcError as e:
            pause = self._pause(errors.from_rpc(e, self._name(method)), 1, start + patience)
            time.sleep(pause)
            return self._start(method, request, start + patience, 2).result()
        self._budget.succeeded()
        return answer

    def start(self, method: Rpc[Q, R], request: Q, *, deadline: Optional[float] = None) -> "PendingCall[R]":
        """Begins a call and returns at once; the answer is `result()` of what comes back. Arguments as of `call`."""
        return self._start(method, request, time.monotonic() + (self._deadline if deadline is None else deadline), 1)

    def open_stream(self, method: Rpc[Q, R]) -> Callable[[Iterator[Q]], Any]:
        """How a stream in both directions is opened: with an iterator of requests, for an iterator of answers.

        For `lea_client.streams`; without deadline and retries.
        """
        opened: Callable[[Iterator[Q]], Any] = self._channel.stream_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.answer.FromString,
        )
        return opened

    def open_upload(self, method: Rpc[Q, R]) -> Callable[[Iterator[Q], float], R]:
        """How many messages are sent for one answer: with an iterator of them and a deadline in seconds. Without retries."""
        opened: Callable[[Iterator[Q], float], R] = self._channel.stream_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.answer.FromString,
        )
        return opened

    def open_watch(self, method: Rpc[Q, R]) -> Callable[[Q], Any]:
        """How an endless answer is opened: with a request, for an iterator of answers. Without deadline and retries."""
        opened: Callable[[Q], Any] = self._channel.unary_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.answer.FromString,
        )
        return opened

    def is_serving(self, service: str = "") -> bool:
        """Whether a service can answer: its model is loaded. False also when nobody is there.

        Args:
            service: full name, for instance `lea.agent.v1.AgentService`; "" for the server as a whole.
        """
        request = details_pb2.HealthCheckRequest(service=service)
        try:
            answer = self.call(rpc.CHECK_HEALTH, request, deadline=_HEALTH_DEADLINE)
        except errors.LeaError:
            return False
        return answer.status == details_pb2.HealthCheckResponse.SERVING

    def close(self) -> None:
        """Breaks off what is under way, and disconnects. A second call does nothing."""
        self._channel.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Channel({self._target!r})"

    def _start(self, method: Rpc[Q, R], request: Q, end: float, attempt: int) -> "PendingCall[R]":
        return PendingCall(self, method, request, end, attempt)

    def _callable(self, method: Rpc[Any, Any]) -> Callable[..., Any]:
        known = self._callables.get(method)
        if known is None:
            known = self._channel.unary_unary(
                method.path,
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.answer.FromString,
            )
            self._callables[method] = known
        return known

    def _name(self, method: Rpc[Any, Any]) -> str:
        return f"{method.name} at {self._target}"

    def _pause(self, failure: errors.LeaError, attempt: int, end: float) -> float:
        """Seconds to wait before the next attempt; raises the failure where there is none."""
        delay = failure.retry_delay
        if (
            failure.code is not grpc.StatusCode.RESOURCE_EXHAUSTED
            or delay is None
            or attempt >= self._settings.max_attempts
            or time.monotonic() + delay >= end
            or not self._budget.take()
        ):
            raise failure from None
        return delay * (1 + _UNEVEN * random.random())


class PendingCall(Generic[R]):
    """A call under way. Its further attempts, where it needs any, are made while somebody waits for `result`."""

    def __init__(self, channel: Channel, method: Rpc[Any, R], request: Any, end: float, attempt: int) -> None:
        self._channel = channel
        self._method = method
        self._request = request
        self._end = end
        self._attempt = attempt
        self._cancelled = threading.Event()
        self._call = self._begin()

    def result(self) -> R:
        """Waits for the answer.

        Raises:
            LeaError: if the call failed for good; Cancelled after `cancel`.
        """
        while True:
            try:
                answer: R = self._call.result()
            except grpc.FutureCancelledError:
                raise self._given_up() from None
            except grpc.RpcError as e:
                failure = errors.from_rpc(e, self._channel._name(self._method))
                pause = self._channel._pause(failure, self._attempt, self._end)
            else:
                self._channel._budget.succeeded()
                return answer
            if self._cancelled.wait(pause):
                raise self._given_up()
            self._attempt += 1
            self._call = self._begin()
            if self._cancelled.is_set():
                self._call.cancel()

    def cancel(self) -> None:
        """Ends the call, if it has not ended, and tells the server."""
        self._cancelled.set()
        self._call.cancel()

    def done(self) -> bool:
        """Whether the present attempt has ended, so that `result` does not wait for the server."""
        return bool(self._call.done())

    def _begin(self) -> Any:
        patience = max(0.0, self._end - time.monotonic())
        return self._channel._callable(self._method).future(self._request, patience)  # type: ignore[attr-defined]

    def _given_up(self) -> errors.LeaError:
        return errors.failure(
            grpc.StatusCode.CANCELLED, "the caller cancelled the call", call=self._channel._name(self._method)
        )


def connect(
    target: str, *, settings: Settings = Settings(), tls: Optional[Tls] = None, health_service: str = ""
) -> Channel:
    """Opens a channel; see `Channel`."""
    return Channel(target, settings=settings, tls=tls, health_service=health_service)


def _options(settings: Settings, tls: Optional[Tls], health_service: str) -> List[Tuple[str, Any]]:
    options: List[Tuple[str, Any]] = [
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.enable_retries", int(settings.max_attempts > 1)),
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.service_config", service_config(settings.max_attempts, health_service)),
    ]
    if tls is not None and tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    return options
