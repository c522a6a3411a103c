package house

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"loquet/config"
	"loquet/courier"
)

// Run listens, delivers and keeps house until ctx is done.
func (h *House) Run(ctx context.Context, s config.Settings, public http.Handler, certificates []tls.Certificate,
	sender courier.Sender, ready func(address string)) error {
	listener, err := listen(ctx, s.Listen, "--listen")
	if err != nil {
		return err
	}
	if err := h.DB.Release(ctx); err != nil {
		return errors.Join(fmt.Errorf("letters: %w", err), listener.Close())
	}
	server := serverOf(public, h.Log)
	servers := []*http.Server{server}
	worker := h.Worker(sender)
	figures := newFigures(h, worker)
	failed := make(chan error, 3)
	if s.OpsListen != "" {
		ops, err := listen(ctx, s.OpsListen, "--ops-listen")
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		opsServer := serverOf(figures.handler(), h.Log)
		servers = append(servers, opsServer)
		go func() { failed <- opsServer.Serve(ops) }()
	}
	stopReturns, err := h.serveReturns(ctx, s, failed)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopReturns()
	if len(certificates) > 0 {
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: certificates, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var work sync.WaitGroup
	work.Go(func() { _ = worker.Run(working) }) // gives no error
	work.Go(func() { every(working, time.Hour, h.purge) })
	work.Go(func() { every(working, time.Minute, h.Turn) })
	go func() { failed <- server.Serve(listener) }()
	ready(listener.Addr().String())
	work.Go(debug.FreeOSMemory) // the memory of the start is not needed again until somebody signs in
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, s := range servers {
		_ = s.Shutdown(stopping) // what is not finished in time is cut off
	}
	stopWork()
	work.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; stop what runs there or give another address with %s", address, errors.Unwrap(err), flag)
	}
	return l, nil
}

// serverOf bounds what a stranger can hold open.
func serverOf(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// every calls do again and again until ctx is done.
func every(ctx context.Context, pause time.Duration, do func(context.Context)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

// purge takes away what nobody needs any more.
func (h *House) purge(ctx context.Context) {
	if _, err := h.DB.Purge(ctx, h.Now()); err != nil {
		h.Log.Error("purging", "error", err)
	}
}

// Turn does what the clock asks for, each minute: accounts whose last day is over are closed, addresses whose cooling-off
// is over come into force, what waited at the desk is done, and the next signing keys are made. Several nodes may do it
// at once.
func (h *House) Turn(ctx context.Context) {
	if _, err := h.DB.StopLeavers(ctx, h.Now()); err != nil {
		h.Log.Error("closing the accounts of who has left", "error", err)
	}
	if _, err := h.Profile.ServeAddresses(ctx); err != nil {
		h.Log.Error("putting addresses in force", "error", err)
	}
	if _, err := h.Desk.Serve(ctx); err != nil {
		h.Log.Error("doing what waited at the desk", "error", err)
	}
	if err := h.OIDC.RotateKeys(ctx); err != nil {
		h.Log.Error("making the next signing keys", "error", err)
	}
}
