package credential

import (
	"runtime"
	"sync"
)

// allotment keeps what hashes have taken and not yet given back within a budget. The hash function takes its memory anew
// each time; left to itself the collector lets hundreds of megabytes pile up, and under a memory limit it works all the
// time. Collecting just before the budget would be passed costs a hash one or two per cent.
type allotment struct {
	budget uint32 // KiB

	mu      sync.Mutex
	running uint32 // KiB of hashes under way
	garbage uint32 // KiB of hashes that are done, since the last collection
}

// take makes room for a hash of so many KiB; call done when it is over.
func (m *allotment) take(kib uint32) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running += kib
	if m.running+m.garbage > m.budget && m.garbage > 0 {
		m.garbage = 0
		runtime.GC()
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.running -= kib
		m.garbage += kib
	}
}
