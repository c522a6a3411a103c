package oidc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/application"
	"loquet/fault"
)

// application gives an application from memory while what was read is fresh.
func (f *Flow) application(ctx context.Context, organisation, id string) (application.Application, error) {
	key, now := organisation+" "+id, f.Now()
	f.mu.RLock()
	kept, ok := f.applications[key]
	f.mu.RUnlock()
	if age := now.Sub(kept.read); ok && age >= 0 && age < fresh {
		return kept.application, nil
	}
	a, err := f.Store.Application(ctx, organisation, id)
	if err != nil {
		if errors.Is(err, fault.Missing) {
			return a, fault.Missing
		}
		return a, fmt.Errorf("reading an application: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.applications == nil || len(f.applications) >= mostApplications {
		f.applications = map[string]applicationRead{}
	}
	f.applications[key] = applicationRead{a, now}
	return a, nil
}

// forgetApplication drops what is kept of an application, so that its end is honoured at once on this node.
func (f *Flow) forgetApplication(organisation, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.applications, organisation+" "+id)
}

// mostApplications bounds the memory of applications; the truth is in the store.
const mostApplications = 10_000

type applicationRead struct {
	application application.Application
	read        time.Time
}

// used keeps the time of an application's last use, once a minute.
func (f *Flow) used(ctx context.Context, organisation, id string, now time.Time) {
	a, err := f.application(ctx, organisation, id)
	if err != nil || now.Sub(a.Used) < time.Minute {
		return
	}
	f.Later(func(ctx context.Context) {
		_ = f.Store.UseApplication(ctx, organisation, id, now) // the next use tries again
	})
}

func (k keeper) nameOf(ctx context.Context, id string) string {
	a, _ := k.f.application(ctx, callOf(ctx).organisation.ID, id)
	return a.Name
}
