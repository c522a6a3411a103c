//go:build linux && !race

package credential

import (
	"context"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Two hashes of 64 MiB at a time and thirty in the queue: the whole process stays within 200 MiB (the race detector
// has memory of its own, so not under it).
func TestMemoryStaysWithinTheGrant(t *testing.T) {
	p := Parameters{MemoryKiB: 64 * 1024, Passes: 1, Lanes: 1}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(MemoryLimit(p, 2)))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	h, err := NewHasher(p, nil, 2, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if _, err := h.Hash(context.Background(), "Bleu-Canard-74"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	if peak := use.Maxrss / 1024; peak > 200 { // Maxrss is in KiB on Linux
		t.Errorf("the process took %d MiB", peak)
	} else {
		t.Logf("the process took %d MiB", peak)
	}
}
