package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a visitor waits for anything: far more than a good machine needs.
const patience = 30 * time.Second

// view is what a visitor looks through.
type view struct {
	width  int64 // CSS pixels
	script bool
}

func (v view) String() string {
	script := "script"
	if !v.script {
		script = "no-script"
	}
	return fmt.Sprintf("%d-%s", v.width, script)
}

// views are the four ways in which each walk is walked.
var views = []view{{1280, true}, {1280, false}, {360, true}, {360, false}}

// visitor is a person at a browser window.
type visitor struct {
	t       testing.TB
	ctx     context.Context
	profile cdp.BrowserContextID
	view    view
	mu      sync.Mutex
	faults  []string
	fetched []*network.EventResponseReceived
	weights map[network.RequestID]float64
}

// visitor seats a person at a window of a profile of its own, which reaches this house and nothing else.
func (h *home) visitor(t testing.TB, view view) *visitor {
	t.Helper()
	w := free(t, view)
	w.house.Store(&h.handler)
	return visit(t, w.ctx, w.profile, view)
}

// tab opens a second window of the same profile.
func (v *visitor) tab() *visitor {
	v.t.Helper()
	ctx, leave := window(v.t, v.profile)
	v.t.Cleanup(leave)
	return visit(v.t, ctx, v.profile, v.view)
}

// visit watches a window until the test ends.
func visit(t testing.TB, ctx context.Context, profile cdp.BrowserContextID, view view) *visitor {
	t.Helper()
	ctx, leave := context.WithCancel(ctx)
	t.Cleanup(leave)
	v := &visitor{t: t, ctx: ctx, profile: profile, view: view, weights: map[network.RequestID]float64{}}
	chromedp.ListenTarget(ctx, v.hear)
	height := int64(900)
	if view.width < 500 {
		height = 740
	}
	v.do(network.Enable(), log.Enable(), runtime.Enable(), audits.Enable(),
		emulation.SetFocusEmulationEnabled(true), // each window behaves as the one in front
		chromedp.EmulateViewport(view.width, height), emulation.SetScriptExecutionDisabled(!view.script))
	t.Cleanup(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, fault := range v.faults {
			t.Errorf("the browser complains: %s", fault)
		}
	})
	return v
}

// hear keeps what the browser complains about. It complains about the status of a refused page too: that one is wanted.
func (v *visitor) hear(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		refused := e.Entry.Source == log.SourceNetwork && strings.Contains(e.Entry.Text, "responded with a status of")
		if e.Entry.Level == log.LevelError && !refused {
			v.faults = append(v.faults, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		v.faults = append(v.faults, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			v.faults = append(v.faults, fmt.Sprintf("console: %v", e.Args))
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details.ContentSecurityPolicyIssueDetails; d != nil {
			v.faults = append(v.faults, "policy of content: "+d.ViolatedDirective+" "+d.BlockedURL)
		}
	case *network.EventResponseReceived:
		v.fetched = append(v.fetched, e)
		if e.Type != network.ResourceTypeDocument && e.Response.Status >= 400 {
			v.faults = append(v.faults, fmt.Sprintf("%s is answered with %d", e.Response.URL, e.Response.Status))
		}
	case *network.EventLoadingFinished:
		v.weights[e.RequestID] = e.EncodedDataLength
	}
}

// do acts, and stops the test when the browser cannot.
func (v *visitor) do(actions ...chromedp.Action) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		v.t.Fatalf("%s: %v", v.view, err)
	}
}

// leads acts, waits for the page that this leads to, and gives its status. No page may be wider than its window.
func (v *visitor) leads(actions ...chromedp.Action) int64 {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		v.t.Fatalf("%s: no page follows: %v:\n%s", v.view, err, v.reads())
	}
	v.fits()
	if answer == nil {
		return 0
	}
	return answer.Status
}

// fits wants no page wider than its window (WCAG 1.4.10).
func (v *visitor) fits() {
	v.t.Helper()
	var size [2]int
	v.see(`[document.documentElement.scrollWidth, document.documentElement.clientWidth]`, &size)
	if size[0] > size[1] {
		v.t.Errorf("%s is %d wide in a window of %d", v.path(), size[0], size[1])
	}
}

// see evaluates an expression in the page, outside its own script.
func (v *visitor) see(expression string, into any) {
	v.t.Helper()
	v.do(chromedp.Evaluate(expression, into))
}

// opens types an address.
func (v *visitor) opens(host, path string) int64 {
	v.t.Helper()
	return v.leads(chromedp.Navigate("http://" + host + path))
}

// path is where the visitor is.
func (v *visitor) path() (path string) {
	v.t.Helper()
	v.see(`location.pathname`, &path)
	return path
}

// reads gives the visible words, with every blank a plain one.
func (v *visitor) reads() (words string) {
	v.t.Helper()
	v.see(`document.body.innerText`, &words)
	return plain(words)
}

// plain makes every run of blanks, and the no-break ones, one plain blank.
func plain(words string) string { return strings.Join(strings.Fields(words), " ") }

// wants fails for each of the words that the visitor does not read.
func (v *visitor) wants(words ...string) {
	v.t.Helper()
	page := v.reads()
	for _, w := range words {
		if !strings.Contains(page, plain(w)) {
			v.t.Errorf("%s at %s: « %s » is not on the page:\n%s", v.view, v.path(), w, page)
		}
	}
}

// lacks fails for each of the words that the visitor reads all the same.
func (v *visitor) lacks(words ...string) {
	v.t.Helper()
	page := v.reads()
	for _, w := range words {
		if strings.Contains(page, plain(w)) {
			v.t.Errorf("%s at %s: « %s » is on the page:\n%s", v.view, v.path(), w, page)
		}
	}
}

// at wants the visitor to be at a path.
func (v *visitor) at(path string) {
	v.t.Helper()
	if got := v.path(); got != path {
		v.t.Fatalf("%s: at %s, want %s:\n%s", v.view, got, path, v.reads())
	}
}

// named is an expression that finds the visible link or button with these words, as a person finds it.
func named(words string) string {
	quoted, _ := json.Marshal(plain(words)) // a string always can
	return `[...document.querySelectorAll('a, button, summary')].find(e => e.getClientRects().length &&
		e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').trim() === ` + string(quoted) + `)`
}

// labelled is an expression that finds the field of a label.
func labelled(words string) string {
	quoted, _ := json.Marshal(plain(words)) // a string always can
	return `[...document.querySelectorAll('label')].find(e => e.getClientRects().length &&
		e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').trim() === ` + string(quoted) + `)?.control`
}

// has stops the test unless an expression finds something.
func (v *visitor) has(expression, what string) {
	v.t.Helper()
	var there bool
	v.see(`!!(`+expression+`)`, &there)
	if !there {
		v.t.Fatalf("%s at %s: there is no %s:\n%s", v.view, v.path(), what, v.reads())
	}
}

// clicks clicks a link or button and gives the status of the page that follows.
func (v *visitor) clicks(words string) int64 {
	v.t.Helper()
	v.has(named(words), "« "+words+" » to click")
	return v.leads(chromedp.Click(named(words), chromedp.ByJSPath))
}

// types goes to a field, and replaces what it holds, key by key.
func (v *visitor) types(label, words string) {
	v.t.Helper()
	v.has(labelled(label), "field « "+label+" »")
	v.do(chromedp.Click(labelled(label), chromedp.ByJSPath))
	v.has(`document.activeElement === `+labelled(label), "focus where one clicked")
	v.do(chromedp.Evaluate(`document.activeElement.select()`, nil), chromedp.KeyEvent(words))
}

// holds gives what stands in a field.
func (v *visitor) holds(label string) (value string) {
	v.t.Helper()
	v.has(labelled(label), "field « "+label+" »")
	v.see(labelled(label)+`.value`, &value)
	return value
}

// wrong wants a refused form: its status, its title, the summary on top (where the script moves the focus), and a field
// that says that it is the one.
func (v *visitor) wrong(status int64, field string) {
	v.t.Helper()
	if status != 422 {
		v.t.Errorf("%s at %s: the refused form answers %d", v.view, v.path(), status)
	}
	var title string
	v.see(`document.title`, &title)
	if !strings.HasPrefix(plain(title), "Erreur : ") {
		v.t.Errorf("%s: a refused form is titled %q", v.view, title)
	}
	v.has(labelled(field)+`.getAttribute('aria-invalid') === 'true'`, "mark at the field « "+field+" »")
	v.has(labelled(field)+`.getAttribute('aria-describedby').split(' ').every(id => document.getElementById(id))`,
		"sentence that describes the field")
	if v.view.script {
		v.until("the focus on the summary", `document.activeElement.id === 'summary'`)
	}
}

// until waits for a condition of the page.
func (v *visitor) until(what, condition string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var met bool
		// A page that is being replaced cannot be asked; the next one can.
		if err := chromedp.Run(ctx, chromedp.Evaluate(`!!(`+condition+`)`, &met)); err == nil && met {
			return
		}
		select {
		case <-ctx.Done():
			v.t.Fatalf("%s at %s: waited in vain for %s:\n%s", v.view, v.path(), what, v.reads())
		case <-tick.C:
		}
	}
}
