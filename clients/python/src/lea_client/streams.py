"""A stream in both directions as an iterator, with bounds on what is under way and on how long it may be silent."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, Callable, Iterable, Iterator, Optional, TypeVar

import grpc

from lea_client import errors

Q = TypeVar("Q")
R = TypeVar("R")


def converse(
    open_stream: Callable[[Iterator[Q]], Any],
    requests: Iterable[Q],
    *,
    in_flight: int,
    idle_timeout: float,
    call: str,
) -> Iterator[R]:
    """Sends requests and yields an answer to each, in their order.

    Requests are drawn on the thread that takes the answers, and only while fewer than `in_flight` are asked for and not yet
    taken: who takes slowly is answered slowly. Leaving the iterator cancels the stream.
    """
    source = iter(requests)
    outbox: "queue.SimpleQueue[Optional[Q]]" = queue.SimpleQueue()
    stream = open_stream(iter(outbox.get, None))
    watch = _Watch(idle_timeout, stream.cancel)
    asked = answered = 0
    finished = False
    try:
        while True:
            while not finished and asked - answered < in_flight:
                try:
                    outbox.put(next(source))
                    asked += 1
                except StopIteration:
                    outbox.put(None)
                    finished = True
            try:
                with watch:
                    answer: R = next(stream)
            except StopIteration:
                if finished and asked == answered:
                    return
                raise errors.failure(
                    grpc.StatusCode.INTERNAL,
                    f"the server ended the stream after {answered} of {asked} answers",
                    reason="STREAM_CUT",
                    call=call,
                ) from None
            except grpc.RpcError as e:
                if watch.fired:
                    raise errors.failure(
                        grpc.StatusCode.DEADLINE_EXCEEDED,
                        f"no answer for {idle_timeout:g} s",
                        reason="STREAM_IDLE",
                        call=call,
                    ) from None
                raise errors.from_rpc(e, call) from None
            yield answer
            answered += 1
    finally:
        watch.close()
        stream.cancel()
        outbox.put(None)  # ends the thread that waits for requests


class _Watch:
    """Cancels a stream that is silent while somebody waits for it. One thread a stream, asleep most of the time."""

    def __init__(self, patience: float, cancel: Callable[[], Any]) -> None:
        self._patience = patience
        self._cancel = cancel
        self._waiting_since: Optional[float] = None  # guarded by _changed, as are the others
        self._closed = False
        self._fired = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="lea-stream-watch", daemon=True).start()

    @property
    def fired(self) -> bool:
        return self._fired

    def __enter__(self) -> None:
        self._waiting_since = time.monotonic()  # the thread looks at it when it wakes; it sleeps no longer than that

    def __exit__(self, *_: object) -> None:
        self._waiting_since = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                since = self._waiting_since
                now = time.monotonic()
                left = self._patience if since is None else since + self._patience - now
                if left <= 0:
                    self._fired = True
                    self._cancel()
                    return
                self._changed.wait(min(left, self._patience))
