package lea

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"

	"lea.dev/lea/repositorypb"
)

const (
	chunkBytes  = 256 << 10
	uploadPause = 100 * time.Millisecond
	mostDoubled = 4 // doublings of the pause
	longWatch   = 24 * time.Hour
)

// RepositoryClient brings versions to a server and says which of them is live; the same for env-server and
// agent-server. Errors of its calls are of type *Error.
type RepositoryClient struct {
	channel *Channel
	stub    repositorypb.ModelRepositoryServiceClient
}

// NewRepositoryClient makes a client over a channel, which stays the caller's to close.
func NewRepositoryClient(channel *Channel) *RepositoryClient {
	return &RepositoryClient{channel, repositorypb.NewModelRepositoryServiceClient(channel.Conn())}
}

// List gives all versions kept there, newest first.
func (c *RepositoryClient) List(ctx context.Context) ([]*repositorypb.Version, error) {
	var versions []*repositorypb.Version
	request := &repositorypb.ListVersionsRequest{}
	for {
		page, err := c.stub.ListVersions(ctx, request)
		if err != nil {
			return nil, err
		}
		versions = append(versions, page.GetVersions()...)
		if page.GetNextPageToken() == "" {
			return versions, nil
		}
		request = &repositorypb.ListVersionsRequest{PageToken: page.GetNextPageToken()}
	}
}

// Live gives the version that answers calls; nil if there is none.
func (c *RepositoryClient) Live(ctx context.Context) (*repositorypb.Version, error) {
	versions, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, version := range versions {
		if version.GetState() == repositorypb.VersionState_VERSION_STATE_LIVE {
			return version, nil
		}
	}
	return nil, nil
}

// Activate makes a version live; it returns when new calls are served by it.
//
// expectedLive is the version that must be live before, or 0 for whatever is.
func (c *RepositoryClient) Activate(
	ctx context.Context, version, expectedLive int64,
) (*repositorypb.ActivateVersionResponse, error) {
	return c.stub.ActivateVersion(ctx, &repositorypb.ActivateVersionRequest{
		Version: version, ExpectedLiveVersion: expectedLive,
	})
}

// RollBack makes the version before the live one live again. It is never repeated by itself.
func (c *RepositoryClient) RollBack(ctx context.Context) (*repositorypb.RollBackResponse, error) {
	return c.stub.RollBack(ctx, &repositorypb.RollBackRequest{})
}

// Delete deletes a version that is of no use any more. It is never repeated by itself.
func (c *RepositoryClient) Delete(ctx context.Context, version int64) error {
	_, err := c.stub.DeleteVersion(ctx, &repositorypb.DeleteVersionRequest{Version: version})
	return err
}

// Aliases tells which versions answer.
func (c *RepositoryClient) Aliases(ctx context.Context) (*repositorypb.Aliases, error) {
	answer, err := c.stub.GetAliases(ctx, &repositorypb.GetAliasesRequest{})
	return answer.GetAliases(), err
}

// SetCanary lets a version answer a share of the calls, 0 to 1; version 0 with share 0 ends the canary.
func (c *RepositoryClient) SetCanary(
	ctx context.Context, version int64, share float64,
) (*repositorypb.Aliases, error) {
	answer, err := c.stub.SetCanary(ctx, &repositorypb.SetCanaryRequest{Version: version, Share: share})
	return answer.GetAliases(), err
}

// SetShadow lets a version be asked beside the one that answers; version 0 ends the shadow.
func (c *RepositoryClient) SetShadow(ctx context.Context, version int64) (*repositorypb.Aliases, error) {
	answer, err := c.stub.SetShadow(ctx, &repositorypb.SetShadowRequest{Version: version})
	return answer.GetAliases(), err
}

// ShadowReport tells how the shadow's answers differ from those that were given.
func (c *RepositoryClient) ShadowReport(ctx context.Context) ([]*repositorypb.ShadowComparison, error) {
	answer, err := c.stub.GetShadowReport(ctx, &repositorypb.GetShadowReportRequest{})
	return answer.GetComparisons(), err
}

// Watch follows what happens to the versions, the present state first, for at most a day of silence. It ends when the
// function returns an error, and gives that error; ErrStop ends it without one.
func (c *RepositoryClient) Watch(
	ctx context.Context, event func(*repositorypb.WatchVersionsResponse) error,
) error {
	stream, err := c.channel.stream(ctx, "/lea.repository.v1.ModelRepositoryService/WatchVersions")
	if err != nil {
		return err
	}
	defer stream.close()
	connected := stream.watch(c.channel.settings.IdleTimeout, "no connection")
	events, err := c.stub.WatchVersions(stream.ctx, &repositorypb.WatchVersionsRequest{})
	connected()
	for err == nil {
		var next *repositorypb.WatchVersionsResponse
		inTime := stream.watch(longWatch, "no event")
		next, err = events.Recv()
		inTime()
		if err == nil {
			if stop := event(next); stop != nil {
				return unlessStop(stop)
			}
		}
	}
	if err == io.EOF {
		return stream.cut(codes.Internal, "the server ended the watch")
	}
	return stream.failure(err)
}

// ErrStop ends a watch without an error.
var ErrStop = errors.New("lea: stop")

func unlessStop(err error) error {
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}

// Upload sends a bundle: a folder with manifest.json and the files beside it. It is kept, not activated. A bundle that the
// server already keeps is answered with the version it has. An upload that is cut goes on where it ended, in this call
// as long as the server comes back within the patience for slow calls, or in a later one.
//
// requestID, 1 to 128 characters, makes a second upload answer as the first did; empty: the manifest's hash.
func (c *RepositoryClient) Upload(ctx context.Context, folder, requestID string) (*repositorypb.Version, error) {
	files, err := readBundle(folder)
	if err != nil {
		return nil, err
	}
	if requestID == "" {
		requestID = "bundle-" + files[0].GetSha256()
	}
	upload := upload{c, folder, files, requestID}
	settings := c.channel.settings
	var heard time.Time
	for attempt := 0; ; attempt++ {
		version, reached, err := upload.attempt(ctx)
		if err == nil {
			return version, nil
		}
		if reached {
			heard = time.Now()
			if attempt > 1 {
				attempt = 1
			}
		}
		var failure *Error
		patient := !heard.IsZero() && time.Since(heard) < settings.SlowCallDeadline
		if !errors.As(err, &failure) || !failure.IsOutage() || !patient || settings.MaxAttempts == 1 || ctx.Err() != nil {
			return nil, err
		}
		doublings := attempt
		if doublings > mostDoubled {
			doublings = mostDoubled
		}
		wait := uploadPause << doublings
		if pause(ctx, wait+time.Duration(rand.Float64()*float64(wait)/5)) != nil {
			return nil, err
		}
	}
}

// upload is one bundle on its way.
type upload struct {
	*RepositoryClient
	folder    string
	files     []*repositorypb.BundleFile
	requestID string
}

// attempt goes on where the server says; reached tells whether the server said anything.
func (u upload) attempt(ctx context.Context) (version *repositorypb.Version, reached bool, err error) {
	kept, err := u.stub.ResumeUpload(ctx, &repositorypb.ResumeUploadRequest{RequestId: u.requestID})
	var failure *Error
	switch {
	case err == nil && kept.GetVersion() != nil:
		return kept.GetVersion(), true, nil
	case errors.As(err, &failure) && (failure.Code == codes.NotFound || failure.Code == codes.Unimplemented):
		kept = nil
	case err != nil:
		return nil, false, err
	}
	version, err = u.send(ctx, kept)
	return version, true, err
}

func (u upload) send(
	ctx context.Context, kept *repositorypb.ResumeUploadResponse,
) (*repositorypb.Version, error) {
	stream, err := u.channel.stream(ctx, "/lea.repository.v1.ModelRepositoryService/UploadVersion")
	if err != nil {
		return nil, err
	}
	defer stream.close()
	settings := u.channel.settings
	connected := stream.watch(settings.IdleTimeout, "no connection")
	parts, err := u.stub.UploadVersion(stream.ctx)
	connected()
	if err != nil {
		return nil, stream.failure(err)
	}
	send := func(request *repositorypb.UploadVersionRequest) error {
		defer stream.watch(settings.IdleTimeout, "the server took no data")()
		return parts.Send(request)
	}
	header := &repositorypb.UploadHeader{Files: u.files, RequestId: u.requestID}
	err = send(&repositorypb.UploadVersionRequest{Part: &repositorypb.UploadVersionRequest_Header{Header: header}})
	missing := kept == nil
	for _, file := range u.files {
		var from int64
		if kept != nil && kept.GetFileName() == file.GetName() {
			missing, from = true, kept.GetOffsetBytes()
		}
		if missing && err == nil {
			err = u.sendFile(file, from, send)
		}
	}
	if err != nil && err != io.EOF { // EOF: the server has ended the call, and says why below
		var failed *os.PathError
		if errors.As(err, &failed) || errors.Is(err, errShrunk) {
			return nil, err
		}
		return nil, stream.failure(err)
	}
	defer stream.watch(settings.SlowCallDeadline, "no answer")()
	answer, err := parts.CloseAndRecv()
	if err != nil {
		return nil, stream.failure(err)
	}
	return answer.GetVersion(), nil
}

var errShrunk = errors.New("shrank while it was being sent")

func (u upload) sendFile(
	file *repositorypb.BundleFile, from int64, send func(*repositorypb.UploadVersionRequest) error,
) error {
	input, err := os.Open(filepath.Join(u.folder, file.GetName()))
	if err != nil {
		return fmt.Errorf("lea: cannot read the bundle: %w", err)
	}
	defer input.Close()
	if _, err := input.Seek(from, io.SeekStart); err != nil {
		return fmt.Errorf("lea: cannot read the bundle: %w", err)
	}
	for offset := from; offset < file.GetSizeBytes(); {
		data := make([]byte, chunkBytes)
		read, err := io.ReadFull(input, data)
		if read == 0 {
			if err == io.EOF {
				return fmt.Errorf("lea: %s: %w to %d bytes", input.Name(), errShrunk, offset)
			}
			return fmt.Errorf("lea: cannot read the bundle: %w", err)
		}
		chunk := &repositorypb.FileChunk{FileName: file.GetName(), OffsetBytes: offset, Data: data[:read]}
		part := &repositorypb.UploadVersionRequest_Chunk{Chunk: chunk}
		if err := send(&repositorypb.UploadVersionRequest{Part: part}); err != nil {
			return err
		}
		offset += int64(read)
	}
	return nil
}
