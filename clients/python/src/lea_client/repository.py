"""Brings versions to a server and says which of them is live; the same for env-server and agent-server."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path
from typing import Iterator, List, Optional

import grpc

from lea_client import errors, rpc
from lea_client.client import Client
from lea_client.proto.repository.v1.repository_pb2 import (
    ActivateVersionRequest,
    ActivateVersionResponse,
    Aliases,
    BundleFile,
    DeleteVersionRequest,
    FileChunk,
    GetAliasesRequest,
    GetShadowReportRequest,
    ListVersionsRequest,
    ResumeUploadRequest,
    ResumeUploadResponse,
    RollBackRequest,
    RollBackResponse,
    SetCanaryRequest,
    SetShadowRequest,
    ShadowComparison,
    UploadHeader,
    UploadVersionRequest,
    Version,
    WatchVersionsRequest,
    WatchVersionsResponse,
)
from lea_client.settings import PathLike

_MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MAX_FILES = 64
_CHUNK_BYTES = 256 << 10
_PAUSE = 0.1
_LONGEST_PAUSE = 1.6


class RepositoryClient(Client):
    """Brings versions to a server and says which of them is live. Every method raises LeaError when the call failed."""

    _SERVICE = rpc.REPOSITORY_SERVICE

    def list(self) -> List[Version]:
        """All versions kept there, newest first."""
        versions: List[Version] = []
        token = ""
        while True:
            page = self.channel.call(rpc.LIST_VERSIONS, ListVersionsRequest(page_token=token))
            versions.extend(page.versions)
            token = page.next_page_token
            if not token:
                return versions

    def aliases(self) -> Aliases:
        """Which versions answer."""
        return self.channel.call(rpc.GET_ALIASES, GetAliasesRequest()).aliases

    def activate(self, version: int, *, expected_live: int = 0) -> ActivateVersionResponse:
        """Makes a version live; returns when new calls are served by it.

        Args:
            expected_live: the version that must be live before, else FailedPrecondition; 0: whatever is.
        """
        request = ActivateVersionRequest(version=version, expected_live_version=expected_live)
        return self.channel.call(rpc.ACTIVATE_VERSION, request, deadline=self._slow)

    def roll_back(self) -> RollBackResponse:
        """Makes the version before the live one live again. Never repeated by itself."""
        return self.channel.call(rpc.ROLL_BACK, RollBackRequest(), deadline=self._slow)

    def delete(self, version: int) -> None:
        """Deletes a version that is of no use any more. Never repeated by itself."""
        self.channel.call(rpc.DELETE_VERSION, DeleteVersionRequest(version=version))

    def set_canary(self, version: int, share: float = 0.0) -> Aliases:
        """Lets a version answer a share of the calls, 0 to 1. Version 0: no canary."""
        request = SetCanaryRequest(version=version, share=share)
        return self.channel.call(rpc.SET_CANARY, request, deadline=self._slow).aliases

    def set_shadow(self, version: int) -> Aliases:
        """Lets a version be asked beside the one that answers. Version 0: no shadow."""
        return self.channel.call(rpc.SET_SHADOW, SetShadowRequest(version=version), deadline=self._slow).aliases

    def shadow_report(self) -> List[ShadowComparison]:
        """How the shadow's answers differ from those that were given."""
        return [*self.channel.call(rpc.GET_SHADOW_REPORT, GetShadowReportRequest()).comparisons]

    def watch(self) -> Iterator[WatchVersionsResponse]:
        """What happens to the versions, the present state first, without end. Leaving the iterator ends the watch."""
        call = f"{rpc.WATCH_VERSIONS.name} at {self.channel.target}"
        stream = self.channel.open_watch(rpc.WATCH_VERSIONS)(WatchVersionsRequest())
        try:
            yield from stream
        except grpc.RpcError as e:
            raise errors.from_rpc(e, call) from None
        finally:
            stream.cancel()

    def upload(self, folder: PathLike, *, request_id: str = "") -> Version:
        """Uploads a bundle; it is kept, not activated.

        One that the server already keeps is answered with the version it has. An upload that is cut goes on where it ended, in
        this call for as long as the server comes back within the settings' deadline for slow calls, or in a later one.

        Args:
            folder: with `manifest.json` and the files beside it.
            request_id: the same id makes a second upload answer as the first did; "": one made of the manifest.

        Raises:
            ValueError: if the folder is not a bundle.
        """
        files = _files(Path(folder))
        name = request_id or f"bundle-{files[0].sha256}"
        heard: Optional[float] = None
        pause = _PAUSE
        while True:
            reached = False
            try:
                kept = self._resume(name)
                reached = True
                if kept is not None and kept.HasField("version"):
                    return kept.version
                return self._send(Path(folder), files, name, kept)
            except errors.LeaError as e:
                now = time.monotonic()
                if reached:
                    heard, pause = now, _PAUSE
                patient = heard is not None and now - heard < self._slow
                if not _is_outage(e) or not patient or self.channel.settings.max_attempts == 1:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    @property
    def _slow(self) -> float:
        return self.channel.settings.slow_call_deadline

    def _resume(self, request_id: str) -> Optional[ResumeUploadResponse]:
        """Where an upload goes on; None if the server knows nothing of it."""
        try:
            return self.channel.call(rpc.RESUME_UPLOAD, ResumeUploadRequest(request_id=request_id))
        except errors.NotFound:
            return None

    def _send(
        self, folder: Path, files: List[BundleFile], request_id: str, kept: Optional[ResumeUploadResponse]
    ) -> Version:
        call = f"{rpc.UPLOAD_VERSION.name} at {self.channel.target}"
        header = UploadVersionRequest(header=UploadHeader(files=files, request_id=request_id))
        parts = _Parts(header, folder, files, kept)
        send = self.channel.open_upload(rpc.UPLOAD_VERSION)
        try:
            version: Version = send(iter(parts), self._slow).version
            return version
        except grpc.RpcError as e:
            if parts.problem is not None:
                raise parts.problem
            raise errors.from_rpc(e, call) from None


class _Parts:
    """The messages of an upload. What goes wrong with the files is kept, because grpc draws them on a thread of its own."""

    def __init__(
        self,
        header: UploadVersionRequest,
        folder: Path,
        files: List[BundleFile],
        kept: Optional[ResumeUploadResponse],
    ) -> None:
        self.problem: Optional[OSError] = None
        self._header = header
        self._folder = folder
        self._files = files
        self._kept = kept

    def __iter__(self) -> Iterator[UploadVersionRequest]:
        yield self._header
        missing = self._kept is None
        for file in self._files:
            offset = 0
            if self._kept is not None and self._kept.file_name == file.name:
                missing, offset = True, self._kept.offset_bytes
            if missing:
                yield from self._chunks(file, offset)

    def _chunks(self, file: BundleFile, offset: int) -> Iterator[UploadVersionRequest]:
        path = self._folder / file.name
        try:
            with path.open("rb") as content:
                content.seek(offset)
                while offset < file.size_bytes:
                    data = content.read(_CHUNK_BYTES)
                    if not data:
                        raise OSError(f"{path} shrank to {offset} bytes while it was being sent")
                    yield UploadVersionRequest(
                        chunk=FileChunk(file_name=file.name, offset_bytes=offset, data=data)
                    )
                    offset += len(data)
        except OSError as e:
            self.problem = e
            raise


def _files(folder: Path) -> List[BundleFile]:
    """A bundle's files, the manifest first, with size and hash."""
    if not (folder / _MANIFEST).is_file():
        raise ValueError(f"a bundle is a folder with a {_MANIFEST}, but {folder} has none")
    names = sorted((entry.name for entry in folder.iterdir()), key=lambda name: (name != _MANIFEST, name))
    if len(names) > _MAX_FILES:
        raise ValueError(f"{folder} has {len(names)} files; a bundle has at most {_MAX_FILES}")
    return [_describe(folder / name) for name in names]


def _describe(path: Path) -> BundleFile:
    if not path.is_file():
        raise ValueError(f"a bundle has only files, but {path} is none")
    if not _NAME.fullmatch(path.name):
        raise ValueError(f"a bundle's file is named with 1 to 128 letters, digits, '.', '_' or '-', not {path.name!r}")
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as content:
        while True:
            data = content.read(_CHUNK_BYTES)
            if not data:
                break
            digest.update(data)
            size += len(data)
    return BundleFile(name=path.name, size_bytes=size, sha256=digest.hexdigest())


def _is_outage(failure: errors.LeaError) -> bool:
    """Whether the server was away or not itself, so that work which can wait goes on when it is back."""
    return failure.is_transient or failure.code in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
