from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
EMBEDDING_FORMAT_PACKED: EmbeddingFormat
EMBEDDING_FORMAT_UNSPECIFIED: EmbeddingFormat
EMBEDDING_FORMAT_VALUES: EmbeddingFormat
UNKNOWN_ITEMS_ERROR: UnknownItems
UNKNOWN_ITEMS_SKIP: UnknownItems
UNKNOWN_ITEMS_UNSPECIFIED: UnknownItems

class Embeddings(_message.Message):
    __slots__ = ["count", "dimension", "packed", "values"]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    PACKED_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    count: int
    dimension: int
    packed: bytes
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, count: _Optional[int] = ..., dimension: _Optional[int] = ..., packed: _Optional[bytes] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class ModelVersion(_message.Message):
    __slots__ = ["digest", "name", "version"]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    digest: str
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class VersionPin(_message.Message):
    __slots__ = ["expected_version"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    def __init__(self, expected_version: _Optional[int] = ...) -> None: ...

class UnknownItems(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class EmbeddingFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
