package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConfigurationDocIsFresh prints docs/configuration.md from the settings.
func TestConfigurationDocIsFresh(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "configuration.md")
	if printed := done(t, "config", "--markdown"); printed != configurationDoc() {
		t.Error("`loquet config --markdown` prints something else")
	}
	if *update {
		if err := os.WriteFile(path, []byte(configurationDoc()), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != configurationDoc() {
		t.Errorf("%s is stale: run `go test ./... -run Doc -update`", path)
	}
}
