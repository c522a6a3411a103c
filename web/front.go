package web

import (
	"compress/gzip"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"loquet/web/assets"
	"loquet/web/pages"
)

// fronts keeps the pages that are the same for everybody, rendered and compressed once (design §8).
type fronts struct {
	mu   sync.RWMutex
	kept map[frontKey]front
}

type frontKey struct {
	organisation string
	version      int64
	language     string
	page         string // name and state
}

type front struct{ page, zipped []byte }

// mostFronts bounds the memory of kept pages.
const mostFronts = 2000

// renderFront writes a page that depends on nothing but the organisation, the language and its name.
func (w *Web) renderFront(rw http.ResponseWriter, r *http.Request, name string, f pages.Frame, c templ.Component) error {
	key := frontKey{f.Organisation.ID, f.Organisation.Version, f.Say.Language, name}
	w.fronts.mu.RLock()
	kept, ok := w.fronts.kept[key]
	w.fronts.mu.RUnlock()
	if !ok {
		page, err := rendered(r, c)
		if err != nil {
			return err
		}
		kept = front{page, zip(page, gzip.BestCompression)}
		w.fronts.keep(key, kept)
	}
	w.write(rw, r, http.StatusOK, f.Organisation.Appearance.Colour, kept.page, kept.zipped)
	return nil
}

func (f *fronts) keep(key frontKey, page front) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= mostFronts {
		f.kept = map[frontKey]front{}
	}
	f.kept[key] = page
}

var hashes sync.Map // style → CSP source

// hashOf gives the CSP source of an inlined style sheet, "" for none.
func hashOf(style string) string {
	if style == "" {
		return ""
	}
	if known, ok := hashes.Load(style); ok {
		return known.(string) //nolint:forcetypeassert // only strings are stored
	}
	source := assets.Hash([]byte(style))
	hashes.Store(style, source)
	return source
}
