"""Calls a second through the client and through the bare stub, in turn, in one process over one kind of channel.

    python3 clients/python/bench/calls.py [--seconds 20] [--threads 1] [--target HOST:PORT --item ID]

Without --target it starts the servers of the clients' contract. Bar: the client makes at least 90 % of the bare stub's calls.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, List, Tuple

import grpc

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "clients" / "python" / "src"))

import lea_client  # noqa: E402
from lea_client.proto.agent.v1.agent_pb2 import RecommendRequest  # noqa: E402
from lea_client.proto.agent.v1.agent_pb2_grpc import AgentServiceStub  # noqa: E402

_WINDOW = 0.5
_BAR = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--target")
    parser.add_argument("--item", default="item-1")
    options = parser.parse_args()
    if options.target:
        compare(options.target, options.item, options.seconds, options.threads)
        return
    with subprocess.Popen(
        [str(ROOT / "lea"), "contract"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as servers:
        assert servers.stdout is not None and servers.stdin is not None
        compare(json.loads(servers.stdout.readline())["agent"], options.item, options.seconds, options.threads)
        servers.stdin.close()


def compare(target: str, item: str, seconds: float, threads: int) -> None:
    history = [item] * 10
    stub = AgentServiceStub(grpc.insecure_channel(target))
    agent = lea_client.AgentClient.connect(target)

    def bare() -> None:
        stub.Recommend(RecommendRequest(history_item_ids=history, k=10), timeout=30)

    def client() -> None:
        agent.recommend(history, k=10)

    for warm in (bare, client):
        run(warm, 1.0, threads)
    results: List[Tuple[float, float, float, float]] = []
    for pair in range(max(4, int(seconds / (2 * _WINDOW)))):
        # whoever is first in a pair is second in the next one
        order = (bare, client) if pair % 2 == 0 else (client, bare)
        measured = {call: run(call, _WINDOW, threads) for call in order}
        results.append((*measured[bare], *measured[client]))
    rates = [statistics.median(column) for column in zip(*results)]
    ratio = statistics.median(client_rate / bare_rate for bare_rate, _, client_rate, _ in results)
    print(f"{'':12} {'calls/s':>9} {'CPU us/call':>12}")
    print(f"{'bare stub':12} {rates[0]:9.0f} {rates[1]:12.0f}")
    print(f"{'client':12} {rates[2]:9.0f} {rates[3]:12.0f}")
    print(f"client / bare stub: {ratio:.3f} (median of {len(results)} pairs, {threads} threads; bar {_BAR})")


def run(call: Callable[[], None], seconds: float, threads: int) -> Tuple[float, float]:
    """Calls a second, and microseconds of this process's CPU a call."""
    counts = [0] * threads
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < end:
            call()
            counts[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    start, cpu = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    return sum(counts) / wall, used / sum(counts) * 1e6


if __name__ == "__main__":
    main()
