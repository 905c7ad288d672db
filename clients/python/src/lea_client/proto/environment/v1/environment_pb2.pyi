from lea_client.proto.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
REWARD_SOURCE_CACHE: RewardSource
REWARD_SOURCE_FALLBACK: RewardSource
REWARD_SOURCE_MODEL: RewardSource
REWARD_SOURCE_UNSPECIFIED: RewardSource

class AnnotateRequest(_message.Message):
    __slots__ = ["augmentation", "item_ids", "sequence_id", "version"]
    AUGMENTATION_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    augmentation: Augmentation
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    sequence_id: str
    version: _common_pb2.VersionPin
    def __init__(self, sequence_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., augmentation: _Optional[_Union[Augmentation, _Mapping]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ...) -> None: ...

class AnnotateResponse(_message.Message):
    __slots__ = ["model", "positive_actions", "rewards", "sequence_id", "states"]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    REWARDS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    model: _common_pb2.ModelVersion
    positive_actions: _containers.RepeatedCompositeFieldContainer[AnnotatedActions]
    rewards: _containers.RepeatedCompositeFieldContainer[Reward]
    sequence_id: str
    states: _common_pb2.Embeddings
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., sequence_id: _Optional[str] = ..., states: _Optional[_Union[_common_pb2.Embeddings, _Mapping]] = ..., rewards: _Optional[_Iterable[_Union[Reward, _Mapping]]] = ..., positive_actions: _Optional[_Iterable[_Union[AnnotatedActions, _Mapping]]] = ...) -> None: ...

class AnnotatedActions(_message.Message):
    __slots__ = ["actions", "next_states"]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_STATES_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedCompositeFieldContainer[PositiveAction]
    next_states: _common_pb2.Embeddings
    def __init__(self, actions: _Optional[_Iterable[_Union[PositiveAction, _Mapping]]] = ..., next_states: _Optional[_Union[_common_pb2.Embeddings, _Mapping]] = ...) -> None: ...

class AugmentActionsRequest(_message.Message):
    __slots__ = ["augmentation", "queries", "unknown_items", "version"]
    AUGMENTATION_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    augmentation: Augmentation
    queries: _containers.RepeatedCompositeFieldContainer[AugmentQuery]
    unknown_items: _common_pb2.UnknownItems
    version: _common_pb2.VersionPin
    def __init__(self, queries: _Optional[_Iterable[_Union[AugmentQuery, _Mapping]]] = ..., unknown_items: _Optional[_Union[_common_pb2.UnknownItems, str]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ..., augmentation: _Optional[_Union[Augmentation, _Mapping]] = ...) -> None: ...

class AugmentActionsResponse(_message.Message):
    __slots__ = ["model", "results"]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    model: _common_pb2.ModelVersion
    results: _containers.RepeatedCompositeFieldContainer[AugmentResult]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., results: _Optional[_Iterable[_Union[AugmentResult, _Mapping]]] = ...) -> None: ...

class AugmentQuery(_message.Message):
    __slots__ = ["exclude_item_ids", "history_item_ids"]
    EXCLUDE_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    exclude_item_ids: _containers.RepeatedScalarFieldContainer[str]
    history_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, history_item_ids: _Optional[_Iterable[str]] = ..., exclude_item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class AugmentResult(_message.Message):
    __slots__ = ["actions", "skipped_item_ids", "truncated"]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedCompositeFieldContainer[PositiveAction]
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    truncated: bool
    def __init__(self, actions: _Optional[_Iterable[_Union[PositiveAction, _Mapping]]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ..., truncated: bool = ...) -> None: ...

class Augmentation(_message.Message):
    __slots__ = ["actions", "candidates", "seed", "temperature"]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    actions: int
    candidates: int
    seed: int
    temperature: float
    def __init__(self, actions: _Optional[int] = ..., candidates: _Optional[int] = ..., temperature: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class CacheStatus(_message.Message):
    __slots__ = ["bytes", "entries", "evictions", "hits", "max_bytes", "misses", "name"]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    EVICTIONS_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    entries: int
    evictions: int
    hits: int
    max_bytes: int
    misses: int
    name: str
    def __init__(self, name: _Optional[str] = ..., hits: _Optional[int] = ..., misses: _Optional[int] = ..., evictions: _Optional[int] = ..., entries: _Optional[int] = ..., bytes: _Optional[int] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class GetEnvironmentRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetEnvironmentResponse(_message.Message):
    __slots__ = ["added_item_count", "caches", "context_items", "item_count", "item_index_hash", "metrics", "model", "passes", "reference_item_count", "revision", "reward_temperature", "state_dimension"]
    class MetricsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ADDED_ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    CACHES_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_ITEMS_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    ITEM_INDEX_HASH_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REWARD_TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    STATE_DIMENSION_FIELD_NUMBER: _ClassVar[int]
    added_item_count: int
    caches: _containers.RepeatedCompositeFieldContainer[CacheStatus]
    context_items: int
    item_count: int
    item_index_hash: str
    metrics: _containers.ScalarMap[str, float]
    model: _common_pb2.ModelVersion
    passes: PassStatus
    reference_item_count: int
    revision: int
    reward_temperature: float
    state_dimension: int
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., item_count: _Optional[int] = ..., state_dimension: _Optional[int] = ..., context_items: _Optional[int] = ..., item_index_hash: _Optional[str] = ..., reference_item_count: _Optional[int] = ..., reward_temperature: _Optional[float] = ..., metrics: _Optional[_Mapping[str, float]] = ..., revision: _Optional[int] = ..., added_item_count: _Optional[int] = ..., caches: _Optional[_Iterable[_Union[CacheStatus, _Mapping]]] = ..., passes: _Optional[_Union[PassStatus, _Mapping]] = ...) -> None: ...

class GetStatesRequest(_message.Message):
    __slots__ = ["format", "queries", "unknown_items", "version"]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    format: _common_pb2.EmbeddingFormat
    queries: _containers.RepeatedCompositeFieldContainer[StateQuery]
    unknown_items: _common_pb2.UnknownItems
    version: _common_pb2.VersionPin
    def __init__(self, queries: _Optional[_Iterable[_Union[StateQuery, _Mapping]]] = ..., unknown_items: _Optional[_Union[_common_pb2.UnknownItems, str]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ..., format: _Optional[_Union[_common_pb2.EmbeddingFormat, str]] = ...) -> None: ...

class GetStatesResponse(_message.Message):
    __slots__ = ["model", "results"]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    model: _common_pb2.ModelVersion
    results: _containers.RepeatedCompositeFieldContainer[StateResult]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., results: _Optional[_Iterable[_Union[StateResult, _Mapping]]] = ...) -> None: ...

class NewItem(_message.Message):
    __slots__ = ["columns", "item_id"]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[TextColumn]
    item_id: str
    def __init__(self, item_id: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[TextColumn, _Mapping]]] = ...) -> None: ...

class PassStatus(_message.Message):
    __slots__ = ["padding_tokens", "passes", "recalled_tokens", "sequences", "tokens"]
    PADDING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    RECALLED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    padding_tokens: int
    passes: int
    recalled_tokens: int
    sequences: int
    tokens: int
    def __init__(self, passes: _Optional[int] = ..., sequences: _Optional[int] = ..., tokens: _Optional[int] = ..., padding_tokens: _Optional[int] = ..., recalled_tokens: _Optional[int] = ...) -> None: ...

class PositiveAction(_message.Message):
    __slots__ = ["reward", "similarity"]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    reward: Reward
    similarity: float
    def __init__(self, reward: _Optional[_Union[Reward, _Mapping]] = ..., similarity: _Optional[float] = ...) -> None: ...

class PutItemsRequest(_message.Message):
    __slots__ = ["items", "request_id", "version"]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[NewItem]
    request_id: str
    version: _common_pb2.VersionPin
    def __init__(self, items: _Optional[_Iterable[_Union[NewItem, _Mapping]]] = ..., request_id: _Optional[str] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ...) -> None: ...

class PutItemsResponse(_message.Message):
    __slots__ = ["added_count", "model", "revision", "updated_count"]
    ADDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    UPDATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    added_count: int
    model: _common_pb2.ModelVersion
    revision: int
    updated_count: int
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., revision: _Optional[int] = ..., added_count: _Optional[int] = ..., updated_count: _Optional[int] = ...) -> None: ...

class Reward(_message.Message):
    __slots__ = ["item_id", "raw", "reward", "source"]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    raw: float
    reward: float
    source: RewardSource
    def __init__(self, item_id: _Optional[str] = ..., reward: _Optional[float] = ..., raw: _Optional[float] = ..., source: _Optional[_Union[RewardSource, str]] = ...) -> None: ...

class ScoreActionsRequest(_message.Message):
    __slots__ = ["queries", "unknown_items", "version"]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    queries: _containers.RepeatedCompositeFieldContainer[ScoreQuery]
    unknown_items: _common_pb2.UnknownItems
    version: _common_pb2.VersionPin
    def __init__(self, queries: _Optional[_Iterable[_Union[ScoreQuery, _Mapping]]] = ..., unknown_items: _Optional[_Union[_common_pb2.UnknownItems, str]] = ..., version: _Optional[_Union[_common_pb2.VersionPin, _Mapping]] = ...) -> None: ...

class ScoreActionsResponse(_message.Message):
    __slots__ = ["model", "results"]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    model: _common_pb2.ModelVersion
    results: _containers.RepeatedCompositeFieldContainer[ScoreResult]
    def __init__(self, model: _Optional[_Union[_common_pb2.ModelVersion, _Mapping]] = ..., results: _Optional[_Iterable[_Union[ScoreResult, _Mapping]]] = ...) -> None: ...

class ScoreQuery(_message.Message):
    __slots__ = ["candidate_item_ids", "history_item_ids"]
    CANDIDATE_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    candidate_item_ids: _containers.RepeatedScalarFieldContainer[str]
    history_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, history_item_ids: _Optional[_Iterable[str]] = ..., candidate_item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ScoreResult(_message.Message):
    __slots__ = ["rewards", "skipped_item_ids", "truncated"]
    REWARDS_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    rewards: _containers.RepeatedCompositeFieldContainer[Reward]
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    truncated: bool
    def __init__(self, rewards: _Optional[_Iterable[_Union[Reward, _Mapping]]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ..., truncated: bool = ...) -> None: ...

class StateQuery(_message.Message):
    __slots__ = ["all_prefixes", "history_item_ids"]
    ALL_PREFIXES_FIELD_NUMBER: _ClassVar[int]
    HISTORY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    all_prefixes: bool
    history_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, history_item_ids: _Optional[_Iterable[str]] = ..., all_prefixes: bool = ...) -> None: ...

class StateResult(_message.Message):
    __slots__ = ["skipped_item_ids", "states", "truncated"]
    SKIPPED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    skipped_item_ids: _containers.RepeatedScalarFieldContainer[str]
    states: _common_pb2.Embeddings
    truncated: bool
    def __init__(self, states: _Optional[_Union[_common_pb2.Embeddings, _Mapping]] = ..., skipped_item_ids: _Optional[_Iterable[str]] = ..., truncated: bool = ...) -> None: ...

class TextColumn(_message.Message):
    __slots__ = ["name", "text"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class RewardSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
