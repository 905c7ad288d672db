"""The environment for reinforcement learning, against the served one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

import pytest

np = pytest.importorskip("numpy")

import lea_client  # noqa: E402
from lea_client import gym, spaces  # noqa: E402
from lea_client.gym import LeaEnv, LeaVectorEnv, Rules  # noqa: E402

from contract import Servers  # noqa: E402

_ITEMS = [f"item-{i}" for i in range(20)]
_EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def client(servers: Servers) -> Iterator[lea_client.EnvironmentClient]:
    servers.control("environment", "reset")
    with lea_client.EnvironmentClient.connect(servers.endpoints["environment"]) as client:
        yield client


def test_step_givesWhatTheServerGives(client: lea_client.EnvironmentClient) -> None:
    env = LeaEnv(client, _ITEMS, starts=[["item-30"]])
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation) and observation.dtype == np.float32
    assert info["history"] == ["item-30"] and info["version"] == 1
    observation, reward, terminated, truncated, info = env.step(np.int64(3))
    assert reward == client.rewards(["item-30"], ["item-3"])[0].reward
    (state,) = client.states([["item-30", "item-3"]])
    assert np.allclose(observation, lea_client.vectors.matrix(state.states)[0], atol=1e-5)
    assert (terminated, truncated) == (False, False)
    assert type(reward) is float and type(terminated) is bool
    assert info["item_id"] == "item-3" and info["history"] == ["item-30", "item-3"]
    assert info["action_mask"].tolist() == [int(i != 3) for i in range(20)]


def test_episode_maxSteps_isTruncatedNotTerminated(client: lea_client.EnvironmentClient) -> None:
    env = LeaEnv(client, _ITEMS, rules=Rules(max_steps=2))
    env.reset(seed=1)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(1)[2:4] == (False, True)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(2)


def test_episode_userLeaves_isTerminatedNotTruncated(client: lea_client.EnvironmentClient) -> None:
    env = LeaEnv(client, _ITEMS, rules=Rules(max_steps=2, leave_below=1.0, patience=2))
    env.reset(seed=1)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(1)[2:4] == (True, False)  # the last step that there is, but the user left


def test_step_itemShownBefore_isWorthWhatTheRulesSay(client: lea_client.EnvironmentClient) -> None:
    env = LeaEnv(client, _ITEMS, rules=Rules(repeat_reward=0.125))
    env.reset(seed=1)
    assert env.step(0)[1] != 0.125
    assert env.step(0)[1] == 0.125


def test_reset_sameSeedAndActions_isTheSameEpisode(client: lea_client.EnvironmentClient) -> None:
    def play() -> List[object]:
        env = LeaEnv(client, _ITEMS, starts=[[item] for item in _ITEMS])
        observation, info = env.reset(seed=11)
        told: List[object] = [info["history"], observation.tolist()]
        for action in (4, 2, 9):
            observation, reward, *_ = env.step(action)
            told += [reward, observation.tolist()]
        _, info = env.reset()  # goes on with the chance of the seed
        return told + [info["history"]]

    assert play() == play()


def test_reset_withAHistory_beginsThere(client: lea_client.EnvironmentClient) -> None:
    _, info = LeaEnv(client, _ITEMS).reset(options={"history": ["日本語の曲"]})
    assert info["history"] == ["日本語の曲"]


def test_step_notAnAction_isRefused(client: lea_client.EnvironmentClient) -> None:
    env = LeaEnv(client, _ITEMS)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    env.reset()
    for wrong in (20, -1, 0.5):
        with pytest.raises(ValueError, match=r"\[0, 19\]"):
            env.step(wrong)


def test_step_otherVersionGoesLive_isTold(client: lea_client.EnvironmentClient, servers: Servers) -> None:
    env = LeaEnv(client, _ITEMS)
    env.reset(seed=1)
    servers.control("environment", "activate", version=2)
    with pytest.raises(lea_client.FailedPrecondition):
        env.step(0)


def test_vector_isAsManySingleOnes(client: lea_client.EnvironmentClient) -> None:
    starts = [[item] for item in _ITEMS]
    rules = Rules(max_steps=2)
    many = LeaVectorEnv(client, _ITEMS, 3, starts=starts, rules=rules)
    ones = [LeaEnv(client, _ITEMS, starts=starts, rules=rules) for _ in range(3)]
    observed, infos = many.reset(seed=5)
    singles = [env.reset(seed=5 + i) for i, env in enumerate(ones)]
    assert observed.shape == (3, 16) and many.observation_space.contains(observed)
    assert np.allclose(observed, [observation for observation, _ in singles], atol=1e-5)
    for actions in ([1, 2, 3], [4, 4, 5]):
        observed, rewards, terminated, truncated, infos = many.step(np.array(actions))
        steps = [env.step(action) for env, action in zip(ones, actions)]
        assert np.allclose(observed, [step[0] for step in steps], atol=1e-5)
        assert np.allclose(rewards, [step[1] for step in steps], atol=1e-5)
        assert terminated.tolist() == [step[2] for step in steps]
        assert truncated.tolist() == [step[3] for step in steps]
        assert infos["action_mask"].tolist() == [step[4]["action_mask"].tolist() for step in steps]
    assert truncated.all()


def test_vector_endedEpisode_beginsAnewWithTheNextStep(client: lea_client.EnvironmentClient) -> None:
    env = LeaVectorEnv(client, _ITEMS, 2, rules=Rules(max_steps=1))
    assert str(env.metadata["autoreset_mode"]).endswith("NextStep") or "NEXT_STEP" in str(env.metadata["autoreset_mode"])
    first, _ = env.reset(seed=1)
    _, rewards, _, truncated, _ = env.step([0, 1])
    assert truncated.all() and (rewards > 0).all()
    observed, rewards, terminated, truncated, infos = env.step([0, 1])
    assert rewards.tolist() == [0, 0] and not (terminated | truncated).any()
    assert np.allclose(observed, first, atol=1e-5) and infos["action_mask"].all()


def test_vector_wrongShapes_areRefused(client: lea_client.EnvironmentClient) -> None:
    env = LeaVectorEnv(client, _ITEMS, 2)
    env.reset(seed=[1, None])
    with pytest.raises(ValueError, match="actions must be 2"):
        env.step([0])
    with pytest.raises(ValueError, match="seeds must be 2"):
        env.reset(seed=[1, 2, 3])


def test_world_badArguments_areNamed(client: lea_client.EnvironmentClient) -> None:
    with pytest.raises(ValueError, match="items must be different"):
        LeaEnv(client, ["a", "a"])
    with pytest.raises(ValueError, match="max_steps"):
        Rules(max_steps=0)


def test_spaces_areSeeded() -> None:
    for space in (spaces.discrete(7), spaces.multi_discrete(7, 3), spaces.box((4,))):
        space.seed(3)
        first = space.sample()
        space.seed(3)
        assert np.array_equal(first, space.sample())
        assert space.contains(first)
    assert not spaces.discrete(7).contains(7)
    assert spaces.discrete(7).sample(np.array([0, 0, 1, 0, 0, 0, 0], np.int8)) == 2


def test_withGymnasium_isOneOfItsEnvironments(client: lea_client.EnvironmentClient) -> None:
    checker = pytest.importorskip("gymnasium.utils.env_checker", reason="gymnasium is not installed")
    checker.check_env(LeaEnv(client, _ITEMS), skip_render_check=True)


def test_withSomethingCalledGymnasium_itsBasesAreUsed(tmp_path: Path) -> None:
    (tmp_path / "gymnasium").mkdir()
    (tmp_path / "gymnasium" / "__init__.py").write_text("from . import vector\nclass Env: pass\n")
    (tmp_path / "gymnasium" / "vector.py").write_text("class VectorEnv: pass\n")
    code = (
        "import sys, gymnasium\n"
        "from lea_client.gym import LeaEnv, LeaVectorEnv\n"
        "assert issubclass(LeaEnv, gymnasium.Env) and issubclass(LeaVectorEnv, gymnasium.vector.VectorEnv)\n"
    )
    path = [str(tmp_path), *(p for p in sys.path if p)]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{code}"], check=True)


def test_example_learns(client: lea_client.EnvironmentClient, servers: Servers) -> None:
    sys.path.insert(0, str(_EXAMPLES))
    try:
        import reinforce
    finally:
        sys.path.remove(str(_EXAMPLES))
    env = LeaVectorEnv(client, _ITEMS, 32, starts=[[item] for item in _ITEMS], rules=Rules(max_steps=4))
    chance = np.random.default_rng(0)
    at_random = []
    env.reset(seed=0)
    for _ in range(4):
        at_random.append(env.step(chance.integers(20, size=32))[1].mean())
    means = reinforce.train(env, updates=30, seed=1)
    assert np.mean(means[-5:]) > np.mean(at_random) + 0.25


def test_example_runs(client: lea_client.EnvironmentClient, servers: Servers, capsys: pytest.CaptureFixture) -> None:
    sys.path.insert(0, str(_EXAMPLES))
    try:
        import reinforce
    finally:
        sys.path.remove(str(_EXAMPLES))
    reinforce.main(servers.endpoints["environment"], _ITEMS[:5], updates=10)
    assert "mean reward" in capsys.readouterr().out
