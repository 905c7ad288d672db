from google.protobuf import timestamp_pb2 as _timestamp_pb2
from lea_client.proto.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
INTERACTION_KIND_CLICK: InteractionKind
INTERACTION_KIND_PURCHASE: InteractionKind
INTERACTION_KIND_UNSPECIFIED: InteractionKind

class Exploration(_message.Message):
    __slots__ = ["seed", "temperature"]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    seed: int
    temperature: float
    def __init__(self, temperature: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class Feedback(_message.Message):
    __slots__ = ["impression", "interactions", "user_id"]
    IMPRESSION_FIELD_NUMBER: _ClassVar[int]
    INTERACTIONS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    impression: Impression
    interactions: _containers.RepeatedCompositeFieldContainer[Interaction]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ..., impression: _Optional[_Union[Impression, _Mapping]] = ..., interactions: _Optional[_Iterable[_Union[Interaction, _Mapping]]] = ...) -> None: ...

class Impression(_message.Message):
    __slots__ = ["exploration", "items", "model", "recommendation_id", "show_time"]
    EXPLORATION_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATION_ID_FIELD_NUMBER: _ClassVar[int]
    SHOW_TIME_FIELD_NUMBER: _ClassVar[int]
    exploration: Exploration
    items: _containers.RepeatedCompositeFieldContainer[ShownItem]
    model: _common_pb2.ModelVersion
    recommendation_id: str
    show_time: _timestamp_pb2.Timestamp
    def __init__(self, recommendation_id: _Optional[str] = ..., model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., exploration: _Optional[_Union[Exploration, _Mapping]] = ..., show_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[_Iterable[_Union[ShownItem, _Mapping]]] = ...) -> None: ...

class Interaction(_message.Message):
    __slots__ = ["interact_time", "item_id", "kind"]
    INTERACT_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    interact_time: _timestamp_pb2.Timestamp
    item_id: str
    kind: InteractionKind
    def __init__(self, item_id: _Optional[str] = ..., kind: _Optional[_Union[InteractionKind, str]] = ..., interact_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
    __slots__ = ["items", "model", "recommendation_id", "skipped_item_ids"]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATION_ID_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Recommendation]
    model: _common_pb2.ModelVersion
    recommendation_id: str
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Recommendation, _Mapping]]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ..., recommendation_id: _Optional[str] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ["item_id", "propensity", "score"]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    propensity: float
    score: float
    def __init__(self, item_id: _Optional[str] = ..., score: _Optional[float] = ..., propensity: _Optional[float] = ...) -> None: ...

class RecordFeedbackRequest(_message.Message):
    __slots__ = ["feedback", "request_id"]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    feedback: _containers.RepeatedCompositeFieldContainer[Feedback]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ..., feedback: _Optional[_Iterable[_Union[Feedback, _Mapping]]] = ...) -> None: ...

class RecordFeedbackResponse(_message.Message):
    __slots__ = ["already_recorded"]
    ALREADY_RECORDED_FIELD_NUMBER: _ClassVar[int]
    already_recorded: bool
    def __init__(self, already_recorded: bool = ...) -> None: ...

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

class ShownItem(_message.Message):
    __slots__ = ["item_id", "propensity"]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    propensity: float
    def __init__(self, item_id: _Optional[str] = ..., propensity: _Optional[float] = ...) -> None: ...

class InteractionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
