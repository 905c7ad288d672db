package lea_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"lea.dev/lea"
	"lea.dev/lea/commonpb"
	"lea.dev/lea/repositorypb"
)

// versions keeps what is uploaded; it may break off, and then tells where to go on.
type versions struct {
	repositorypb.ModelRepositoryServiceServer
	files      map[string][]byte
	requestIDs []string
	breakAfter int // chunks; 0: never
	kept       *repositorypb.ResumeUploadResponse
}

func (v *versions) ResumeUpload(
	context.Context, *repositorypb.ResumeUploadRequest,
) (*repositorypb.ResumeUploadResponse, error) {
	if v.kept == nil {
		return nil, refusal(codes.NotFound, "nothing is kept", "UPLOAD_UNKNOWN", noDelay)
	}
	return v.kept, nil
}

func (v *versions) UploadVersion(stream repositorypb.ModelRepositoryService_UploadVersionServer) error {
	for chunks := 0; ; {
		request, err := stream.Recv()
		if err == io.EOF {
			version := &repositorypb.Version{Model: &commonpb.ModelVersion{Name: "policy", Version: 4}}
			return stream.SendAndClose(&repositorypb.UploadVersionResponse{Version: version})
		}
		if err != nil {
			return err
		}
		if header := request.GetHeader(); header != nil {
			v.requestIDs = append(v.requestIDs, header.GetRequestId())
			continue
		}
		chunk := request.GetChunk()
		name := chunk.GetFileName()
		if chunk.GetOffsetBytes() != int64(len(v.files[name])) {
			return refusal(codes.InvalidArgument, "wrong offset", "OFFSET", noDelay)
		}
		v.files[name] = append(v.files[name], chunk.GetData()...)
		if chunks++; chunks == v.breakAfter {
			v.breakAfter = 0
			v.kept = &repositorypb.ResumeUploadResponse{FileName: name, OffsetBytes: int64(len(v.files[name]))}
			return refusal(codes.Unavailable, "going down", "STOPPING", noDelay)
		}
	}
}

func (v *versions) ListVersions(
	_ context.Context, request *repositorypb.ListVersionsRequest,
) (*repositorypb.ListVersionsResponse, error) {
	version := func(number int64, state repositorypb.VersionState) []*repositorypb.Version {
		return []*repositorypb.Version{{Model: &commonpb.ModelVersion{Version: number}, State: state}}
	}
	if request.GetPageToken() == "" {
		stored := version(2, repositorypb.VersionState_VERSION_STATE_STORED)
		return &repositorypb.ListVersionsResponse{Versions: stored, NextPageToken: "more"}, nil
	}
	live := version(1, repositorypb.VersionState_VERSION_STATE_LIVE)
	return &repositorypb.ListVersionsResponse{Versions: live}, nil
}

func (v *versions) WatchVersions(
	_ *repositorypb.WatchVersionsRequest, stream repositorypb.ModelRepositoryService_WatchVersionsServer,
) error {
	for _, kind := range []repositorypb.VersionEventKind{
		repositorypb.VersionEventKind_VERSION_EVENT_KIND_SNAPSHOT,
		repositorypb.VersionEventKind_VERSION_EVENT_KIND_LIVE,
	} {
		if err := stream.Send(&repositorypb.WatchVersionsResponse{Kind: kind}); err != nil {
			return err
		}
	}
	return nil
}

func serveVersions(t *testing.T, server *versions) *lea.RepositoryClient {
	t.Helper()
	server.files = map[string][]byte{}
	endpoint := serve(t, func(s *grpc.Server) { repositorypb.RegisterModelRepositoryServiceServer(s, server) })
	return lea.NewRepositoryClient(open(t, endpoint))
}

var model = bytes.Repeat([]byte("model"), 120_000)

func bundle(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "manifest.json"), "{}")
	write(t, filepath.Join(folder, "model.onnx"), string(model))
	write(t, filepath.Join(folder, "empty"), "")
	return folder
}

func TestUpload_bundle_sendsEveryByte(t *testing.T) {
	server := &versions{}
	version, err := serveVersions(t, server).Upload(context.Background(), bundle(t), "")
	succeeds(t, err)
	equal(t, "version", version.GetModel().GetVersion(), 4)
	equal(t, "manifest", string(server.files["manifest.json"]), "{}")
	equal(t, "model", bytes.Equal(server.files["model.onnx"], model), true)
	equal(t, "ids", strings.Join(server.requestIDs, " "),
		"bundle-44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
}

func TestUpload_cut_goesOnWhereItEnded(t *testing.T) {
	server := &versions{breakAfter: 2}
	version, err := serveVersions(t, server).Upload(context.Background(), bundle(t), "mine")
	succeeds(t, err)
	equal(t, "version", version.GetModel().GetVersion(), 4)
	equal(t, "model", bytes.Equal(server.files["model.onnx"], model), true)
	equal(t, "ids", strings.Join(server.requestIDs, " "), "mine mine")
}

func TestUpload_noBundle_saysWhy(t *testing.T) {
	client := serveVersions(t, &versions{})
	nested, named := bundle(t), bundle(t)
	succeeds(t, os.Mkdir(filepath.Join(nested, "sub"), 0o700))
	write(t, filepath.Join(named, "a b"), "")
	for folder, expected := range map[string]string{
		t.TempDir(): "a bundle is a folder with a manifest.json",
		nested:      "a bundle has only files, but " + filepath.Join(nested, "sub"),
		named:       `not "a b"`,
	} {
		_, err := client.Upload(context.Background(), folder, "")
		if err == nil || !strings.Contains(err.Error(), expected) {
			t.Fatal(expected, err)
		}
	}
}

func TestList_severalPages_joinsThemAndFindsTheLive(t *testing.T) {
	client := serveVersions(t, &versions{})
	all, err := client.List(context.Background())
	succeeds(t, err)
	equal(t, "versions", len(all), 2)
	live, err := client.Live(context.Background())
	succeeds(t, err)
	equal(t, "live", live.GetModel().GetVersion(), 1)
}

func TestWatchVersions_events_areGivenUntilTheCallerStopsOrTheServerEnds(t *testing.T) {
	client := serveVersions(t, &versions{})
	var kinds []repositorypb.VersionEventKind
	err := client.Watch(context.Background(), func(event *repositorypb.WatchVersionsResponse) error {
		kinds = append(kinds, event.GetKind())
		return nil
	})
	equal(t, "reason", failureOf(t, err).Reason, "STREAM_CUT")
	if !reflect.DeepEqual(kinds, []repositorypb.VersionEventKind{1, 7}) {
		t.Fatal(kinds)
	}
	succeeds(t, client.Watch(context.Background(), func(*repositorypb.WatchVersionsResponse) error { return lea.ErrStop }))
	err = client.Watch(context.Background(), func(*repositorypb.WatchVersionsResponse) error { return io.ErrClosedPipe })
	equal(t, "is the caller's", errors.Is(err, io.ErrClosedPipe), true)
}
