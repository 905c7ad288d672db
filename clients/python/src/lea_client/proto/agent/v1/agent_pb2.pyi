from lea_client.proto.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Exploration(_message.Message):
    __slots__ = ["seed", "temperature"]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    seed: int
    temperature: float
    def __init__(self, temperature: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class RecommendRequest(_message.Message):
    __slots__ = ["allow_item_ids", "exclude_history", "exclude_item_ids", "exploration", "history_item_ids", "k", "unknown_items", "user_id", "version"]
    ALLOW_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_HISTORY_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    EXPLORATION_FIELD_NUMBER: _ClassVar[int]
    HISTORY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    allow_item_ids: _containers.RepeatedScalarFieldContainer[str]
    exclude_history: bool
    exclude_item_ids: _containers.RepeatedScalarFieldContainer[str]
    exploration: Exploration
    history_item_ids: _containers.RepeatedScalarFieldContainer[str]
    k: int
    unknown_items: _common_pb2.UnknownItems
    user_id: str
    version: _common_pb2.VersionPin
    def __init__(self, history_item_ids: _Optional[_Iterable[str]] = ..., k: _Optional[int] = ..., exclude_item_ids: _Optional[_Iterable[str]] = ..., allow_item_ids: _Optional[_Iterable[str]] = ..., exclude_history: bool = ..., exploration: _Optional[_Union[Exploration, _Mapping]] = ..., unknown_items: _Optional[_Union[_common_pb2.UnknownItems, str]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ..., user_id: _Optional[str] = ...) -> None: ...

class RecommendResponse(_message.Message):
    __slots__ = ["items", "model", "skipped_item_ids"]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Recommendation]
    model: _common_pb2.ModelVersion
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Recommendation, _Mapping]]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ["item_id", "propensity", "score"]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    propensity: float
    score: float
    def __init__(self, item_id: _Optional[str] = ..., score: _Optional[float] = ..., propensity: _Optional[float] = ...) -> None: ...

class ScoreItemsRequest(_message.Message):
    __slots__ = ["history_item_ids", "item_ids", "unknown_items", "user_id", "version"]
    HISTORY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    history_item_ids: _containers.RepeatedScalarFieldContainer[str]
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    unknown_items: _common_pb2.UnknownItems
    user_id: str
    version: _common_pb2.VersionPin
    def __init__(self, history_item_ids: _Optional[_Iterable[str]] = ..., item_ids: _Optional[_Iterable[str]] = ..., unknown_items: _Optional[_Union[_common_pb2.UnknownItems, str]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ..., user_id: _Optional[str] = ...) -> None: ...

class ScoreItemsResponse(_message.Message):
    __slots__ = ["items", "model", "skipped_item_ids"]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ScoredItem]
    model: _common_pb2.ModelVersion
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., items: _Optional[_Iterable[_Union[ScoredItem, _Mapping]]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ScoredItem(_message.Message):
    __slots__ = ["item_id", "score"]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    score: float
    def __init__(self, item_id: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...
