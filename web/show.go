package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"loquet/fault"
	"loquet/limit"
	"loquet/text"
	"loquet/web/pages"
)

// refusal is an error that has a page of its own: a status, and how long to wait.
type refusal struct {
	Status int
	Wait   time.Duration
}

func (r refusal) Error() string { return "refused: " + http.StatusText(r.Status) }

// page makes a handler of a handle: what it returns is shown.
func (w *Web) page(h handle) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := h(rw, r); err != nil {
			w.show(rw, r, err)
		}
	})
}

// show turns an error into a page: the one place where refusals get a status.
func (w *Web) show(rw http.ResponseWriter, r *http.Request, err error) {
	var known refusal
	var over limit.Over
	switch {
	case errors.Is(err, errEnded):
		w.notice(rw, noticeEnded)
		_ = see(rw, r, "/signin") // gives no error
		return
	case errors.As(err, &known):
	case errors.As(err, &over):
		known = refusal{Status: http.StatusTooManyRequests, Wait: max(over.Wait, time.Second)}
	case errors.Is(err, fault.Missing):
		known.Status = http.StatusNotFound
	case errors.Is(err, fault.Forbidden):
		known.Status = http.StatusForbidden
	case errors.Is(err, fault.Busy):
		known = refusal{Status: http.StatusServiceUnavailable, Wait: w.RetryAfter()}
	case r.Context().Err() != nil: // the browser has gone
		known.Status = http.StatusServiceUnavailable
	default:
		known.Status = http.StatusInternalServerError
		w.Log.ErrorContext(r.Context(), "failure", "reference", visitOf(r).reference, "error", err)
	}
	w.refuse(rw, r, known)
}

func (w *Web) refuse(rw http.ResponseWriter, r *http.Request, known refusal) {
	wait(rw, known.Wait)
	p := pages.Fault{Frame: w.frame(r), Status: known.Status, Wait: known.Wait}
	if known.Status == http.StatusInternalServerError {
		p.Reference = visitOf(r).reference
	}
	if err := w.render(rw, r, known.Status, p.Frame, pages.FaultPage(p)); err != nil {
		w.Log.ErrorContext(r.Context(), "failure", "reference", visitOf(r).reference, "error", err)
		http.Error(rw, http.StatusText(known.Status), known.Status)
	}
}

// wait sets Retry-After, in whole seconds rounded up, when there is a wait.
func wait(rw http.ResponseWriter, d time.Duration) {
	if d > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(d.Seconds()))))
	}
}

// frame gives what every page of this request shares.
func (w *Web) frame(r *http.Request) pages.Frame {
	v := visitOf(r)
	return pages.Frame{
		Say: text.For(v.language, packOf(v.organisation)), Organisation: v.organisation, Path: r.URL.Path,
		Now: w.Now().In(v.organisation.Location()), Demo: w.Config.Demo != nil, Mailbox: w.mailbox(),
	}
}

// mailbox gives the address of the caught letters, "" but in the demo.
func (w *Web) mailbox() string {
	if w.Config.Demo == nil || len(w.Config.PlatformHosts) == 0 {
		return ""
	}
	return w.Config.Scheme + "://" + w.Config.PlatformHosts[0] + "/demo/mail"
}

// render writes a page whole or not at all.
func (w *Web) render(rw http.ResponseWriter, r *http.Request, status int, f pages.Frame, c templ.Component) error {
	page, err := rendered(r, c)
	if err != nil {
		return err
	}
	w.write(rw, r, status, f.Organisation.Appearance.Colour, page, nil)
	return nil
}

func rendered(r *http.Request, c templ.Component) ([]byte, error) {
	var page bytes.Buffer
	if err := c.Render(r.Context(), &page); err != nil {
		return nil, fmt.Errorf("rendering a page: %w", err)
	}
	return page.Bytes(), nil
}

// write sends a page, compressed for whoever takes it. zipped may hold it compressed already. There is no secret in a
// page that also echoes what was typed, so that its length tells nothing (BREACH).
func (w *Web) write(rw http.ResponseWriter, r *http.Request, status int, colour string, page, zipped []byte,
	loosen ...func(policy string) string) {
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", visitOf(r).language)
	csp := formsLead(policy(hashOf(pages.OrganisationStyle(colour))), visitOf(r).leads)
	for _, l := range loosen {
		csp = l(csp)
	}
	h.Set("Content-Security-Policy", csp)
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if takesGzip(r) {
		if zipped == nil {
			zipped = zip(page, gzip.BestSpeed)
		}
		h.Set("Content-Encoding", "gzip")
		page = zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(page)))
	rw.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = rw.Write(page) // a browser that has gone is no failure of ours
	}
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}

var zippers = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return z }}

func zip(page []byte, level int) []byte {
	var out bytes.Buffer
	z, pooled := zippers.Get().(*gzip.Writer)
	if level != gzip.BestSpeed || !pooled {
		z, _ = gzip.NewWriterLevel(&out, level) // the levels are constants of compress/gzip
		pooled = false
	}
	z.Reset(&out)
	_, _ = z.Write(page) // a bytes.Buffer takes everything
	_ = z.Close()
	if pooled {
		zippers.Put(z)
	}
	return out.Bytes()
}
