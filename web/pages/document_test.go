package pages

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// document is what the tests look for on a page.
type document struct {
	lang, title string
	words       string // everything that is read or spoken
	ids         map[string]bool
	faults      []string
}

var void = []string{"meta", "link", "input", "br", "wbr", "img", "hr"}

// spoken lists the attributes whose values people read or hear.
var spoken = []string{"aria-label", "title", "placeholder", "alt", "data-show", "data-hide", "data-show-about",
	"data-hide-about", "data-caps", "data-left", "data-met", "data-elapsed", "data-label",
	"data-cancelled", "data-failed", "data-already", "data-done"}

type reader struct {
	document
	open     []string
	headings int
	landmark map[string]int
	labels   map[string]bool // ids that a <label for> names
	fields   []string        // ids of fields that need a label
	wanted   map[string]string
}

// read reads a page token by token, as strictly as an XML reader would, and notes what is wrong with it.
func read(t *testing.T, page string) document {
	t.Helper()
	r := &reader{
		document: document{ids: map[string]bool{}}, labels: map[string]bool{}, wanted: map[string]string{},
		landmark: map[string]int{},
	}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			break
		}
		r.token(kind, z.Token())
	}
	r.finish(page)
	return r.document
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *reader) token(kind html.TokenType, token html.Token) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		if !slices.Contains(void, token.Data) && kind == html.StartTagToken {
			r.open = append(r.open, token.Data)
		}
		r.element(token)
	case html.EndTagToken:
		if len(r.open) == 0 || r.open[len(r.open)-1] != token.Data {
			r.fault("</%s> closes %v", token.Data, r.open)
			return
		}
		r.open = r.open[:len(r.open)-1]
	case html.TextToken:
		switch {
		case len(r.open) == 0:
		case r.open[len(r.open)-1] == "title":
			r.title += token.Data
			r.words += token.Data + "\n"
		case r.open[len(r.open)-1] != "style":
			r.words += token.Data + "\n"
		}
	}
}

func (r *reader) element(token html.Token) {
	a := map[string]string{}
	for _, at := range token.Attr {
		if _, twice := a[at.Key]; twice {
			r.fault("<%s> has %s twice", token.Data, at.Key)
		}
		a[at.Key] = at.Val
		if at.Key == "style" || strings.HasPrefix(at.Key, "on") {
			r.fault("<%s> has an inline %s, which the CSP refuses", token.Data, at.Key)
		}
		if slices.Contains(spoken, at.Key) {
			r.words += at.Val + "\n"
		}
		if slices.Contains([]string{"aria-describedby", "aria-labelledby", "data-criteria", "data-status"}, at.Key) {
			for id := range strings.FieldsSeq(at.Val) {
				r.wanted[id] = at.Key
			}
		}
	}
	if id, ok := a["id"]; ok {
		if id == "" || r.ids[id] {
			r.fault("id %q is empty or there twice", id)
		}
		r.ids[id] = true
	}
	r.rules(token.Data, a)
}

func (r *reader) rules(tag string, a map[string]string) {
	switch tag {
	case "html":
		r.lang = a["lang"]
	case "h1":
		r.headings++
	case "main", "header", "footer":
		r.landmark[tag]++
	case "label":
		r.labels[a["for"]] = true
	case "input":
		if a["type"] != "hidden" {
			r.fields = append(r.fields, a["id"])
		}
		if a["aria-invalid"] == "true" && a["aria-describedby"] == "" {
			r.fault("%s is refused without a sentence that says why", a["name"])
		}
		if a["type"] == "text" || a["type"] == "password" || a["type"] == "email" {
			if a["autocomplete"] == "" {
				r.fault("%s has no autocomplete token", a["name"])
			}
		}
	case "a":
		if strings.HasPrefix(a["href"], "#") {
			r.wanted[a["href"][1:]] = "href"
		}
		if a["href"] == "" || a["target"] != "" {
			r.fault("a link leads nowhere, or opens a window: %v", a)
		}
	case "svg":
		if drawn := a["role"] == "img" && a["aria-label"] != ""; a["aria-hidden"] != "true" && !drawn {
			r.fault("a drawing is neither hidden from readers nor named")
		}
	case "select", "textarea":
		r.fields = append(r.fields, a["id"])
	case "form":
		asks := a["method"] == "get" && a["role"] == "search"
		if a["method"] != "post" && !asks || !strings.HasPrefix(a["action"], "/") || strings.HasPrefix(a["action"], "//") {
			r.fault("a form posts to %q by %q", a["action"], a["method"])
		}
	case "iframe":
		if a["title"] == "" {
			r.fault("a frame has no title")
		}
	}
}

func (r *reader) finish(page string) {
	if !strings.HasPrefix(page, "<!doctype html>") && !strings.HasPrefix(page, "<!DOCTYPE html>") {
		r.fault("no doctype")
	}
	if len(r.open) > 0 {
		r.fault("left open: %v", r.open)
	}
	if r.headings != 1 {
		r.fault("%d <h1>, want 1", r.headings)
	}
	for _, tag := range []string{"main", "header", "footer"} {
		if r.landmark[tag] != 1 {
			r.fault("%d <%s>, want 1", r.landmark[tag], tag)
		}
	}
	for _, id := range r.fields {
		if !r.labels[id] {
			r.fault("the field %q has no label", id)
		}
	}
	for id, why := range r.wanted {
		if !r.ids[id] {
			r.fault("%s names %q, which is not there", why, id)
		}
	}
	if strings.TrimSpace(r.title) == "" {
		r.fault("no title")
	}
}

func queryOf(t *testing.T, link string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(strings.TrimPrefix(link, "?"))
	if err != nil {
		t.Fatal(err)
	}
	return q
}
