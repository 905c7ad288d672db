"""Asks env-server for states, rewards and positive actions."""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import Callable, Iterable, Iterator, List, Optional, Sequence, Tuple, TypeVar

from lea_client import rpc
from lea_client.client import Client
from lea_client.proto.common.v1.common_pb2 import UNKNOWN_ITEMS_ERROR, UNKNOWN_ITEMS_SKIP, ModelVersion, UnknownItems
from lea_client.proto.environment.v1.environment_pb2 import (
    AnnotateRequest,
    AnnotateResponse,
    Augmentation,
    AugmentActionsRequest,
    AugmentQuery,
    AugmentResult,
    GetEnvironmentRequest,
    GetEnvironmentResponse,
    GetStatesRequest,
    NewItem,
    PutItemsRequest,
    PutItemsResponse,
    Reward,
    ScoreActionsRequest,
    ScoreQuery,
    ScoreResult,
    StateQuery,
    StateResult,
    TextColumn,
)
from lea_client.streams import converse

_BATCH = 64  # queries in one call, of at most 256
_T = TypeVar("_T")
_A = TypeVar("_A")


@dataclasses.dataclass(frozen=True)
class Query:
    """What is asked about one user.

    Attributes:
        history: what the user did, oldest first, at most 10,000 ids.
        items: for `score` the candidates, 1 to 1,000 different ids; for `augment` further items that are never handed out.
    """

    history: Sequence[str]
    items: Sequence[str] = ()


class EnvironmentClient(Client):
    """Asks env-server for states, rewards and positive actions.

    Methods that take many users send them in calls of 64 and join the answers, in order, as an iterator that asks as it is taken. All
    of the answers of one method call are by one version: where another goes live in between, the next batch raises
    FailedPrecondition with reason VERSION_MISMATCH. Every method raises LeaError when the call failed.
    """

    _SERVICE = rpc.ENVIRONMENT_SERVICE

    def describe(self) -> GetEnvironmentResponse:
        """The live environment: its version, catalogue, width of states, quality, caches."""
        return self.channel.call(rpc.GET_ENVIRONMENT, GetEnvironmentRequest())

    def states(
        self,
        histories: Iterable[Sequence[str]],
        *,
        all_prefixes: bool = False,
        skip_unknown: bool = False,
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> Iterator[StateResult]:
        """The state of each history, or with `all_prefixes` the states of all its prefixes, from the empty one on.

        See `lea_client.vectors` for the numbers in them.
        """

        def ask(batch: List[Sequence[str]], pinned: int) -> Tuple[ModelVersion, Iterable[StateResult]]:
            request = GetStatesRequest(
                queries=[StateQuery(history_item_ids=history, all_prefixes=all_prefixes) for history in batch],
                unknown_items=_unknown(skip_unknown),
                version=self._pin(pinned),
            )
            answer = self.channel.call(rpc.GET_STATES, request, deadline=deadline)
            return answer.model, answer.results

        return self._by_batches(histories, ask, version)

    def score(
        self,
        queries: Iterable[Query],
        *,
        skip_unknown: bool = False,
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> Iterator[ScoreResult]:
        """The rewards of each query's items as actions after its history."""

        def ask(batch: List[Query], pinned: int) -> Tuple[ModelVersion, Iterable[ScoreResult]]:
            request = ScoreActionsRequest(
                queries=[ScoreQuery(history_item_ids=q.history, candidate_item_ids=q.items) for q in batch],
                unknown_items=_unknown(skip_unknown),
                version=self._pin(pinned),
            )
            answer = self.channel.call(rpc.SCORE_ACTIONS, request, deadline=deadline)
            return answer.model, answer.results

        return self._by_batches(queries, ask, version)

    def rewards(
        self,
        history: Iterable[str],
        items: Iterable[str],
        *,
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> List[Reward]:
        """The rewards of some items as actions after one history, in the items' order."""
        request = ScoreActionsRequest(
            queries=[ScoreQuery(history_item_ids=history, candidate_item_ids=items)], version=self._pin(version)
        )
        return list(self.channel.call(rpc.SCORE_ACTIONS, request, deadline=deadline).results[0].rewards)

    def augment(
        self,
        queries: Iterable[Query],
        *,
        actions: int = 1,
        candidates: int = 0,
        temperature: float = 0.0,
        seed: int = 0,
        skip_unknown: bool = False,
        version: Optional[int] = None,
        deadline: Optional[float] = None,
    ) -> Iterator[AugmentResult]:
        """Positive actions: items that the environment expects each user to like next, best first.

        Args:
            queries: whose `items` are never handed out, as those of the history are not.
            actions: a history, 1 to 100.
            candidates: taken by similarity before the reward model chooses; 0: 50, or `actions` where that is more.
            temperature: above 0: drawn, the larger the more at random.
            seed: of that drawing.
        """
        how = Augmentation(actions=actions, candidates=candidates, temperature=temperature, seed=seed)

        def ask(batch: List[Query], pinned: int) -> Tuple[ModelVersion, Iterable[AugmentResult]]:
            request = AugmentActionsRequest(
                queries=[AugmentQuery(history_item_ids=q.history, exclude_item_ids=q.items) for q in batch],
                unknown_items=_unknown(skip_unknown),
                version=self._pin(pinned),
                augmentation=how,
            )
            answer = self.channel.call(rpc.AUGMENT_ACTIONS, request, deadline=deadline)
            return answer.model, answer.results

        return self._by_batches(queries, ask, version)

    def annotate(self, requests: Iterable[AnnotateRequest], *, in_flight: int = 8) -> Iterator[AnnotateResponse]:
        """Annotates sequences in bulk over one stream: states of all prefixes, rewards, positive actions.

        Requests are drawn as answers are taken, on the same thread, with at most `in_flight` sequences under way, here and
        on the server together. A stream is never repeated: what was answered until it failed stands, and a new call goes on
        from there. Leaving the iterator, or closing it, ends the stream.

        Args:
            in_flight: sequences asked for and not yet taken, 1 to 1,024.

        Raises:
            DeadlineExceeded: with reason STREAM_IDLE if no answer comes within the settings' idle timeout.
            LeaError: if the stream failed.
        """
        if not 1 <= in_flight <= 1024:
            raise ValueError(f"in_flight must be in [1, 1024] but is {in_flight}")
        return converse(
            self.channel.open_stream(rpc.ANNOTATE),
            (self._pinned(request) for request in requests),
            in_flight=in_flight,
            idle_timeout=self.channel.settings.idle_timeout,
            call=f"{rpc.ANNOTATE.name} at {self.channel.target}",
        )

    def put_items(
        self, items: Iterable[NewItem], *, request_id: str = "", version: Optional[int] = None
    ) -> PutItemsResponse:
        """Registers items by their texts while the server runs; `new_item` makes one.

        Args:
            request_id: makes a repeat answer as the first did; at most 128 characters.
        """
        request = PutItemsRequest(items=items, request_id=request_id, version=self._pin(version))
        return self.channel.call(rpc.PUT_ITEMS, request, deadline=self.channel.settings.slow_call_deadline)

    def _pinned(self, request: AnnotateRequest) -> AnnotateRequest:
        if not self.version or request.version.expected_version:
            return request
        pinned = AnnotateRequest()
        pinned.CopyFrom(request)
        pinned.version.expected_version = self.version
        return pinned

    def _by_batches(
        self,
        queries: Iterable[_T],
        ask: Callable[[List[_T], int], Tuple[ModelVersion, Iterable[_A]]],
        version: Optional[int],
    ) -> Iterator[_A]:
        pinned = self.version if version is None else version
        source = iter(queries)
        while True:
            batch = list(islice(source, _BATCH))
            if not batch:
                return
            model, results = ask(batch, pinned)
            pinned = model.version
            yield from results


def new_item(item_id: str, **columns: str) -> NewItem:
    """An item for `put_items`: its texts by the names of the columns, the title first."""
    return NewItem(item_id=item_id, columns=[TextColumn(name=name, text=text) for name, text in columns.items()])


def _unknown(skip: bool) -> UnknownItems:
    return UNKNOWN_ITEMS_SKIP if skip else UNKNOWN_ITEMS_ERROR
