"""The calls of the contract, by name, for `Channel.call` and `Channel.start`."""

from __future__ import annotations

from typing import Generic, Type, TypeVar

from google.protobuf.message import Message

from lea_client.proto import details_pb2
from lea_client.proto.agent.v1 import agent_pb2 as agent
from lea_client.proto.environment.v1 import environment_pb2 as environment
from lea_client.proto.repository.v1 import repository_pb2 as repository

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

AGENT_SERVICE = "lea.agent.v1.AgentService"
ENVIRONMENT_SERVICE = "lea.environment.v1.EnvironmentService"
REPOSITORY_SERVICE = "lea.repository.v1.ModelRepositoryService"


class Rpc(Generic[Q, R]):
    """A method of a service: its path, and what goes in and comes out."""

    __slots__ = ("path", "name", "request", "answer")

    def __init__(self, service: str, name: str, request: Type[Q], answer: Type[R]) -> None:
        self.path = f"/{service}/{name}"
        self.name = name
        self.request = request
        self.answer = answer

    def __repr__(self) -> str:
        return f"Rpc({self.path})"


RECOMMEND = Rpc(AGENT_SERVICE, "Recommend", agent.RecommendRequest, agent.RecommendResponse)
SCORE_ITEMS = Rpc(AGENT_SERVICE, "ScoreItems", agent.ScoreItemsRequest, agent.ScoreItemsResponse)

GET_ENVIRONMENT = Rpc(
    ENVIRONMENT_SERVICE, "GetEnvironment", environment.GetEnvironmentRequest, environment.GetEnvironmentResponse
)
GET_STATES = Rpc(ENVIRONMENT_SERVICE, "GetStates", environment.GetStatesRequest, environment.GetStatesResponse)
SCORE_ACTIONS = Rpc(
    ENVIRONMENT_SERVICE, "ScoreActions", environment.ScoreActionsRequest, environment.ScoreActionsResponse
)
AUGMENT_ACTIONS = Rpc(
    ENVIRONMENT_SERVICE, "AugmentActions", environment.AugmentActionsRequest, environment.AugmentActionsResponse
)
ANNOTATE = Rpc(ENVIRONMENT_SERVICE, "Annotate", environment.AnnotateRequest, environment.AnnotateResponse)
PUT_ITEMS = Rpc(ENVIRONMENT_SERVICE, "PutItems", environment.PutItemsRequest, environment.PutItemsResponse)

UPLOAD_VERSION = Rpc(
    REPOSITORY_SERVICE, "UploadVersion", repository.UploadVersionRequest, repository.UploadVersionResponse
)
RESUME_UPLOAD = Rpc(
    REPOSITORY_SERVICE, "ResumeUpload", repository.ResumeUploadRequest, repository.ResumeUploadResponse
)
LIST_VERSIONS = Rpc(
    REPOSITORY_SERVICE, "ListVersions", repository.ListVersionsRequest, repository.ListVersionsResponse
)
ACTIVATE_VERSION = Rpc(
    REPOSITORY_SERVICE, "ActivateVersion", repository.ActivateVersionRequest, repository.ActivateVersionResponse
)
ROLL_BACK = Rpc(REPOSITORY_SERVICE, "RollBack", repository.RollBackRequest, repository.RollBackResponse)
DELETE_VERSION = Rpc(
    REPOSITORY_SERVICE, "DeleteVersion", repository.DeleteVersionRequest, repository.DeleteVersionResponse
)
GET_ALIASES = Rpc(REPOSITORY_SERVICE, "GetAliases", repository.GetAliasesRequest, repository.GetAliasesResponse)
SET_CANARY = Rpc(REPOSITORY_SERVICE, "SetCanary", repository.SetCanaryRequest, repository.SetCanaryResponse)
SET_SHADOW = Rpc(REPOSITORY_SERVICE, "SetShadow", repository.SetShadowRequest, repository.SetShadowResponse)
GET_SHADOW_REPORT = Rpc(
    REPOSITORY_SERVICE, "GetShadowReport", repository.GetShadowReportRequest, repository.GetShadowReportResponse
)
WATCH_VERSIONS = Rpc(
    REPOSITORY_SERVICE, "WatchVersions", repository.WatchVersionsRequest, repository.WatchVersionsResponse
)

CHECK_HEALTH = Rpc(
    "grpc.health.v1.Health", "Check", details_pb2.HealthCheckRequest, details_pb2.HealthCheckResponse
)
