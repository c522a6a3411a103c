package house

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loquet/config"
	"loquet/courier"
	"loquet/courier/bounce"
)

// ErrNoReturns says that no address for returned mail is set.
var ErrNoReturns = errors.New("bounce_address is not set: letters come back to nobody")

// takeReturns makes what reads returned mail, where an address for it is set.
func (h *House) takeReturns(s config.Settings, key []byte) error {
	if s.BounceAddress == "" {
		return nil
	}
	address, err := bounce.NewAddress(s.BounceAddress, derive(key, "returns"))
	if err != nil {
		return fmt.Errorf("bounce_address: %w", err)
	}
	h.returns = &courier.Returns{Address: address, Ledger: h.DB, Log: h.Log, Now: h.Now}
	return nil
}

// Returned takes one mail that came back to recipient, and says what was done with it. An error means that it is worth
// trying again; ErrNoReturns, that it never will be until something is set.
func (h *House) Returned(ctx context.Context, recipient string, raw []byte) (courier.Fate, error) {
	if h.returns == nil {
		return "", ErrNoReturns
	}
	return h.returns.Take(ctx, recipient, raw) //nolint:wrapcheck // it says what it was doing
}

// serveReturns opens the door for returned mail, where one is set; stop closes it once what is on its way is kept.
func (h *House) serveReturns(ctx context.Context, s config.Settings, failed chan<- error) (stop func(), err error) {
	if s.BounceListen == "" || h.returns == nil {
		return func() {}, nil
	}
	listener, err := courier.ListenReturns(ctx, s.BounceListen)
	if err != nil {
		return nil, fmt.Errorf("bounce_listen: %w", err)
	}
	server := courier.NewLMTP(h.returns)
	go func() { failed <- server.Serve(listener) }()
	return func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		server.Shutdown(stopping)
	}, nil
}

// watchReturns counts what was done with returned mail.
func (f *figures) watchReturns() {
	if f.house.returns == nil {
		return
	}
	fates := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "loquet_returns_total", Help: "Mail that came back, by what was done with it.",
	}, []string{"fate"})
	for _, fate := range courier.Fates {
		fates.WithLabelValues(string(fate))
	}
	f.registry.MustRegister(fates)
	f.house.returns.Watch = func(fate courier.Fate) { fates.WithLabelValues(string(fate)).Inc() }
}
