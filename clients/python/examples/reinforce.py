"""Trains a policy against the served language environment, and prints how much better than chance it becomes.

REINFORCE (Williams 1992) with a linear softmax policy on the user's state, in numpy:

    python3 examples/reinforce.py localhost:7071 item-0 item-1 item-2 ...
"""

from __future__ import annotations

import sys
from typing import Any, List, Sequence

import numpy as np

import lea_client
from lea_client.gym import LeaVectorEnv, Rules

Array = Any


class SoftmaxPolicy:
    """Chooses action a with a probability proportional to exp(w_a . state + b_a)."""

    def __init__(self, dimension: int, actions: int) -> None:
        self.weights = np.zeros((dimension + 1, actions))

    def probabilities(self, states: Array) -> Array:
        logits = _with_one(states) @ self.weights
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def sample(self, states: Array, chance: np.random.Generator) -> Array:
        bounds = self.probabilities(states).cumsum(axis=1)
        return (chance.random((len(states), 1)) > bounds).sum(axis=1).clip(max=bounds.shape[1] - 1)

    def learn(self, states: Array, actions: Array, advantages: Array, rate: float) -> None:
        """A step up the gradient of the mean of advantage * log probability."""
        towards = -self.probabilities(states)
        towards[np.arange(len(actions)), actions] += 1
        self.weights += rate * _with_one(states).T @ (towards * advantages[:, None]) / len(actions)


def train(env: LeaVectorEnv, updates: int, seed: int, rate: float = 2.0, discount: float = 0.9) -> List[float]:
    """Plays an episode with all users at once for each update. The mean reward of a step, update by update."""
    chance = np.random.default_rng(seed)
    policy = SoftmaxPolicy(env.single_observation_space.shape[0], int(env.single_action_space.n))
    means = []
    for update in range(updates):
        states, actions, rewards, alive = [], [], [], []
        observed, _ = env.reset(seed=seed if update == 0 else None)
        running = np.ones(env.num_envs, bool)
        while running.any():
            chosen = policy.sample(observed, chance)
            states.append(observed)
            actions.append(chosen)
            alive.append(running)
            observed, reward, terminated, truncated, _ = env.step(chosen)
            rewards.append(np.where(running, reward, 0))
            running = running & ~(terminated | truncated)
        returns = _returns(np.array(rewards), discount)
        taken = np.array(alive).ravel()
        advantages = (returns - returns.mean(axis=1, keepdims=True)).ravel()[taken]  # against the others at this step
        spread = advantages.std() + 1e-8
        policy.learn(
            np.concatenate(states)[taken], np.concatenate(actions)[taken], advantages / spread, rate
        )
        means.append(float(np.array(rewards).ravel()[taken].mean()))
    return means


def _returns(rewards: Array, discount: float) -> Array:
    returns = np.zeros_like(rewards)
    after = np.zeros(rewards.shape[1])
    for step in reversed(range(len(rewards))):
        after = rewards[step] + discount * after
        returns[step] = after
    return returns


def _with_one(states: Array) -> Array:
    return np.hstack([states, np.ones((len(states), 1))])


def main(target: str, items: Sequence[str], updates: int = 60) -> None:
    with lea_client.EnvironmentClient.connect(target) as client:
        env = LeaVectorEnv(client, items, num_envs=32, starts=[[item] for item in items], rules=Rules(max_steps=4))
        means = train(env, updates, seed=1)
    for update in range(0, updates, 10):
        mean = np.mean(means[update : update + 10])
        print(f"updates {update + 1:3d} to {update + 10:3d}: mean reward {mean:.3f} {'#' * int(40 * mean)}")
    print(f"at first, by chance: {np.mean(means[:3]):.3f}; at last: {np.mean(means[-10:]):.3f}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(f"usage: {sys.argv[0]} HOST:PORT ITEM ITEM ...")
    main(sys.argv[1], sys.argv[2:])
