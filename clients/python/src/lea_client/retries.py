"""What is repeated: by grpc itself as the service config says, and here what a server refused with a delay."""

from __future__ import annotations

import json
import threading
from typing import Any, Dict, List

_ONCE = {
    "lea.repository.v1.ModelRepositoryService": ("RollBack", "DeleteVersion", "WatchVersions", "UploadVersion"),
    "lea.environment.v1.EnvironmentService": ("Annotate",),
    "lea.trainer.v1.TrainerService": ("WatchRun",),
}


def service_config(max_attempts: int, health_service: str = "") -> str:
    """The channel's service config, the same that all of Lea's clients set.

    Every call that may be sent twice is repeated when nobody answered. Not repeated: roll back and deletion (twice is not
    once) and the streams (what was sent is the caller's to know).

    Args:
        max_attempts: 1 never repeats.
        health_service: calls are spread over the replicas whose health says that they serve it; "": the first that can
            be reached gets them.
    """
    config: Dict[str, Any] = {}
    if max_attempts > 1:
        once: List[Dict[str, str]] = [
            {"service": service, "method": method} for service, methods in _ONCE.items() for method in methods
        ]
        retry_policy = {
            "maxAttempts": max_attempts,
            "initialBackoff": "0.1s",
            "maxBackoff": "2s",
            "backoffMultiplier": 2.0,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
        config["methodConfig"] = [{"name": once}, {"name": [{}], "retryPolicy": retry_policy}]
        config["retryThrottling"] = {"maxTokens": 10, "tokenRatio": 0.1}
    if health_service:
        config["loadBalancingConfig"] = [{"round_robin": {}}]
        config["healthCheckConfig"] = {"serviceName": health_service}
    return json.dumps(config)


class RetryBudget:
    """Bounds the repeated calls of one channel to a share of those that succeed, so that clients do not bury a server that is
    already in trouble.

    Starts full with ten tokens; a repeat takes one, a success gives a tenth back. Thread-safe.
    """

    _FULL = 10.0
    _REFUND = 0.1

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = self._FULL

    def take(self) -> bool:
        """Whether a repeat is allowed; then it is paid for."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def succeeded(self) -> None:
        """Notes a call that succeeded."""
        if self._tokens < self._FULL:  # a look without the lock: full is the rule, and a late refund does not matter
            with self._lock:
                self._tokens = min(self._FULL, self._tokens + self._REFUND)
