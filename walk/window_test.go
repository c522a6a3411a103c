package walk

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// seat is a window with a profile of its own. Opening one takes as long as a short walk: they are used again, emptied.
type seat struct {
	ctx     context.Context
	profile cdp.BrowserContextID
	house   *atomic.Pointer[http.Handler] // where every address of this window leads
}

var seated struct {
	sync.Mutex
	free map[view][]seat
}

// free gives a seat that nobody sits at, until the test ends.
func free(t testing.TB, through view) seat {
	t.Helper()
	seated.Lock()
	var s seat
	if all := seated.free[through]; len(all) > 0 {
		s, seated.free[through] = all[len(all)-1], all[:len(all)-1]
	}
	seated.Unlock()
	if s.ctx == nil {
		s = furnish(t)
	}
	t.Cleanup(func() {
		err := chromedp.Run(s.ctx, chromedp.Navigate("about:blank"), storage.ClearCookies().WithBrowserContextID(s.profile),
			storage.ClearDataForOrigin("*", "all"), chromedp.ResetViewport())
		if err != nil {
			return // the next visitor gets another one
		}
		seated.Lock()
		defer seated.Unlock()
		if seated.free == nil {
			seated.free = map[view][]seat{}
		}
		seated.free[through] = append(seated.free[through], s)
	})
	return s
}

// furnish makes a profile whose every request comes to the house of whoever sits there. Browsers ask a proxy for whole
// addresses; the house must see what it sees without one.
func furnish(t testing.TB) seat {
	t.Helper()
	s := seat{house: &atomic.Pointer[http.Handler]{}}
	road := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme, r.URL.Host = "", ""
		r.RequestURI = r.URL.RequestURI()
		(*s.house.Load()).ServeHTTP(w, r)
	})) // closed with the process
	profile, err := target.CreateBrowserContext().WithDisposeOnDetach(true).
		WithProxyServer(road.Listener.Addr().String()).WithProxyBypassList("<-loopback>").Do(process())
	if err != nil {
		t.Fatalf("a new profile: %v", err)
	}
	s.profile = profile
	s.ctx, _ = window(t, profile) //nolint:govet // closed with the process
	return s
}

// window opens a window of a profile.
func window(t testing.TB, profile cdp.BrowserContextID) (context.Context, context.CancelFunc) {
	t.Helper()
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(process())
	if err != nil {
		t.Fatalf("a new window: %v", err)
	}
	ctx, leave := chromedp.NewContext(chromium, chromedp.WithTargetID(id))
	if err := chromedp.Run(ctx); err != nil { // what it attaches ends with this context: not with one of do's
		t.Fatalf("a new window: %v", err)
	}
	return ctx, leave
}

// process speaks to the browser instead of a window.
func process() context.Context {
	return cdp.WithExecutor(chromium, chromedp.FromContext(chromium).Browser)
}
