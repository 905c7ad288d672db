"""What a call that failed says: one class a kind of failure, each with everything that the server told."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple, Type, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from lea_client.proto import details_pb2

_STATUS_DETAILS = "grpc-status-details-bin"
_M = TypeVar("_M", bound=Message)


class LeaError(Exception):
    """A call that failed.

    Programs decide by the class, or by `code` and `reason`; the message is for people and names the call and the server.

    Attributes:
        code: the canonical gRPC code.
        reason: stable UPPER_SNAKE name of the cause, "" when the answer carried none.
        metadata: ids, bounds and values that belong to the reason.
        fields: names of the request's fields that are wrong.
        description: what the server said, without the call's name.
        retry_delay: seconds that the server asks to wait before the next attempt; None: a repeat is not invited.
        call: what was asked of whom.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        description: str = "",
        *,
        reason: str = "",
        metadata: Optional[Mapping[str, str]] = None,
        fields: Tuple[str, ...] = (),
        retry_delay: Optional[float] = None,
        call: str = "",
    ) -> None:
        self.code = code
        self.description = description
        self.reason = reason
        self.metadata: Dict[str, str] = dict(metadata or {})
        self.fields = fields
        self.retry_delay = retry_delay
        self.call = call
        text = f"{call}: {code.name}" if call else code.name
        if reason:
            text += f" ({reason})"
        if description:
            text += f": {description}"
        super().__init__(text)

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later: nobody answered, or the server named a delay."""
        if self.code is grpc.StatusCode.UNAVAILABLE:
            return True
        return self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and self.retry_delay is not None

    def __reduce__(self) -> Any:
        state = (self.code, self.description, self.reason, self.metadata, self.fields, self.retry_delay, self.call)
        return _restore, (type(self), *state)


class InvalidArgument(LeaError):
    """The request is malformed; sending it again will fail again. `fields` names what is wrong."""


class NotFound(LeaError):
    """A named thing does not exist there."""


class FailedPrecondition(LeaError):
    """The request is sound, but the server's state is not what it asks for: for instance another version is live."""


class PermissionDenied(LeaError):
    """The caller may not do this."""


class ResourceExhausted(LeaError):
    """The server is overloaded (then `retry_delay` says when to come back), or a message is too large."""


class Unavailable(LeaError):
    """Nobody answered, or the server has no live version."""


class DeadlineExceeded(LeaError):
    """The time for the call, or for a stream's next message, is over."""


class Cancelled(LeaError):
    """The call was cancelled, here or there."""


_CLASSES: Dict[grpc.StatusCode, Type[LeaError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.CANCELLED: Cancelled,
}


def failure(code: grpc.StatusCode, description: str, *, reason: str = "", call: str = "") -> LeaError:
    """A failure that this side noticed."""
    return _CLASSES.get(code, LeaError)(code, description, reason=reason, call=call)


def from_rpc(error: grpc.RpcError, call: str) -> LeaError:
    """The failure that grpc's error stands for, with the details that its trailers carry.

    Details that cannot be read count as absent; the code still stands.
    """
    code: grpc.StatusCode = error.code() or grpc.StatusCode.UNKNOWN
    status = _status(error)
    info = _find(status, details_pb2.ErrorInfo)
    bad_request = _find(status, details_pb2.BadRequest)
    retry = _find(status, details_pb2.RetryInfo)
    delay = None
    if retry is not None:
        delay = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    return _CLASSES.get(code, LeaError)(
        code,
        error.details() or "",
        reason=info.reason if info is not None else "",
        metadata=dict(info.metadata) if info is not None else {},
        fields=tuple(violation.field for violation in bad_request.field_violations) if bad_request is not None else (),
        retry_delay=delay,
        call=call,
    )


def _status(error: grpc.RpcError) -> details_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == _STATUS_DETAILS:
            return _parse(details_pb2.Status, value) or details_pb2.Status()
    return details_pb2.Status()


def _find(status: details_pb2.Status, kind: Type[_M]) -> Optional[_M]:
    suffix = "/google.rpc." + kind.DESCRIPTOR.name
    for detail in status.details:
        if detail.type_url.endswith(suffix):
            return _parse(kind, detail.value)
    return None


def _parse(kind: Type[_M], data: bytes) -> Optional[_M]:
    message: _M = kind()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    return message


def _restore(
    kind: Type[LeaError],
    code: grpc.StatusCode,
    description: str,
    reason: str,
    metadata: Dict[str, str],
    fields: Tuple[str, ...],
    retry_delay: Optional[float],
    call: str,
) -> LeaError:
    return kind(
        code, description, reason=reason, metadata=metadata, fields=fields, retry_delay=retry_delay, call=call
    )
