package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"loquet/fault"
	"loquet/organisation"
	"loquet/text"
)

// visit is what is known of a request before its page is chosen.
type visit struct {
	reference    string // stands in the log and on the page of a failure
	organisation organisation.Organisation
	platform     bool
	language     string
	address      netip.Addr
	leads        string // where forms of the page may lead beside this site: a CSP source
	second       bool   // what they lead to asks for the second proof
	held         string // ID of the living session that was found; empty until one is looked for
	operator     in     // whom operates has let through; nobody elsewhere
}

type visitKey struct{}

func visitOf(r *http.Request) *visit {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		return &visit{language: text.Languages[0]}
	}
	return v
}

// edge is the outermost layer: it gives each request its reference, survives panics, sets the headers of every answer,
// refuses what comes from other sites, and writes the log.
func (w *Web) edge(next http.Handler) http.Handler {
	sameOrigin, always := http.NewCrossOriginProtection(), headers(w.Config.Scheme)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		started := time.Now()
		v := &visit{reference: reference(), language: text.Match(r.Header.Get("Accept-Language"), text.Languages[0])}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		answer := &recorder{ResponseWriter: rw}
		defer func() {
			if p := recover(); p != nil {
				w.panicked(answer, r, p)
			}
			if level := levelOf(answer.status); w.Log.Enabled(r.Context(), level) {
				w.Log.LogAttrs(r.Context(), level, "request", logLine(r, v, answer, started)...)
			}
		}()
		maps.Copy(answer.Header(), always)
		address, err := w.addressOf(r)
		if err != nil {
			w.refuse(answer, r, refusal{Status: http.StatusBadRequest})
			return
		}
		v.address = address
		if err := sameOrigin.Check(r); err != nil && !programs(r.URL.Path) {
			w.refuse(answer, r, refusal{Status: http.StatusForbidden})
			return
		}
		next.ServeHTTP(answer, r)
	})
}

func (w *Web) panicked(answer *recorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(p)
	}
	w.Log.ErrorContext(r.Context(), "panic", "reference", visitOf(r).reference, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
	if answer.status == 0 {
		w.refuse(answer, r, refusal{Status: http.StatusInternalServerError})
	}
}

// dispatch finds whose host was asked for. A host that nobody answers on gets 421, so that a forged Host header leads
// nowhere (ATK-003).
func (w *Web) dispatch(rw http.ResponseWriter, r *http.Request, organisations, platform http.Handler) {
	v, host := visitOf(r), strings.ToLower(r.Host)
	v.platform = slices.Contains(w.Config.PlatformHosts, host)
	o, err := w.byHost(r.Context(), host, v.platform)
	switch {
	case errors.Is(err, fault.Missing) && v.platform: // no operator has ever been asked for: its front page is left
	case errors.Is(err, fault.Missing), err == nil && o.Platform() != v.platform:
		w.show(rw, r, refusal{Status: http.StatusMisdirectedRequest})
		return
	case err != nil:
		w.show(rw, r, err)
		return
	}
	v.organisation = o
	v.language = w.languageOf(r, o.Language)
	demo := v.platform && strings.HasPrefix(r.URL.Path, "/demo/")
	if lang := r.URL.Query().Get("lang"); text.Known(lang) && !demo && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.chooseLanguage(rw, r, lang)
		return
	}
	if v.platform {
		organisations = platform
	}
	organisations.ServeHTTP(rw, r)
}

// addressOf gives the address of whoever asks. X-Forwarded-For is believed from trusted proxies only, read from the
// right, and never guessed: one that cannot be read is refused (ATK-021).
func (w *Web) addressOf(r *http.Request) (netip.Addr, error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("address of the peer: %w", err)
	}
	address := peer.Addr().Unmap()
	if !w.trusts(address) {
		return address, nil
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && w.trusts(address); i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			break
		}
		if address, err = netip.ParseAddr(hop); err != nil {
			return netip.Addr{}, fmt.Errorf("X-Forwarded-For: %w", err)
		}
		address = address.Unmap()
	}
	return address, nil
}

func (w *Web) trusts(a netip.Addr) bool {
	for _, p := range w.Config.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func reference() string { return rand.Text()[:10] }
