"""Asks agent-server for recommendations."""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterable, Iterator, Optional, Sequence

from lea_client import rpc
from lea_client.channel import PendingCall
from lea_client.client import Client
from lea_client.proto.agent.v1.agent_pb2 import (
    RecommendRequest,
    RecommendResponse,
    ScoreItemsRequest,
    ScoreItemsResponse,
)
from lea_client.proto.common.v1.common_pb2 import UNKNOWN_ITEMS_ERROR, UNKNOWN_ITEMS_SKIP


class AgentClient(Client):
    """Asks agent-server for recommendations.

    Items are the catalogue's own ids, histories are oldest first. An id that the catalogue does not hold is InvalidArgument with
    reason UNKNOWN_ITEM, or with `skip_unknown` left out and told in the answer's `skipped_item_ids`. Every method raises LeaError
    when the call failed.
    """

    _SERVICE = rpc.AGENT_SERVICE

    def recommend(
        self,
        history: Iterable[str] = (),
        k: int = 10,
        *,
        exclude: Iterable[str] = (),
        allow: Iterable[str] = (),
        exclude_history: bool = False,
        temperature: float = 0.0,
        seed: int = 0,
        skip_unknown: bool = False,
        user: str = "",
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> RecommendResponse:
        """The k best items to show next, best first.

        Args:
            history: what the user did, oldest first, at most 10,000 ids; none: a user who has done nothing yet.
            k: items wanted, 1 up to the catalogue's size.
            exclude: never recommended.
            allow: when there are any, only these may be recommended.
            exclude_history: items of the history are not recommended.
            temperature: above 0: items are drawn, the larger the more at random; see `propensity` in the answer.
            seed: of that drawing.
            user: whose call it is; keeps a user on one side of a canary.
            version: that must answer; None: the client's.
            deadline: seconds; None: the settings'.
        """
        request = self._request(
            history, k, exclude, allow, exclude_history, temperature, seed, skip_unknown, user, version
        )
        return self.channel.call(rpc.RECOMMEND, request, deadline=deadline)

    def recommend_many(
        self,
        histories: Iterable[Sequence[str]],
        k: int = 10,
        *,
        exclude: Iterable[str] = (),
        allow: Iterable[str] = (),
        exclude_history: bool = False,
        temperature: float = 0.0,
        seed: int = 0,
        skip_unknown: bool = False,
        version: Optional[int] = None,
        deadline: Optional[float] = None,
        in_flight: int = 32,
    ) -> Iterator[RecommendResponse]:
        """Recommendations for many users, in their order; the server runs together what is asked at once.

        Histories are drawn as answers are taken, at most `in_flight` ahead. The first failure ends the iterator. Arguments as
        of `recommend`, for all of them.

        Args:
            in_flight: calls under way, 1 to 1,024.
        """
        if not 1 <= in_flight <= 1024:
            raise ValueError(f"in_flight must be in [1, 1024] but is {in_flight}")
        excluded, allowed = tuple(exclude), tuple(allow)
        pending: Deque[PendingCall[RecommendResponse]] = deque()
        try:
            for history in histories:
                request = self._request(
                    history, k, excluded, allowed, exclude_history, temperature, seed, skip_unknown, "", version
                )
                pending.append(self.channel.start(rpc.RECOMMEND, request, deadline=deadline))
                if len(pending) >= in_flight:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for call in pending:
                call.cancel()

    def score(
        self,
        history: Iterable[str],
        items: Iterable[str],
        *,
        skip_unknown: bool = False,
        user: str = "",
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> ScoreItemsResponse:
        """What the policy makes of items that the caller names, in the caller's order."""
        request = ScoreItemsRequest(
            history_item_ids=history,
            item_ids=items,
            unknown_items=UNKNOWN_ITEMS_SKIP if skip_unknown else UNKNOWN_ITEMS_ERROR,
            version=self._pin(version),
            user_id=user,
        )
        return self.channel.call(rpc.SCORE_ITEMS, request, deadline=deadline)

    def _request(
        self,
        history: Iterable[str],
        k: int,
        exclude: Iterable[str],
        allow: Iterable[str],
        exclude_history: bool,
        temperature: float,
        seed: int,
        skip_unknown: bool,
        user: str,
        version: Optional[int],
    ) -> RecommendRequest:
        request = RecommendRequest(history_item_ids=history, k=k)
        # most calls set none of these, and each costs a tenth of what making a message does
        if exclude:
            request.exclude_item_ids.extend(exclude)
        if allow:
            request.allow_item_ids.extend(allow)
        if exclude_history:
            request.exclude_history = True
        if temperature:
            request.exploration.temperature = temperature
            request.exploration.seed = seed
        if skip_unknown:
            request.unknown_items = UNKNOWN_ITEMS_SKIP
        if user:
            request.user_id = user
        pinned = self.version if version is None else version
        if pinned:
            request.version.expected_version = pinned
        return request
