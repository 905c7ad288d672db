package lea

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"lea.dev/lea/repositorypb"
)

const (
	manifest       = "manifest.json"
	maxBundleFiles = 64
)

var bundleName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// readBundle tells a bundle's files as its upload's header names them, the manifest first. It reads every file once to
// hash it, and fails if the folder is not a bundle: no manifest, a sub-folder, too many files, or a name that the
// contract does not allow.
func readBundle(folder string) ([]*repositorypb.BundleFile, error) {
	if info, err := os.Stat(filepath.Join(folder, manifest)); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("lea: a bundle is a folder with a %s, but %s has none", manifest, folder)
	}
	entries, err := os.ReadDir(folder) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("lea: cannot read the bundle: %w", err)
	}
	if len(entries) > maxBundleFiles {
		return nil, fmt.Errorf("lea: %s has %d files; a bundle has at most %d", folder, len(entries), maxBundleFiles)
	}
	names := []string{manifest}
	for _, entry := range entries {
		if entry.Name() != manifest {
			names = append(names, entry.Name())
		}
	}
	files := make([]*repositorypb.BundleFile, len(names))
	for i, name := range names {
		if files[i], err = describeFile(folder, name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func describeFile(folder, name string) (*repositorypb.BundleFile, error) {
	path := filepath.Join(folder, name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("lea: a bundle has only files, but %s is none", path)
	}
	if !bundleName.MatchString(name) {
		return nil, fmt.Errorf(
			"lea: a bundle's file is named with 1 to 128 letters, digits, '.', '_' or '-', not %q", name)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("lea: cannot read the bundle: %w", err)
	}
	defer file.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, file)
	if err != nil {
		return nil, fmt.Errorf("lea: cannot read the bundle: %w", err)
	}
	return &repositorypb.BundleFile{
		Name: name, SizeBytes: size, Sha256: hex.EncodeToString(digest.Sum(nil)),
	}, nil
}
