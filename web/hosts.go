package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"loquet/organisation"
)

// freshHost is how long a host name leads where it led: a change of an organisation shows on every node within it.
const freshHost = 900 * time.Millisecond

// mostHosts bounds the memory of host names that were asked for; only those that somebody answers on are kept.
const mostHosts = 10_000

// hosts remembers for a moment which organisation answers on a host name.
type hosts struct {
	mu   sync.RWMutex
	kept map[string]hostRead
}

type hostRead struct {
	organisation organisation.Organisation
	read         time.Time
}

// byHost gives the organisation of a host name, the operators' for one of the platform's own; fault.Missing when there
// is none.
func (w *Web) byHost(ctx context.Context, host string, platform bool) (o organisation.Organisation, err error) {
	now := w.Now()
	w.hosts.mu.RLock()
	kept, ok := w.hosts.kept[host]
	w.hosts.mu.RUnlock()
	if age := now.Sub(kept.read); ok && age >= 0 && age < freshHost {
		return kept.organisation, nil
	}
	if platform {
		o, err = w.Organisations.Platform(ctx)
	} else {
		o, err = w.Organisations.OrganisationByHost(ctx, host)
	}
	if err != nil {
		return o, fmt.Errorf("looking up a host: %w", err)
	}
	w.hosts.keep(host, hostRead{o, now})
	return o, nil
}

func (h *hosts) keep(host string, r hostRead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil || len(h.kept) >= mostHosts {
		h.kept = map[string]hostRead{}
	}
	h.kept[host] = r
}

// forget drops what is kept of an organisation, so that whoever has changed it sees the change at once on this node.
func (h *hosts) forget(organisation string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for host, read := range h.kept {
		if read.organisation.ID == organisation {
			delete(h.kept, host)
		}
	}
}
