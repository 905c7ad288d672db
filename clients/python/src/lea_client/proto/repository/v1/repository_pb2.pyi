from google.protobuf import timestamp_pb2 as _timestamp_pb2
from lea_client.proto.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
VERSION_EVENT_KIND_CANARY: VersionEventKind
VERSION_EVENT_KIND_CANARY_ENDED: VersionEventKind
VERSION_EVENT_KIND_CLOSED: VersionEventKind
VERSION_EVENT_KIND_DELETED: VersionEventKind
VERSION_EVENT_KIND_LIVE: VersionEventKind
VERSION_EVENT_KIND_LOADING: VersionEventKind
VERSION_EVENT_KIND_REFUSED: VersionEventKind
VERSION_EVENT_KIND_SHADOW: VersionEventKind
VERSION_EVENT_KIND_SHADOW_ENDED: VersionEventKind
VERSION_EVENT_KIND_SNAPSHOT: VersionEventKind
VERSION_EVENT_KIND_UNSPECIFIED: VersionEventKind
VERSION_EVENT_KIND_UPLOADED: VersionEventKind
VERSION_EVENT_KIND_VERIFIED: VersionEventKind
VERSION_EVENT_KIND_WARMED: VersionEventKind
VERSION_ROLE_CANARY: VersionRole
VERSION_ROLE_LIVE: VersionRole
VERSION_ROLE_SHADOW: VersionRole
VERSION_ROLE_UNSPECIFIED: VersionRole
VERSION_STATE_LIVE: VersionState
VERSION_STATE_REFUSED: VersionState
VERSION_STATE_STORED: VersionState
VERSION_STATE_UNSPECIFIED: VersionState

class ActivateVersionRequest(_message.Message):
    __slots__ = ["expected_live_version", "version"]
    EXPECTED_LIVE_VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    expected_live_version: int
    version: int
    def __init__(self, version: _Optional[int] = ..., expected_live_version: _Optional[int] = ...) -> None: ...

class ActivateVersionResponse(_message.Message):
    __slots__ = ["previous", "version"]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    previous: Version
    version: Version
    def __init__(self, version: _Optional[_Union[Version, _Mapping]] = ..., previous: _Optional[_Union[Version, _Mapping]] = ...) -> None: ...

class Aliases(_message.Message):
    __slots__ = ["canary", "canary_share", "live", "shadow"]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    CANARY_SHARE_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    canary: int
    canary_share: float
    live: int
    shadow: int
    def __init__(self, live: _Optional[int] = ..., canary: _Optional[int] = ..., canary_share: _Optional[float] = ..., shadow: _Optional[int] = ...) -> None: ...

class BundleFile(_message.Message):
    __slots__ = ["name", "sha256", "size_bytes"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: str
    size_bytes: int
    def __init__(self, name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class DeleteVersionRequest(_message.Message):
    __slots__ = ["version"]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: int
    def __init__(self, version: _Optional[int] = ...) -> None: ...

class DeleteVersionResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class DownloadRevisionRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class DownloadRevisionResponse(_message.Message):
    __slots__ = ["data"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class FileChunk(_message.Message):
    __slots__ = ["data", "file_name", "offset_bytes"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    file_name: str
    offset_bytes: int
    def __init__(self, file_name: _Optional[str] = ..., offset_bytes: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class GetAliasesRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetAliasesResponse(_message.Message):
    __slots__ = ["aliases"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    aliases: Aliases
    def __init__(self, aliases: _Optional[_Union[Aliases, _Mapping]] = ...) -> None: ...

class GetShadowReportRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetShadowReportResponse(_message.Message):
    __slots__ = ["comparisons"]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    comparisons: _containers.RepeatedCompositeFieldContainer[ShadowComparison]
    def __init__(self, comparisons: _Optional[_Iterable[_Union[ShadowComparison, _Mapping]]] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ["page_size", "page_token"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ["next_page_token", "versions"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    versions: _containers.RepeatedCompositeFieldContainer[Version]
    def __init__(self, versions: _Optional[_Iterable[_Union[Version, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResumeUploadRequest(_message.Message):
    __slots__ = ["request_id"]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class ResumeUploadResponse(_message.Message):
    __slots__ = ["file_name", "offset_bytes", "version"]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    offset_bytes: int
    version: Version
    def __init__(self, file_name: _Optional[str] = ..., offset_bytes: _Optional[int] = ..., version: _Optional[_Union[Version, _Mapping]] = ...) -> None: ...

class RollBackRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class RollBackResponse(_message.Message):
    __slots__ = ["previous", "version"]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    previous: Version
    version: Version
    def __init__(self, version: _Optional[_Union[Version, _Mapping]] = ..., previous: _Optional[_Union[Version, _Mapping]] = ...) -> None: ...

class SetCanaryRequest(_message.Message):
    __slots__ = ["share", "version"]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    share: float
    version: int
    def __init__(self, version: _Optional[int] = ..., share: _Optional[float] = ...) -> None: ...

class SetCanaryResponse(_message.Message):
    __slots__ = ["aliases"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    aliases: Aliases
    def __init__(self, aliases: _Optional[_Union[Aliases, _Mapping]] = ...) -> None: ...

class SetShadowRequest(_message.Message):
    __slots__ = ["version"]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: int
    def __init__(self, version: _Optional[int] = ...) -> None: ...

class SetShadowResponse(_message.Message):
    __slots__ = ["aliases"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    aliases: Aliases
    def __init__(self, aliases: _Optional[_Union[Aliases, _Mapping]] = ...) -> None: ...

class ShadowComparison(_message.Message):
    __slots__ = ["answered", "compared_count", "failed_count", "identical_count", "last_failure", "max_score_difference", "mean_overlap", "mean_score_difference", "same_first_count", "shadow", "skipped_count"]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    COMPARED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    IDENTICAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_FAILURE_FIELD_NUMBER: _ClassVar[int]
    MAX_SCORE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    MEAN_OVERLAP_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    SAME_FIRST_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    answered: _common_pb2.ModelVersion
    compared_count: int
    failed_count: int
    identical_count: int
    last_failure: str
    max_score_difference: float
    mean_overlap: float
    mean_score_difference: float
    same_first_count: int
    shadow: _common_pb2.ModelVersion
    skipped_count: int
    def __init__(self, answered: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., shadow: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., compared_count: _Optional[int] = ..., identical_count: _Optional[int] = ..., same_first_count: _Optional[int] = ..., mean_overlap: _Optional[float] = ..., mean_score_difference: _Optional[float] = ..., max_score_difference: _Optional[float] = ..., failed_count: _Optional[int] = ..., skipped_count: _Optional[int] = ..., last_failure: _Optional[str] = ...) -> None: ...

class UploadHeader(_message.Message):
    __slots__ = ["files", "request_id"]
    FILES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[BundleFile]
    request_id: str
    def __init__(self, files: _Optional[_Iterable[_Union[BundleFile, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UploadRevisionRequest(_message.Message):
    __slots__ = ["data"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class UploadRevisionResponse(_message.Message):
    __slots__ = ["model", "revision"]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    model: _common_pb2.ModelVersion
    revision: int
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class UploadVersionRequest(_message.Message):
    __slots__ = ["chunk", "header"]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    chunk: FileChunk
    header: UploadHeader
    def __init__(self, header: _Optional[_Union[UploadHeader, _Mapping]] = ..., chunk: _Optional[_Union[FileChunk, _Mapping]] = ...) -> None: ...

class UploadVersionResponse(_message.Message):
    __slots__ = ["version"]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: Version
    def __init__(self, version: _Optional[_Union[Version, _Mapping]] = ...) -> None: ...

class Version(_message.Message):
    __slots__ = ["create_time", "failure", "metrics", "model", "roles", "size_bytes", "state"]
    class MetricsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    failure: str
    metrics: _containers.ScalarMap[str, float]
    model: _common_pb2.ModelVersion
    roles: _containers.RepeatedScalarFieldContainer[VersionRole]
    size_bytes: int
    state: VersionState
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., state: _Optional[_Union[VersionState, str]] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., failure: _Optional[str] = ..., size_bytes: _Optional[int] = ..., metrics: _Optional[_Mapping[str, float]] = ..., roles: _Optional[_Iterable[_Union[VersionRole, str]]] = ...) -> None: ...

class WatchVersionsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class WatchVersionsResponse(_message.Message):
    __slots__ = ["aliases", "detail", "kind", "time", "version"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    aliases: Aliases
    detail: str
    kind: VersionEventKind
    time: _timestamp_pb2.Timestamp
    version: int
    def __init__(self, kind: _Optional[_Union[VersionEventKind, str]] = ..., version: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ..., aliases: _Optional[_Union[Aliases, _Mapping]] = ...) -> None: ...

class VersionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class VersionRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class VersionEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
