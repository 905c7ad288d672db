from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from contract import Servers  # noqa: E402


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Both servers over known models; see clients/contract/README.md."""
    servers = Servers()
    yield servers
    servers.close()
