package walk

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"loquet/courier"
)

// mails opens the written half of a letter that mail programs show, as they show it: in a page of no address.
func (v *visitor) mails(l courier.Caught) {
	v.t.Helper()
	v.do(chromedp.Navigate("about:blank"), chromedp.ActionFunc(func(ctx context.Context) error {
		tree, err := page.GetFrameTree().Do(ctx)
		if err != nil {
			return err //nolint:wrapcheck // a test says which step it was
		}
		return page.SetDocumentContent(tree.Frame.ID, l.HTML).Do(ctx) //nolint:wrapcheck // as above
	}))
}

// shows clicks « Afficher » and wants to read a password, and « Masquer » and wants not to.
func (v *visitor) shows(password string) {
	v.t.Helper()
	const shown = `[...document.querySelectorAll('input[type=text]')].some(i => i.value === `
	v.do(chromedp.Click(named("Afficher"), chromedp.ByJSPath))
	v.has(shown+`'`+password+`')`, "password to read")
	v.do(chromedp.Click(named("Masquer"), chromedp.ByJSPath))
	v.has(`!`+shown+`'`+password+`')`, "hidden password")
}

// downloads clicks a link and gives what the browser has put into its folder.
func (v *visitor) downloads(words string) string {
	v.t.Helper()
	folder := v.t.TempDir()
	done := make(chan string, 1)
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	// Other windows download at the same time: only this one's file comes into this folder.
	mine := func(guid string) bool { return len(done) == 0 && exists(filepath.Join(folder, guid)) }
	chromedp.ListenBrowser(ctx, func(event any) {
		if e, ok := event.(*browser.EventDownloadProgress); ok && e.State != browser.DownloadProgressStateInProgress {
			if mine(e.GUID) {
				done <- e.GUID
			}
		}
	})
	allow := browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllowAndName).
		WithBrowserContextID(v.profile).WithDownloadPath(folder).WithEventsEnabled(true)
	if err := allow.Do(process()); err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.Click(named(words), chromedp.ByJSPath))
	select {
	case guid := <-done:
		content, err := os.ReadFile(filepath.Join(folder, guid)) //nolint:gosec // the browser has just named it
		if err != nil {
			v.t.Fatal(err)
		}
		return string(content)
	case <-ctx.Done():
		v.t.Fatalf("%s: nothing comes of « %s »", v.view, words)
		return ""
	}
}

// cookie gives the session's cookie, nil without one.
func (v *visitor) cookie() *network.Cookie {
	v.t.Helper()
	var found *network.Cookie
	v.do(chromedp.ActionFunc(func(ctx context.Context) error {
		all, err := network.GetCookies().Do(ctx)
		for _, c := range all {
			if c.Name == "loquet" {
				found = c
			}
		}
		return err //nolint:wrapcheck // a test says which step it was
	}))
	return found
}

// back presses the browser's back button and waits until another page stands there.
func (v *visitor) back() {
	v.t.Helper()
	v.do(chromedp.Evaluate(`window.walked = true; history.back()`, nil))
	v.until("the page before", `!window.walked && document.readyState === 'complete'`)
}

// tabs presses Tab until the focus is on what an expression finds. Each stop must show that it has the focus.
func (v *visitor) tabs(to, what string) {
	v.t.Helper()
	v.stops(kb.Tab, nil, to, what)
}

// stops presses a key until the focus is on what an expression finds. Each stop must be there to be seen, and show that
// it has the focus.
func (v *visitor) stops(key string, with []chromedp.KeyOption, to, what string) {
	v.t.Helper()
	v.has(to, what)
	for range 60 {
		v.do(chromedp.KeyEvent(key, with...))
		var stop struct {
			There, Seen, Shown bool
			Where              string
		}
		v.see(`(e => {
			const body = e === document.body, style = getComputedStyle(e), box = e.getClientRects()[0]
			const on = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
			return {
				there: e === `+to+`, where: e.outerHTML.slice(0, 300),
				seen: body || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 3,
				shown: body || !!on && e.contains(on),
			}
		})(document.activeElement)`, &stop)
		if !stop.Seen {
			v.t.Errorf("%s at %s: the focus does not show on %s", v.view, v.path(), stop.Where)
		}
		if !stop.Shown {
			v.t.Errorf("%s at %s: the focus is on what is hidden, %s", v.view, v.path(), stop.Where)
		}
		if stop.There {
			return
		}
	}
	v.t.Fatalf("%s at %s: the keyboard does not reach %s", v.view, v.path(), what)
}

// keys goes to a field by Tab and types into it.
func (v *visitor) keys(label, words string) {
	v.t.Helper()
	v.tabs(labelled(label), "field « "+label+" »")
	v.do(chromedp.KeyEvent(words))
}

// enters goes to a link or button by Tab, presses Enter, and gives the status of the page that follows.
func (v *visitor) enters(words string) int64 {
	v.t.Helper()
	v.tabs(named(words), "« "+words+" »")
	return v.leads(chromedp.KeyEvent(kb.Enter))
}

// nobody wants nothing about a person on the page.
func (v *visitor) nobody() {
	v.t.Helper()
	if page := v.reads(); strings.Contains(page, "Claire Martin") || strings.Contains(page, "Se déconnecter") {
		v.t.Errorf("%s at %s: a personal page is on the screen:\n%s", v.view, v.path(), page)
	}
}

// ticks clicks a box by its words.
func (v *visitor) ticks(label string) {
	v.t.Helper()
	v.has(labelled(label)+`.checked === false`, "empty box « "+label+" »")
	words := `[...document.querySelectorAll('label')].find(e => e.control === ` + labelled(label) + `)`
	v.do(chromedp.Click(words, chromedp.ByJSPath))
	v.has(labelled(label)+`.checked`, "ticked box « "+label+" »")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
