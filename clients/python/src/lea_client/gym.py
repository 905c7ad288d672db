"""The served language environment as one for reinforcement learning, after Gymnasium's interface.

An episode is a user. What is observed is the user's state, a vector; an action shows one of the items; the reward is the
environment's for that item after the user's history, in (0, 1). `LeaEnv` is for one user, `LeaVectorEnv` for many, whose steps travel
together. Both are Gymnasium environments where Gymnasium is installed, and look alike where it is not. numpy is needed.

    with lea_client.EnvironmentClient.connect("localhost:7071") as client:
        env = LeaEnv(client, items, max_steps=10)
        observation, info = env.reset(seed=7)
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from lea_client import spaces
from lea_client.environment import EnvironmentClient, Query
from lea_client.proto.environment.v1.environment_pb2 import REWARD_SOURCE_FALLBACK
from lea_client.vectors import matrix

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

try:
    import gymnasium

    _Env: Any = gymnasium.Env
    _VectorEnv: Any = gymnasium.vector.VectorEnv
except ImportError:
    gymnasium = None

    class _Base:
        """What Gymnasium's own bases give, as far as algorithms ask for it."""

        metadata: Dict[str, Any] = {"render_modes": []}
        render_mode: Optional[str] = None
        spec: Any = None
        _np_random: Optional[np.random.Generator] = None

        @property
        def unwrapped(self) -> "_Base":
            """Itself: nothing is wrapped."""
            return self

        @property
        def np_random(self) -> np.random.Generator:
            """Where its chance comes from; seeded by `reset`."""
            if self._np_random is None:
                self._np_random = np.random.default_rng()
            return self._np_random

        def reset(self, *, seed: Any = None, options: Optional[Dict[str, Any]] = None) -> Any:
            """Begins its chance anew where there is a seed."""
            if seed is not None:
                self._np_random = np.random.default_rng(seed)

        def render(self) -> None:
            """There is nothing to see."""

        def close(self) -> None:
            """The client is the caller's to close."""

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

    _Env = _VectorEnv = _Base


@dataclasses.dataclass(frozen=True)
class Rules:
    """When an episode ends, and what showing an item again is worth.

    Attributes:
        max_steps: after so many the episode is truncated: cut off, although the user would stay.
        leave_below: a user leaves, which terminates the episode, after `patience` rewards in a row below this; 0: never.
        patience: 1 or more.
        repeat_reward: for an item that was shown in this episode before, in place of the environment's; None: the
            environment's.
    """

    max_steps: int = 10
    leave_below: float = 0.0
    patience: int = 3
    repeat_reward: Optional[float] = 0.0

    def __post_init__(self) -> None:
        if self.max_steps < 1:
            raise ValueError(f"max_steps must be at least 1 but is {self.max_steps}")
        if not 0 <= self.leave_below <= 1:
            raise ValueError(f"leave_below must be in [0, 1] but is {self.leave_below}")
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1 but is {self.patience}")


class _User:
    """One episode."""

    def __init__(self, history: Sequence[str]) -> None:
        self.history = list(history)
        self.shown: List[int] = []
        self.disappointments = 0

    def step(self, action: int, item: str, reward: float, rules: Rules) -> Tuple[float, bool, bool]:
        """Shows an item. What it was worth, whether the user leaves, whether the episode is cut off."""
        if rules.repeat_reward is not None and action in self.shown:
            reward = rules.repeat_reward
        self.history.append(item)
        self.shown.append(action)
        self.disappointments = self.disappointments + 1 if reward < rules.leave_below else 0
        terminated = self.disappointments >= rules.patience
        return reward, terminated, not terminated and len(self.shown) >= rules.max_steps


class _World:
    """What the environments ask of the server: everything about all users in one call each, all by one version."""

    def __init__(
        self, client: EnvironmentClient, items: Sequence[str], starts: Sequence[Sequence[str]], rules: Rules
    ) -> None:
        if not items or len(set(items)) != len(items):
            raise ValueError(f"items must be different and at least 1, but are {len(items)}, {len(set(items))} different")
        if not starts:
            raise ValueError("starts must hold at least one history; an empty one is a new user")
        described = client.describe()
        self.client = client.pinned(client.version or described.model.version)
        self.items = list(items)
        self.starts = [list(start) for start in starts]
        self.rules = rules
        self.dimension = described.state_dimension

    def states(self, users: Sequence[_User]) -> "Array":
        """What is observed of each: [users, dimension]."""
        results = self.client.states([user.history for user in users])
        states: Array = np.concatenate([matrix(result.states) for result in results])
        return states

    def rewards(self, users: Sequence[_User], actions: Sequence[int]) -> List[float]:
        """What an action is worth to each."""
        queries = [Query(user.history, [self.items[action]]) for user, action in zip(users, actions)]
        rewards = [result.rewards[0] for result in self.client.score(queries)]
        if any(reward.source == REWARD_SOURCE_FALLBACK for reward in rewards):
            raise RuntimeError("the server gave a stand-in for a reward; nothing can be learned from it")
        return [reward.reward for reward in rewards]

    def start(self, chance: np.random.Generator, options: Optional[Dict[str, Any]]) -> _User:
        """A user with a history of `starts`, or with that of the options."""
        if options and "history" in options:
            return _User(options["history"])
        return _User(self.starts[int(chance.integers(len(self.starts)))])

    def mask(self, user: _User) -> "Array":
        """1 for actions whose item was not shown in this episode yet."""
        mask = np.ones(len(self.items), np.int8)
        mask[user.shown] = 0
        return mask


class LeaEnv(_Env):  # type: ignore[misc]
    """One user at a time.

    `reset` takes `options={"history": [...]}` to begin with a certain user. In the infos: `history`, the ids so far;
    `action_mask`, 1 for items that were not shown in this episode; `item_id`, what was shown; `version`, of the environment.
    The same seed and actions give the same episode. Where another version of the environment goes live, steps raise
    FailedPrecondition: make another LeaEnv.
    """

    metadata: Dict[str, Any] = {"render_modes": []}

    def __init__(
        self,
        client: EnvironmentClient,
        items: Sequence[str],
        *,
        starts: Sequence[Sequence[str]] = ((),),
        rules: Rules = Rules(),
    ) -> None:
        """Asks the server which version is live, and stays with it.

        Args:
            client: the caller's to close.
            items: ids that may be shown; action i shows the i-th.
            starts: histories of users, of which each episode draws one; by default all are new.
            rules: when episodes end.
        """
        self._world = _World(client, items, starts, rules)
        self._user: Optional[_User] = None
        self._over = True
        self.render_mode = None
        self.action_space = spaces.discrete(len(items))
        self.observation_space = spaces.box((self._world.dimension,))

    def reset(
        self, *, seed: Optional[int] = None, options: Optional[Dict[str, Any]] = None
    ) -> Tuple["Array", Dict[str, Any]]:
        """Begins an episode. The observation and its info."""
        super().reset(seed=seed)
        self._user = self._world.start(self.np_random, options)
        self._over = False
        return self._world.states([self._user])[0], self._info(self._user)

    def step(self, action: Any) -> Tuple["Array", float, bool, bool, Dict[str, Any]]:
        """Shows an item: observation, reward, terminated (the user left), truncated (max_steps), info."""
        user = self._user
        if user is None or self._over:
            raise RuntimeError("the episode is over: call reset before step")
        index = _index(action, len(self._world.items))
        item = self._world.items[index]
        worth = self._world.rewards([user], [index])[0]
        reward, terminated, truncated = user.step(index, item, worth, self._world.rules)
        self._over = terminated or truncated
        return self._world.states([user])[0], reward, terminated, truncated, {**self._info(user), "item_id": item}

    def render(self) -> None:
        """There is nothing to see; the info has the history."""

    def close(self) -> None:
        """The client is the caller's to close."""

    def _info(self, user: _User) -> Dict[str, Any]:
        return {
            "history": list(user.history),
            "action_mask": self._world.mask(user),
            "version": self._world.client.version,
        }


class LeaVectorEnv(_VectorEnv):  # type: ignore[misc]
    """Many users at a time; a step of all of them is one call for the rewards and one for the states.

    An episode that has ended begins anew with the next `step`, which ignores that user's action and gives a reward of 0
    (Gymnasium's autoreset mode NEXT_STEP). `reset` takes one seed, then user i has seed + i, or one for each.
    """

    metadata: Dict[str, Any] = {"render_modes": []}

    def __init__(
        self,
        client: EnvironmentClient,
        items: Sequence[str],
        num_envs: int,
        *,
        starts: Sequence[Sequence[str]] = ((),),
        rules: Rules = Rules(),
    ) -> None:
        """As `LeaEnv`, for `num_envs` users."""
        if num_envs < 1:
            raise ValueError(f"num_envs must be at least 1 but is {num_envs}")
        self._world = _World(client, items, starts, rules)
        self._users: List[_User] = []
        self._chance = [np.random.default_rng() for _ in range(num_envs)]
        self._over = np.zeros(num_envs, bool)
        self.num_envs = num_envs
        self.render_mode = None
        self.metadata = {**self.metadata, "autoreset_mode": _next_step()}
        self.single_action_space = spaces.discrete(len(items))
        self.single_observation_space = spaces.box((self._world.dimension,))
        self.action_space = spaces.multi_discrete(len(items), num_envs)
        self.observation_space = spaces.box((num_envs, self._world.dimension))

    def reset(
        self,
        *,
        seed: Union[int, Sequence[Optional[int]], None] = None,
        options: Optional[Dict[str, Any]] = None,
    ) -> Tuple["Array", Dict[str, Any]]:
        """Begins all episodes: observations [num_envs, dimension], infos."""
        for i, one in enumerate(self._seeds(seed)):
            if one is not None:
                self._chance[i] = np.random.default_rng(one)
        self._users = [self._world.start(chance, options) for chance in self._chance]
        self._over[:] = False
        return self._world.states(self._users), self._infos()

    def step(self, actions: Any) -> Tuple["Array", "Array", "Array", "Array", Dict[str, Any]]:
        """Shows an item to each: observations, rewards, terminations, truncations, infos."""
        if not self._users:
            raise RuntimeError("there are no episodes yet: call reset before step")
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,):
            raise ValueError(f"actions must be {self.num_envs} but have the shape {actions.shape}")
        rewards = np.zeros(self.num_envs, np.float64)
        terminated = np.zeros(self.num_envs, bool)
        truncated = np.zeros(self.num_envs, bool)
        acting = [i for i in range(self.num_envs) if not self._over[i]]
        chosen = [_index(actions[i], len(self._world.items)) for i in acting]
        worths = self._world.rewards([self._users[i] for i in acting], chosen)
        for i, action, worth in zip(acting, chosen, worths):
            rewards[i], terminated[i], truncated[i] = self._users[i].step(
                action, self._world.items[action], worth, self._world.rules
            )
        for i in np.flatnonzero(self._over):
            self._users[i] = self._world.start(self._chance[i], None)
        self._over = terminated | truncated
        return self._world.states(self._users), rewards, terminated, truncated, self._infos()

    def render(self) -> None:
        """There is nothing to see."""

    def close(self, **_: Any) -> None:
        """The client is the caller's to close."""

    def _infos(self) -> Dict[str, Any]:
        return {"action_mask": np.stack([self._world.mask(user) for user in self._users])}

    def _seeds(self, seed: Union[int, Sequence[Optional[int]], None]) -> Sequence[Optional[int]]:
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, (int, np.integer)):
            return [int(seed) + i for i in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise ValueError(f"seeds must be {self.num_envs} but are {len(seed)}")
        return seed


def _index(action: Any, count: int) -> int:
    index = int(action)
    if index != action or not 0 <= index < count:
        raise ValueError(f"an action must be a whole number in [0, {count - 1}] but is {action!r}")
    return index


def _next_step() -> Any:
    try:
        from gymnasium.vector import AutoresetMode
    except ImportError:
        return "NextStep"
    return AutoresetMode.NEXT_STEP
