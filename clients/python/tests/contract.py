"""Reads the clients' contract (clients/contract/README.md): cases, builders, matchers, and the servers to run them against."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Optional

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "clients" / "contract"
_START = 300.0


def cases() -> List[Dict[str, Any]]:
    """All cases, in order."""
    return [
        case
        for file in sorted((CONTRACT / "cases").glob("*.json"))
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    ]


class Servers:
    """The servers of the contract: those that LEA_CONTRACT names, or a process of their own."""

    def __init__(self) -> None:
        self._process: Optional["subprocess.Popen[str]"] = None
        control = os.environ.get("LEA_CONTRACT")
        if control:
            self.endpoints: Dict[str, str] = json.loads(_get(control + "/"))
            return
        self._process = subprocess.Popen(
            [str(ROOT / "lea"), "contract"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("./lea contract did not start")
        self.endpoints = json.loads(line)

    def control(self, server: str, action: str, **query: Any) -> Any:
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return json.loads(_get(f"{self.endpoints['control']}/{server}/{action}" + (f"?{text}" if text else "")))

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(60)


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=_START) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as e:
        raise RuntimeError(f"{url}: {e.code} {e.read().decode()}") from e


class Saved:
    """Answers that a case keeps."""

    def __init__(self) -> None:
        self._answers: Dict[str, Any] = {}

    def keep(self, name: str, answer: Any) -> None:
        self._answers[name] = answer

    def find(self, path: str) -> Any:
        name, *rest = path.split(".")
        value = self._answers[name]
        for step in rest:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value


def build(value: Any, saved: Saved) -> Any:
    """A request with its builders carried out."""
    if isinstance(value, list):
        return [build(element, saved) for element in value]
    if not isinstance(value, dict):
        return value
    keys = {key for key in value if key.startswith("$")}
    if not keys:
        return {key: build(element, saved) for key, element in value.items()}
    if keys == {"$repeat", "$times"}:
        return [build(value["$repeat"], saved)] * value["$times"]
    if keys == {"$items"}:
        first, end = value["$items"]
        return [f"item-{i}" for i in range(first, end)]
    if keys == {"$join"}:
        return [element for part in value["$join"] for element in build(part, saved)]
    if keys == {"$saved"}:
        return saved.find(value["$saved"])
    raise ValueError(f"there is no builder {sorted(keys)}")


def numbered(value: Any, number: int) -> Any:
    """A request of one of several calls at once."""
    if isinstance(value, str):
        return value.replace("{n}", str(number))
    if isinstance(value, list):
        return [numbered(element, number) for element in value]
    if isinstance(value, dict):
        return {key: numbered(element, number) for key, element in value.items()}
    return value


def mismatch(expected: Any, found: Any, saved: Saved, path: str = "") -> Optional[str]:
    """Why a value does not fit a matcher; None if it does."""

    def problem(what: str) -> str:
        return f"{path or 'it'} should {what} but is {json.dumps(found, ensure_ascii=False)[:500]}"

    if isinstance(expected, dict) and any(key.startswith("$") for key in expected):
        for key, bound in expected.items():
            why = _mismatch_by(key, bound, expected, found, saved, path)
            if why is not None:
                return problem(why)
        return None
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return problem(f"be an object with {sorted(expected)}")
        for key, value in expected.items():
            if key not in found:
                return problem(f"have {key}")
            why = mismatch(value, found[key], saved, f"{path}.{key}" if path else key)
            if why is not None:
                return why
        return None
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return problem(f"be a list of {len(expected)}")
        for i, (value, element) in enumerate(zip(expected, found)):
            why = mismatch(value, element, saved, f"{path}[{i}]")
            if why is not None:
                return why
        return None
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return None if _number(found) == expected else problem(f"be {expected}")
    return None if expected == found and type(expected) is type(found) else problem(f"be {json.dumps(expected)}")


def _mismatch_by(key: str, bound: Any, matcher: Any, found: Any, saved: Saved, path: str) -> Optional[str]:
    """What should be, if it is not."""
    number = _number(found)
    if key == "$close":
        within = matcher.get("$within", 1e-4)
        return None if number is not None and abs(number - bound) <= within else f"be within {within} of {bound}"
    if key == "$within":
        return None if "$close" in matcher else "have $close beside $within"
    if key == "$least":
        return None if number is not None and number >= bound else f"be at least {bound}"
    if key == "$most":
        return None if number is not None and number <= bound else f"be at most {bound}"
    if key == "$size":
        sized = isinstance(found, (list, str))
        return None if sized and mismatch(bound, len(found), saved) is None else f"be of size {bound}"
    if key == "$each":
        if not isinstance(found, list):
            return "be a list"
        return next((why for why in (mismatch(bound, element, saved) for element in found) if why), None)
    if key == "$contains":
        if isinstance(found, str):
            return None if bound in found else f"contain {bound!r}"
        fits = isinstance(found, list) and any(mismatch(bound, element, saved) is None for element in found)
        return None if fits else f"contain {bound}"
    if key == "$saved":
        return None if saved.find(bound) == found else f"be the same as {bound}"
    if key == "$not":
        return None if mismatch(bound, found, saved) is not None else f"not fit {bound}"
    raise ValueError(f"there is no matcher {key}")


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


class After(threading.Thread):
    """Does something after a while, beside a step; `join` raises what went wrong."""

    def __init__(self, seconds: float, action: Any) -> None:
        super().__init__()
        self._seconds = seconds
        self._action = action
        self._problem: Optional[BaseException] = None

    def run(self) -> None:
        time.sleep(self._seconds)
        try:
            self._action()
        except BaseException as e:  # told by join
            self._problem = e

    def join(self, timeout: Optional[float] = None) -> None:
        super().join(timeout)
        if self._problem is not None:
            raise self._problem
