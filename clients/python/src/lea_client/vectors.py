"""Embeddings, as they travel, turned into numbers."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, List

from lea_client.proto.common.v1.common_pb2 import Embeddings

if TYPE_CHECKING:
    import numpy as np


def rows(embeddings: Embeddings) -> List["array[float]"]:
    """The rows as arrays of float32, without numpy."""
    flat = _flat(embeddings)
    width = embeddings.dimension
    return [flat[row * width : (row + 1) * width] for row in range(embeddings.count)]


def matrix(embeddings: Embeddings) -> "np.ndarray[Any, Any]":
    """A float32 matrix of [count, dimension].

    Raises:
        ImportError: where numpy is not installed (`pip install lea-client[numpy]`).
    """
    import numpy as np

    shape = (embeddings.count, embeddings.dimension)
    if embeddings.packed:
        return np.frombuffer(embeddings.packed, dtype="<f4").reshape(shape)
    return np.array(embeddings.values, dtype=np.float32).reshape(shape)


def _flat(embeddings: Embeddings) -> "array[float]":
    if not embeddings.packed:
        return array("f", embeddings.values)
    flat = array("f")
    flat.frombytes(embeddings.packed)
    if sys.byteorder == "big":
        flat.byteswap()
    return flat
