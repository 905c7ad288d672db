"""The contract that every client passes, run by this one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterator, List, Optional

import pytest
from google.protobuf import json_format

import lea_client
from lea_client import rpc

from contract import After, Saved, Servers, build, cases, mismatch, numbered

_METHODS = {
    method.name: method
    for method in (
        rpc.RECOMMEND,
        rpc.SCORE_ITEMS,
        rpc.GET_ENVIRONMENT,
        rpc.GET_STATES,
        rpc.SCORE_ACTIONS,
        rpc.AUGMENT_ACTIONS,
        rpc.LIST_VERSIONS,
        rpc.GET_ALIASES,
        rpc.ACTIVATE_VERSION,
        rpc.ROLL_BACK,
        rpc.SET_CANARY,
    )
}
_CALL = {"call", "request", "server", "deadline_ms", "retries", "cancel_after_ms", "concurrent", "meanwhile", "save"}
_KEYS = {
    "call": _CALL | {"expect", "attempts"},
    "stream": {"stream", "requests", "in_flight", "take", "meanwhile", "expect"},
    "control": {"control", "version"},
    "health": {"health", "server", "expect"},
}
_PATIENT = lea_client.Settings(call_deadline=20)
_COUNTED = 5.0


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_contract(case: Dict[str, Any], servers: Servers) -> None:
    assert set(case) == {"name", "server", "steps"}
    servers.control(case["server"], "reset")
    run = _Run(case["server"], servers)
    try:
        for number, step in enumerate(case["steps"]):
            why = run.step(step)
            assert why is None, f"step {number} of {case['name']}: {why}"
    finally:
        run.close()


class _Run:
    """A case under way."""

    def __init__(self, server: str, servers: Servers) -> None:
        self._server = server
        self._servers = servers
        self._saved = Saved()
        self._channels: Dict[Any, lea_client.Channel] = {}

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def step(self, step: Dict[str, Any]) -> Optional[str]:
        (kind,) = [kind for kind in _KEYS if kind in step]
        assert set(step) <= _KEYS[kind], f"unknown keys in {step}"
        if kind == "call":
            return self._count(step) if "attempts" in step else self._call(step)
        if kind == "stream":
            return self._stream(step)
        if kind == "health":
            found = self._channel(step).is_serving(step["health"])
            return None if found is step["expect"] else f"{step['health']!r} is {'not ' * (not found)}serving"
        self._control(step)
        return None

    def _channel(self, step: Dict[str, Any]) -> lea_client.Channel:
        server, retries = step.get("server", self._server), step.get("retries", True)
        if (server, retries) not in self._channels:
            settings = _PATIENT if retries else lea_client.Settings(call_deadline=20, max_attempts=1)
            channel = lea_client.connect(self._servers.endpoints[server], settings=settings)
            channel.is_serving()
            self._channels[server, retries] = channel
        return self._channels[server, retries]

    def _control(self, step: Dict[str, Any]) -> None:
        query = {"version": step["version"]} if "version" in step else {}
        self._servers.control(self._server, step["control"], **query)

    def _beside(self, step: Dict[str, Any]) -> List[After]:
        if "meanwhile" not in step:
            return []
        meanwhile = After(step["meanwhile"]["after_ms"] / 1000, lambda: self._control(step["meanwhile"]))
        meanwhile.start()
        return [meanwhile]

    def _call(self, step: Dict[str, Any]) -> Optional[str]:
        channel, method = self._channel(step), _METHODS[step["call"]]
        request = build(step.get("request", {}), self._saved)
        many = step.get("concurrent")
        messages = [
            json_format.ParseDict(request if many is None else numbered(request, i), method.request())
            for i in range(many or 1)
        ]
        deadline = step["deadline_ms"] / 1000 if "deadline_ms" in step else None
        beside = self._beside(step)
        with ThreadPoolExecutor(len(messages)) as pool:
            outcomes = list(
                pool.map(lambda message: _outcome(channel, method, message, deadline, step), messages)
            )
        for thread in beside:
            thread.join()
        if many is None:
            if "save" in step:
                self._saved.keep(step["save"], outcomes[0].get("answer"))
            return mismatch(step["expect"], outcomes[0], self._saved)
        return self._each(step["expect"]["each"], outcomes)

    def _each(self, expected: List[Dict[str, Any]], outcomes: List[Dict[str, Any]]) -> Optional[str]:
        counts = [0] * len(expected)
        for outcome in outcomes:
            whys = [mismatch(one["outcome"], outcome, self._saved) for one in expected]
            if None not in whys:
                return f"an outcome fits none: {whys}"
            counts[whys.index(None)] += 1
        whys = [mismatch(one["count"], count, self._saved, "count") for one, count in zip(expected, counts)]
        return next((f"{why} of {counts}" for why in whys if why), None)

    def _count(self, step: Dict[str, Any]) -> Optional[str]:
        before = self._calls(step)
        why = self._call(step)
        if why is not None:
            return why
        end = time.monotonic() + _COUNTED
        while True:
            after = self._calls(step)
            found = {code: after.get(code, 0) - before.get(code, 0) for code in step["attempts"]}
            why = mismatch(step["attempts"], found, self._saved, "attempts")
            if why is None or time.monotonic() > end:
                return why
            time.sleep(0.05)

    def _calls(self, step: Dict[str, Any]) -> Dict[str, int]:
        calls: Dict[str, Dict[str, int]] = self._servers.control(self._server, "calls")
        return calls.get(step["call"], {})

    def _stream(self, step: Dict[str, Any]) -> Optional[str]:
        assert step["stream"] == "Annotate"
        client = lea_client.EnvironmentClient(self._channel(step))
        requests = [
            json_format.ParseDict(build(request, self._saved), rpc.ANNOTATE.request()) for request in step["requests"]
        ]
        found: Dict[str, Any] = {"answers": []}
        beside = self._beside(step)
        try:
            for answer in client.annotate(requests, in_flight=step.get("in_flight", 8)):
                found["answers"].append(_json(answer))
                if len(found["answers"]) == step.get("take"):
                    break
        except lea_client.LeaError as e:
            found["status"] = _status(e)
        for thread in beside:
            thread.join()
        why = mismatch(step["expect"], found, self._saved)
        if why is None and "status" in found and "status" not in step["expect"]:
            return f"the stream failed: {found['status']}"
        return why


def _outcome(
    channel: lea_client.Channel,
    method: "rpc.Rpc[Any, Any]",
    message: Any,
    deadline: Optional[float],
    step: Dict[str, Any],
) -> Dict[str, Any]:
    try:
        if "cancel_after_ms" in step:
            pending = channel.start(method, message, deadline=deadline)
            canceller = After(step["cancel_after_ms"] / 1000, pending.cancel)
            canceller.start()
            try:
                return {"answer": _json(pending.result())}
            finally:
                canceller.join()
        return {"answer": _json(channel.call(method, message, deadline=deadline))}
    except lea_client.LeaError as e:
        return {"status": _status(e)}


def _status(error: lea_client.LeaError) -> Dict[str, Any]:
    return {
        "code": error.code.name,
        "reason": error.reason,
        "metadata": error.metadata,
        "fields": list(error.fields),
        "message": error.description,
        "retry_delay_ms": None if error.retry_delay is None else error.retry_delay * 1000,
        "transient": error.is_transient,
    }


def _json(message: Any) -> Any:
    try:
        return json_format.MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    except TypeError:  # protobuf before 5.26
        return json_format.MessageToDict(
            message, preserving_proto_field_name=True, including_default_value_fields=True
        )
