package walk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"loquet/courier"
	"loquet/house/housetest"
	"loquet/store/storetest"
	"loquet/text"
	"loquet/web"
	"loquet/web/pages"
)

// axePath is where `npm ci` in web/assets puts axe-core.
var axePath = filepath.Join("..", "web", "assets", "node_modules", "axe-core", "axe.min.js")

// The rules of axe-core that no page, and no letter, may break. What axe-core thinks best for the landmarks of a page
// is nothing for a letter, which mail programs show inside a page of theirs.
const (
	norms     = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	mailNorms = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}`
	unpainted = norms + `, rules: {'color-contrast': {enabled: false}}`            // what another language may change
	colours   = `{type: 'rule', values: ['color-contrast', 'link-in-text-block']}` // all that the dark changes
)

// axe gives the source of axe-core. Where it is absent tests fail if nothing may be missing (LOQUET_STRICT=1), and else
// say so in one line.
func axe(t testing.TB) (source string, ok bool) {
	t.Helper()
	read, err := os.ReadFile(axePath)
	switch {
	case err == nil:
		return string(read), true
	case os.Getenv("LOQUET_STRICT") == "1":
		t.Fatalf("axe-core is absent (npm ci in web/assets): %v", err)
	}
	fmt.Fprintf(os.Stderr, "walk: %s has looked at nothing, axe-core is absent (npm ci in web/assets)\n", t.Name())
	return "", false
}

// gallery gives a house that shows every sample of every page, as `loquet demo` does.
func gallery(t testing.TB) *home {
	t.Helper()
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	f.Web.Config.Demo = web.Demo(f.Web, noMails{})
	return &home{f, f.Web.Handler()}
}

type noMails struct{}

func (noMails) Mails() []web.Mail { return nil }
func (noMails) Texts() []web.Text { return nil }

// sample is the address of a sample.
func sample(s pages.Sample, c pages.Choice) string {
	query := url.Values{"lang": {c.Language}, "pack": {string(c.Pack)}, "theme": {string(c.Theme)}}
	return "/demo/gallery/" + s.Name + "?" + query.Encode()
}

// words is what may differ between two pages that axe-core cannot tell apart but by their words: text, and attributes
// that hold words, names or values. That each page has its words, in each language, web/pages reads.
var words = regexp.MustCompile(`>[^<]+<|\b(?:href|value|action|id|for|aria-describedby|aria-labelledby|aria-label|name|` +
	`datetime|content|src|d|title|placeholder|autocomplete|minlength|maxlength|inputmode|style|data-[a-z-]+)="[^"]*"`)

// shape gives a page without its words.
func shape(t testing.TB, s pages.Sample, say *text.Printer) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Themed(say, pages.Light).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return words.ReplaceAllString(b.String(), "")
}

// TestEverySampleIsAccessible looks at every page in every state on the narrowest screen, which is also the widest one
// at 400 %: no rule of axe-core broken, nothing wider than the window, nothing that the policy of content refuses. Of
// those that differ by their words alone it looks at the first, and at every one that is pictured: those stand for the
// others, in the dark colours too, and with the focus wherever it may stand.
func TestEverySampleIsAccessible(t *testing.T) {
	source, ok := axe(t)
	if !ok {
		return
	}
	h := gallery(t)
	looked := func(say *text.Printer, samples []pages.Sample) {
		t.Run(say.Language+string(say.Pack), func(t *testing.T) {
			t.Parallel()
			seats <- struct{}{}
			defer func() { <-seats }()
			v := h.visitor(t, view{320, true})
			v.brings(source)
			v.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-reduced-motion", Value: "reduce"}, // a colour on its way to another has no contrast
			}))
			seen := map[string]bool{}
			for _, s := range samples {
				once := shape(t, s, say)
				if seen[once] && !pictured(s) {
					continue
				}
				seen[once] = true
				c := pages.Choice{Language: say.Language, Pack: say.Pack, Theme: pages.Light}
				if status := v.opens(platform, sample(s, c)); status != int64(s.Status) {
					t.Errorf("%s answers %d, want %d", s.Name, status, s.Status)
				}
				if say.Language != text.Languages[0] { // the colours are those of the first language
					v.audited(s.Name, unpainted)
					continue
				}
				v.audited(s.Name+" in the light", norms)
				if !pictured(s) {
					continue
				}
				v.focusShows(s.Name)
				v.do(chromedp.Evaluate(`document.documentElement.dataset.theme = 'dark'`, nil))
				v.audited(s.Name+" in the dark", colours)
			}
		})
	}
	looked(text.For(text.Languages[0], text.Plain), pages.Samples())
	// In other words, where they differ most: web/pages reads every sample in every language and pack.
	var others []pages.Sample
	for _, name := range []string{
		"signin-refused", "recover", "sent", "renew-several", "home", "help", "repair-refused", "second-refused", "account",
		"factors", "factors-setup", "passkey", "app-refused", "codes", "settings", "users", "person", "policy", "journal",
	} {
		s, ok := pages.SampleNamed(name)
		if !ok {
			t.Fatalf("there is no sample %q", name)
		}
		others = append(others, s)
	}
	for _, lang := range text.Languages[1:] {
		looked(text.For(lang, text.Plain), others)
	}
	looked(text.For(text.Languages[0], text.Key), others)
}

// TestEveryLetterIsAccessible looks at the written half of every letter, as mail programs show it.
func TestEveryLetterIsAccessible(t *testing.T) {
	source, ok := axe(t)
	if !ok {
		return
	}
	h := gallery(t)
	v := h.visitor(t, view{320, true})
	v.brings(source)
	for _, l := range courier.Samples() {
		raw, err := courier.Render(l, h.Catcher)
		if err != nil {
			t.Fatal(err)
		}
		read, err := courier.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		v.mails(read)
		v.fits()
		v.audited(l.ID, mailNorms)
	}
}

// brings has every page of this window come with a script beside its own.
func (v *visitor) brings(source string) {
	v.t.Helper()
	v.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(source).Do(ctx)
		return err //nolint:wrapcheck // a test says which step it was
	}))
}

// audited wants no rule of axe-core broken. Pages within the page are looked at by themselves.
func (v *visitor) audited(name, rules string) {
	v.t.Helper()
	var found string
	v.do(chromedp.Evaluate(`axe.run(document, {runOnly: `+rules+`, resultTypes: ['violations'], iframes: false})
		.then(r => JSON.stringify(r.violations.map(v => v.id + ': ' +
			v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | '))))`,
		&found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var broken []string
	if err := json.Unmarshal([]byte(found), &broken); err != nil {
		v.t.Fatal(err)
	}
	for _, b := range broken {
		v.t.Errorf("%s: %s", name, b)
	}
}

// focusShows puts the focus on all that takes it, one after the other.
func (v *visitor) focusShows(name string) {
	v.t.Helper()
	var hidden []string
	v.see(`[...document.querySelectorAll('a[href], button, input, summary')].filter(e => {
		e.focus()
		const s = getComputedStyle(e)
		return document.activeElement === e && (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 3)
	}).map(e => e.outerHTML)`, &hidden)
	for _, e := range hidden {
		v.t.Errorf("%s: the focus does not show on %s", name, e)
	}
}

// TestSignInPageIsLight weighs all that comes over the wire for the first page: one round trip (14 KiB), two requests
// at most and a third, of the script, for what a passkey is asked with, and nothing from anybody else.
func TestSignInPageIsLight(t *testing.T) {
	h := open(t)
	for _, host := range []string{town, school} {
		v := h.visitor(t, view{360, true})
		v.opens(host, "/signin")
		v.until("all being there", `document.readyState === 'complete' &&
			performance.getEntriesByType('resource').some(e => e.name.endsWith('/signin/passkey') && e.responseEnd > 0)`)
		v.mu.Lock()
		total, count := 0.0, 0
		for _, e := range v.fetched {
			if strings.HasPrefix(e.Response.URL, "data:") {
				continue
			}
			count++
			total += v.weights[e.RequestID]
			if !strings.HasPrefix(e.Response.URL, "http://"+host+"/") {
				t.Errorf("the sign-in page asks somebody else: %s", e.Response.URL)
			}
		}
		v.mu.Unlock()
		t.Logf("%s: %.0f bytes in %d requests", host, total, count)
		if total == 0 || total > 14<<10 || count > 3 {
			t.Errorf("%s: %.0f bytes in %d requests, want at most %d in 3", host, total, count, 14<<10)
		}
	}
}
