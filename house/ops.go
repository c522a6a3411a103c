package house

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loquet/courier"
)

// figures are the metrics of the operations listener. Their names begin with loquet_ (contract).
type figures struct {
	house    *House
	registry *prometheus.Registry
	letters  *prometheus.CounterVec
	delay    prometheus.Histogram
}

func newFigures(h *House, w *courier.Worker) *figures {
	f := &figures{
		house:    h,
		registry: prometheus.NewRegistry(),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "loquet_letters_total", Help: "Tries of letters by kind and by how they ended.",
		}, []string{"kind", "state"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "loquet_letter_delay_seconds", Help: "From the promise of a letter to its handing over.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 16),
		}),
	}
	f.registry.MustRegister(f.letters, f.delay, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "loquet_hashes_running", Help: "Password hashes being computed."},
			func() float64 { running, _ := h.Hasher.Stats(); return float64(running) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "loquet_hashes_waiting", Help: "Password hashes waiting for their turn."},
			func() float64 { _, waiting := h.Hasher.Stats(); return float64(waiting) }))
	if h.budget != nil {
		f.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "loquet_texts_held_total", Help: "Text messages put off because too many were sent.",
		}, func() float64 { return float64(h.budget.held.Load()) }))
	}
	f.watchReturns()
	w.Watch(func(i courier.Item, now courier.State, at time.Time) {
		f.letters.WithLabelValues(string(i.Kind), string(now)).Inc()
		if now == courier.Sent {
			f.delay.Observe(at.Sub(i.Created).Seconds())
		}
	})
	return f
}

// handler gives the operations listener: /healthz says that the process answers, /readyz that its database does.
func (f *figures) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := f.house.DB.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{}))
	return mux
}
