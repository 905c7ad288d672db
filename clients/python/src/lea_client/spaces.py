"""Spaces of actions and observations: Gymnasium's own where it is installed, else ones that look alike."""

from __future__ import annotations

from typing import Any, Optional, Tuple, Union

import numpy as np


class _Space:
    """What the spaces here have in common: a shape, a type, and a generator of their own for `sample`."""

    def __init__(self, shape: Tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.np_random = np.random.default_rng()

    def seed(self, seed: Optional[int] = None) -> None:
        """Begins its draws anew."""
        self.np_random = np.random.default_rng(seed)


class Discrete(_Space):
    """Whole numbers 0..n-1."""

    def __init__(self, n: int) -> None:
        super().__init__((), np.int64)
        self.n = n
        self.start = 0

    def sample(self, mask: Optional[Any] = None) -> np.int64:
        """One of them, each as likely; of those whose mask is 1, where there is a mask with any."""
        if mask is not None:
            allowed = np.flatnonzero(np.asarray(mask))
            return np.int64(self.np_random.choice(allowed)) if len(allowed) else np.int64(0)
        return np.int64(self.np_random.integers(self.n))

    def contains(self, x: Any) -> bool:
        """Whether it is one of them."""
        return isinstance(x, (int, np.integer)) and 0 <= int(x) < self.n

    def __contains__(self, x: Any) -> bool:
        return self.contains(x)

    def __repr__(self) -> str:
        return f"Discrete({self.n})"


class MultiDiscrete(_Space):
    """A whole number for each of several environments."""

    def __init__(self, nvec: Any) -> None:
        self.nvec = np.array(nvec, dtype=np.int64)
        super().__init__(self.nvec.shape, np.int64)

    def sample(self) -> "np.ndarray[Any, Any]":
        """One for each."""
        return self.np_random.integers(self.nvec)

    def contains(self, x: Any) -> bool:
        """Whether there is one for each."""
        x = np.asarray(x)
        return x.shape == self.shape and bool(((x >= 0) & (x < self.nvec)).all())

    def __contains__(self, x: Any) -> bool:
        return self.contains(x)

    def __repr__(self) -> str:
        return f"MultiDiscrete({self.nvec})"


class Box(_Space):
    """Arrays of a shape."""

    def __init__(self, low: float, high: float, shape: Tuple[int, ...], dtype: Any = np.float32) -> None:
        super().__init__(shape, dtype)
        self.low = np.full(shape, low, dtype)
        self.high = np.full(shape, high, dtype)

    def sample(self) -> "np.ndarray[Any, Any]":
        """One of them, normally distributed."""
        return self.np_random.standard_normal(self.shape).clip(self.low, self.high).astype(self.dtype)

    def contains(self, x: Any) -> bool:
        """Whether it has the shape and lies within."""
        x = np.asarray(x)
        return x.shape == self.shape and bool(((x >= self.low) & (x <= self.high)).all())

    def __contains__(self, x: Any) -> bool:
        return self.contains(x)

    def __repr__(self) -> str:
        return f"Box{self.shape}"


Space = Union[Discrete, MultiDiscrete, Box]


def discrete(n: int) -> Any:
    """Whole numbers 0..n-1."""
    try:
        from gymnasium import spaces
    except ImportError:
        return Discrete(n)
    return spaces.Discrete(n)


def multi_discrete(n: int, count: int) -> Any:
    """Whole numbers 0..n-1, one for each of `count` environments."""
    try:
        from gymnasium import spaces
    except ImportError:
        return MultiDiscrete([n] * count)
    return spaces.MultiDiscrete(np.full(count, n))


def box(shape: Tuple[int, ...]) -> Any:
    """Arrays of float32 of a shape, without bounds."""
    try:
        from gymnasium import spaces
    except ImportError:
        return Box(-np.inf, np.inf, shape)
    return spaces.Box(-np.inf, np.inf, shape, np.float32)
