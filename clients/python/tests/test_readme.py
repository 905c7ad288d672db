"""The README's examples do what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List

import pytest

from contract import Servers

_README = Path(__file__).parents[1] / "README.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _examples() -> List[str]:
    return _BLOCK.findall(_README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(_examples())))
def test_example(number: int, servers: Servers, capsys: pytest.CaptureFixture) -> None:
    for server in ("agent", "environment"):
        servers.control(server, "reset")
    code = _examples()[number]
    for documented, server in (("localhost:7072", "agent"), ("localhost:7071", "environment")):
        code = code.replace(documented, servers.endpoints[server])
    exec(compile(code, f"README example {number}", "exec"), {})
    printed = capsys.readouterr().out
    assert printed
    for expected in re.findall(r"print\(.*\)  # ([A-Z_]+.*)$", code, re.MULTILINE):
        assert expected in printed
