"""What the contract does not show: budgets, silent streams, files, health, what is shipped."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import threading
import time
from concurrent import futures
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import grpc
import pytest
from google.protobuf import any_pb2, descriptor_pb2, duration_pb2

import lea_client
from lea_client import retries, rpc, vectors
from lea_client.proto import details_pb2
from lea_client.proto.agent.v1 import agent_pb2
from lea_client.proto.common.v1 import common_pb2
from lea_client.proto.environment.v1 import environment_pb2
from lea_client.proto.repository.v1 import repository_pb2

from contract import CONTRACT, ROOT

Handler = Callable[[Any, grpc.ServicerContext], Any]


class Fake:
    """A server whose methods are functions."""

    def __init__(self, **methods: Handler) -> None:
        self.server = grpc.server(futures.ThreadPoolExecutor(8))
        port = self.server.add_insecure_port("127.0.0.1:0")
        by_service: Dict[str, Dict[str, grpc.RpcMethodHandler]] = {}
        for name, method in methods.items():
            called: rpc.Rpc[Any, Any] = getattr(rpc, name)
            make = {
                "ANNOTATE": grpc.stream_stream_rpc_method_handler,
                "UPLOAD_VERSION": grpc.stream_unary_rpc_method_handler,
                "WATCH_VERSIONS": grpc.unary_stream_rpc_method_handler,
            }.get(name, grpc.unary_unary_rpc_method_handler)
            handler = make(method, called.request.FromString, called.answer.SerializeToString)
            by_service.setdefault(called.path.split("/")[1], {})[called.name] = handler
        self.server.add_generic_rpc_handlers(
            tuple(grpc.method_handlers_generic_handler(service, handlers) for service, handlers in by_service.items())
        )
        self.server.start()
        self.target = f"127.0.0.1:{port}"

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop(0)


class Refusal:
    """Refuses its first calls, then answers."""

    def __init__(self, refusals: int, delay: float) -> None:
        self.calls = 0
        self._refusals = refusals
        self._delay = delay

    def __call__(self, request: Any, context: grpc.ServicerContext) -> agent_pb2.RecommendResponse:
        self.calls += 1
        if self.calls <= self._refusals:
            abort(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "full", "OVERLOADED", self._delay)
        return agent_pb2.RecommendResponse()


def abort(context: Any, code: grpc.StatusCode, message: str, reason: str, delay: float = -1) -> None:
    status = details_pb2.Status(code=code.value[0], message=message)
    info = details_pb2.ErrorInfo(reason=reason, domain="lea.dev", metadata={"bound": "9"})
    pack(status, "google.rpc.ErrorInfo", info)
    if delay >= 0:
        nanos = int(delay * 1e9)
        retry = details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=nanos))
        pack(status, "google.rpc.RetryInfo", retry)
    context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
    context.abort(code, message)


def pack(status: details_pb2.Status, name: str, detail: Any) -> None:
    status.details.append(any_pb2.Any(type_url="type.googleapis.com/" + name, value=detail.SerializeToString()))


def test_call_exhaustedBeyondTheBudget_isNotRepeatedForEver() -> None:
    refusal = Refusal(10_000, 1e-9)
    with Fake(RECOMMEND=refusal) as fake, lea_client.AgentClient.connect(fake.target) as agent:
        for _ in range(50):
            with pytest.raises(lea_client.ResourceExhausted):
                agent.recommend()
    assert refusal.calls == 60  # ten tokens


def test_call_exhaustedWithoutADelay_isNotRepeated() -> None:
    refusal = Refusal(1, -1)
    with Fake(RECOMMEND=refusal) as fake, lea_client.AgentClient.connect(fake.target) as agent:
        with pytest.raises(lea_client.ResourceExhausted) as e:
            agent.recommend()
    assert refusal.calls == 1
    assert not e.value.is_transient


def test_call_delayBeyondTheDeadline_isNotWaitedFor() -> None:
    with Fake(RECOMMEND=Refusal(1, 0.9)) as fake, lea_client.AgentClient.connect(fake.target) as agent:
        with pytest.raises(lea_client.ResourceExhausted):
            agent.recommend(deadline=0.5)


def test_call_unavailable_isRepeatedUnlessTwiceIsNotOnce() -> None:
    calls: List[str] = []

    def gone(name: str) -> Handler:
        def handle(request: Any, context: grpc.ServicerContext) -> None:
            calls.append(name)
            abort(context, grpc.StatusCode.UNAVAILABLE, "gone", "GONE")

        return handle

    with Fake(RECOMMEND=gone("recommend"), ROLL_BACK=gone("roll back")) as fake:
        with lea_client.connect(fake.target) as channel:
            with pytest.raises(lea_client.Unavailable, match=r"Recommend at 127.*: UNAVAILABLE \(GONE\): gone"):
                lea_client.AgentClient(channel).recommend()
            with pytest.raises(lea_client.Unavailable):
                lea_client.RepositoryClient(channel).roll_back()
    assert calls == ["recommend"] * 4 + ["roll back"]


def test_error_throughPickle_staysWhatItWas() -> None:
    refusal = Refusal(1, 0.25)
    settings = lea_client.Settings(max_attempts=1)
    with Fake(RECOMMEND=refusal) as fake, lea_client.AgentClient.connect(fake.target, settings=settings) as agent:
        with pytest.raises(lea_client.ResourceExhausted) as e:
            agent.recommend()
    copy = pickle.loads(pickle.dumps(e.value))
    assert isinstance(copy, lea_client.ResourceExhausted)
    assert str(copy) == str(e.value)
    assert (copy.reason, copy.metadata, copy.retry_delay) == ("OVERLOADED", {"bound": "9"}, 0.25)


def test_recommendMany_firstFailure_cancelsTheRest() -> None:
    def answer(request: Any, context: grpc.ServicerContext) -> agent_pb2.RecommendResponse:
        if request.history_item_ids:
            abort(context, grpc.StatusCode.INVALID_ARGUMENT, "bad", "BAD")
        return agent_pb2.RecommendResponse()

    drawn = 0

    def histories() -> Iterator[List[str]]:
        nonlocal drawn
        for i in range(100):
            drawn += 1
            yield ["x"] if i == 3 else []

    with Fake(RECOMMEND=answer) as fake, lea_client.AgentClient.connect(fake.target) as agent:
        answers = agent.recommend_many(histories(), in_flight=2)
        assert len([next(answers) for _ in range(3)]) == 3
        with pytest.raises(lea_client.InvalidArgument):
            next(answers)
    assert drawn <= 5


def test_annotate_slowReader_drawsNoMoreThanItAllows() -> None:
    def echo(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        for request in requests:
            yield environment_pb2.AnnotateResponse(sequence_id=request.sequence_id)

    drawn = 0

    def requests() -> Iterator[lea_client.AnnotateRequest]:
        nonlocal drawn
        for i in range(100):
            drawn += 1
            yield lea_client.AnnotateRequest(sequence_id=str(i))

    with Fake(ANNOTATE=echo) as fake, lea_client.EnvironmentClient.connect(fake.target) as environment:
        for taken, answer in enumerate(environment.annotate(requests(), in_flight=3)):
            assert answer.sequence_id == str(taken)
            assert drawn <= taken + 3
    assert drawn == 100


def test_annotate_silentServer_endsAtTheIdleTimeout() -> None:
    ended = threading.Event()

    def silent(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(ended.set)
        next(requests)
        ended.wait(20)
        return iter(())

    settings = lea_client.Settings(idle_timeout=0.2)
    with Fake(ANNOTATE=silent) as fake:
        with lea_client.EnvironmentClient.connect(fake.target, settings=settings) as environment:
            start = time.monotonic()
            with pytest.raises(lea_client.DeadlineExceeded) as e:
                list(environment.annotate([lea_client.AnnotateRequest()]))
            assert e.value.reason == "STREAM_IDLE"
            assert 0.2 <= time.monotonic() - start < 10
            assert ended.wait(10), "the server is told"


def test_annotate_serverEndsEarly_isTold() -> None:
    def short(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        yield environment_pb2.AnnotateResponse()

    with Fake(ANNOTATE=short) as fake, lea_client.EnvironmentClient.connect(fake.target) as environment:
        with pytest.raises(lea_client.LeaError, match="after 1 of 2 answers") as e:
            list(environment.annotate([lea_client.AnnotateRequest()] * 2))
    assert e.value.reason == "STREAM_CUT"


def test_annotate_failingRequests_raiseTheirOwnError() -> None:
    def echo(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        for _ in requests:
            yield environment_pb2.AnnotateResponse()

    def broken() -> Iterator[lea_client.AnnotateRequest]:
        yield lea_client.AnnotateRequest()
        raise KeyError("mine")

    with Fake(ANNOTATE=echo) as fake, lea_client.EnvironmentClient.connect(fake.target) as environment:
        with pytest.raises(KeyError, match="mine"):
            list(environment.annotate(broken(), in_flight=1))


def test_score_otherVersionGoesLiveBetweenBatches_isTold() -> None:
    live = iter([1, 2])

    def score(request: Any, context: grpc.ServicerContext) -> Any:
        version = next(live)
        if request.version.expected_version not in (0, version):
            abort(context, grpc.StatusCode.FAILED_PRECONDITION, "another", "VERSION_MISMATCH")
        results = [environment_pb2.ScoreResult() for _ in request.queries]
        return environment_pb2.ScoreActionsResponse(model=common_pb2.ModelVersion(version=version), results=results)

    with Fake(SCORE_ACTIONS=score) as fake, lea_client.EnvironmentClient.connect(fake.target) as environment:
        results = environment.score([lea_client.Query(["a"], ["b"])] * 65)
        assert len([next(results) for _ in range(64)]) == 64
        with pytest.raises(lea_client.FailedPrecondition):
            next(results)


def test_replicas_oneDoesNotServe_getsNoCalls() -> None:
    def health(status: int) -> Handler:
        def watch(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            yield details_pb2.HealthCheckResponse(status=status)
            done = threading.Event()
            context.add_callback(done.set)
            done.wait(20)

        return watch

    def serve(name: str, status: int) -> Fake:
        answer = agent_pb2.RecommendResponse(model=common_pb2.ModelVersion(name=name))
        fake = Fake(RECOMMEND=lambda request, context: answer)
        handler = grpc.unary_stream_rpc_method_handler(
            health(status),
            details_pb2.HealthCheckRequest.FromString,
            details_pb2.HealthCheckResponse.SerializeToString,
        )
        fake.server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Watch": handler}),)
        )
        return fake

    with serve("well", 1) as well, serve("ill", 2) as ill, serve("fine", 1) as fine:
        target = "ipv4:" + ",".join(fake.target for fake in (well, ill, fine))
        with lea_client.AgentClient.connect(target, replicas=True) as agent:
            names = set()
            end = time.monotonic() + 10
            while names != {"well", "fine"} and time.monotonic() < end:
                names.add(agent.recommend().model.name)
            names |= {agent.recommend().model.name for _ in range(20)}
    assert names == {"well", "fine"}


def test_upload_cutHalfWay_goesOnWhereItEnded(tmp_path: Path) -> None:
    model = bytes(range(256)) * 4_000
    (tmp_path / "model.onnx").write_bytes(model)
    (tmp_path / "manifest.json").write_text("{}")
    received = bytearray()
    streams = 0

    def resume(request: Any, context: grpc.ServicerContext) -> Any:
        if not streams:
            abort(context, grpc.StatusCode.NOT_FOUND, "none", "UPLOAD_UNKNOWN")
        return repository_pb2.ResumeUploadResponse(file_name="model.onnx", offset_bytes=len(received))

    def upload(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        nonlocal streams
        streams += 1
        header = next(requests).header
        assert [file.name for file in header.files] == ["manifest.json", "model.onnx"]
        for chunks, request in enumerate(requests):
            if request.chunk.file_name == "model.onnx":
                assert request.chunk.offset_bytes == len(received)
                received.extend(request.chunk.data)
            if chunks == 1:
                abort(context, grpc.StatusCode.UNAVAILABLE, "cut", "CUT")
        return repository_pb2.UploadVersionResponse(
            version=repository_pb2.Version(model=common_pb2.ModelVersion(version=7))
        )

    with Fake(RESUME_UPLOAD=resume, UPLOAD_VERSION=upload) as fake:
        with lea_client.RepositoryClient.connect(fake.target) as repository:
            assert repository.upload(tmp_path).model.version == 7
    assert bytes(received) == model
    assert streams > 1


def test_upload_folderWithoutManifest_isRefusedByName(tmp_path: Path) -> None:
    with lea_client.RepositoryClient.connect("127.0.0.1:1") as repository:
        with pytest.raises(ValueError, match="manifest.json"):
            repository.upload(tmp_path)


def test_vectors_packedAndPlain_areTheSameNumbers() -> None:
    numpy = pytest.importorskip("numpy")
    packed = common_pb2.Embeddings(
        count=2, dimension=3, packed=numpy.arange(6, dtype="<f4").tobytes()
    )
    plain = common_pb2.Embeddings(count=2, dimension=3, values=range(6))
    assert [list(row) for row in vectors.rows(packed)] == [[0, 1, 2], [3, 4, 5]]
    assert vectors.rows(packed) == vectors.rows(plain)
    assert vectors.matrix(packed).tolist() == vectors.matrix(plain).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_settings_outOfRange_namesTheBound() -> None:
    with pytest.raises(ValueError, match=r"max_attempts must be in \[1, 5\] but is 6"):
        lea_client.Settings(max_attempts=6)
    with pytest.raises(ValueError, match="call_deadline must be in"):
        lea_client.Settings(call_deadline=float("nan"))
    with pytest.raises(ValueError, match="target must be host:port"):
        lea_client.connect("")


def test_tls_unusableFiles_areNamed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="certificate needs its key"):
        lea_client.Tls(certificate="a.pem")
    with pytest.raises(ValueError, match="ca, .*none.pem, cannot be read"):
        lea_client.connect("localhost:1", tls=lea_client.Tls(ca=tmp_path / "none.pem"))
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(ValueError, match="junk.pem, holds no PEM block"):
        lea_client.connect("localhost:1", tls=lea_client.Tls(ca=tmp_path / "junk.pem"))


def test_serviceConfig_isThatOfAllClients() -> None:
    shipped = json.loads((CONTRACT / "service-config.json").read_text())
    assert json.loads(retries.service_config(4)) == shipped
    assert json.loads(retries.service_config(1)) == {}


def test_generatedModules_areTheContract(tmp_path: Path) -> None:
    if shutil.which("protoc") is None:
        pytest.skip("protoc is not installed (Debian: protobuf-compiler)")
    protos = ROOT / "proto" / "src" / "main" / "protobuf"
    files = sorted(str(file.relative_to(protos)) for file in protos.rglob("lea/**/*.proto"))
    subprocess.run(
        ["protoc", "-I", str(protos), "--include_imports", f"--descriptor_set_out={tmp_path / 'set'}", *files], check=True
    )
    contract = descriptor_pb2.FileDescriptorSet.FromString((tmp_path / "set").read_bytes())
    for file in contract.file:
        if not file.name.startswith("lea/"):
            continue
        module = __import__(
            "lea_client.proto." + file.name[len("lea/") : -len(".proto")].replace("/", ".") + "_pb2", fromlist=["DESCRIPTOR"]
        )
        generated = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        assert _plain(generated) == _plain(file), f"{file.name} has changed: run clients/python/generate"


def _plain(file: descriptor_pb2.FileDescriptorProto) -> bytes:
    """Without what one compiler writes and another leaves out."""
    copy = descriptor_pb2.FileDescriptorProto()
    copy.CopyFrom(file)
    copy.ClearField("source_code_info")
    messages = list(copy.message_type)
    while messages:
        message = messages.pop()
        messages.extend(message.nested_type)
        for field in message.field:
            field.ClearField("json_name")
    return copy.SerializeToString(deterministic=True)
