"""Lea's client for Python: recommendations from agent-server, rewards and states from env-server.

    import lea_client

    with lea_client.AgentClient.connect("localhost:7072") as agent:
        for item in agent.recommend(["item-1", "item-2"], k=5).items:
            print(item.item_id, item.score)

Start with `AgentClient`, `EnvironmentClient` and `RepositoryClient`; what may go wrong is in `LeaError` and its kinds. For
reinforcement learning there is `lea_client.gym`.
"""

from lea_client.agent import AgentClient
from lea_client.channel import Channel, PendingCall, connect
from lea_client.environment import EnvironmentClient, Query, new_item
from lea_client.errors import (
    Cancelled,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    LeaError,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
)
from lea_client.proto.environment.v1.environment_pb2 import AnnotateRequest, Augmentation
from lea_client.repository import RepositoryClient
from lea_client.settings import Settings, Tls

__version__ = "0.1.0"

__all__ = [
    "AgentClient",
    "AnnotateRequest",
    "Augmentation",
    "Cancelled",
    "Channel",
    "DeadlineExceeded",
    "EnvironmentClient",
    "FailedPrecondition",
    "InvalidArgument",
    "LeaError",
    "NotFound",
    "PendingCall",
    "PermissionDenied",
    "Query",
    "RepositoryClient",
    "ResourceExhausted",
    "Settings",
    "Tls",
    "Unavailable",
    "connect",
    "new_item",
]
