package help

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	rendering "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"loquet/account"
)

// The parser knows headings, paragraphs, lists, quotations, lines, emphasis and links. HTML and code are not among what
// it knows, so that a tag is nothing but its letters (ATK-082).
var (
	markdown = parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
	)
	printer = renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(rendering.NewRenderer(rendering.WithHardWraps()), 1000),
		util.Prioritized(links{}, 100), // comes before the one above
	))
)

// deepest is how many lists and quotations may stand within each other.
const deepest = 6

// rendered is a page as people read it.
type rendered struct {
	title    string   // plain words; empty when the text does not begin with one
	body     string   // HTML
	badLinks []string // where links lead that lead nowhere now
	deep     bool     // more than deepest
}

// render makes a page of Markdown in which all names are filled. The addresses of its headings begin with its own, so
// that they meet no other of the page that they are shown on.
func render(source, slug string) (rendered, error) {
	src := []byte(source)
	doc := markdown.Parse(text.NewReader(src))
	r := rendered{deep: prune(doc, 0)}
	if h, ok := doc.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		title, err := printed(src, h)
		if err != nil {
			return r, err
		}
		r.title = plainWords(title)
		doc.RemoveChild(doc, h)
	}
	if err := arrange(src, doc, slug); err != nil {
		return r, err
	}
	var err error
	r.body, err = printed(src, doc)
	r.badLinks = bad(src, doc)
	return r, err
}

func printed(src []byte, n ast.Node) (string, error) {
	var b bytes.Buffer
	if err := printer.Render(&b, src, n); err != nil {
		return "", fmt.Errorf("printing a help page: %w", err)
	}
	return b.String(), nil
}

var element = regexp.MustCompile(`<[^>]*>`)

// plainWords takes the elements off a line that printed has made.
func plainWords(line string) string {
	return strings.TrimSpace(html.UnescapeString(element.ReplaceAllString(line, "")))
}

// prune empties what stands too deep, and says whether anything did.
func prune(n ast.Node, depth int) bool {
	switch n.Kind() {
	case ast.KindList, ast.KindBlockquote:
		depth++
	}
	if depth > deepest {
		n.RemoveChildren(n)
		return true
	}
	deep := false
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		deep = prune(child, depth) || deep
	}
	return deep
}

// arrange gives each heading an address, and a level that follows the one before, beneath the title (WCAG 1.3.1).
func arrange(src []byte, doc ast.Node, slug string) error {
	taken := map[string]bool{}
	level := 1
	return ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		h, ok := n.(*ast.Heading)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		h.Level = max(2, min(h.Level, level+1, 4))
		level = h.Level
		words, err := printed(src, h)
		if err != nil {
			return ast.WalkStop, err
		}
		first := slug + "-" + anchor(plainWords(words))
		id := first
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("%s-%d", first, n)
		}
		taken[id] = true
		h.SetAttributeString("id", []byte(id))
		return ast.WalkSkipChildren, nil
	})
}

var noLetters = regexp.MustCompile(`[^a-z0-9]+`)

func anchor(words string) string {
	return strings.Trim(noLetters.ReplaceAllString(account.Fold(words), "-"), "-")
}

// links prints links to places that are allowed; what leads elsewhere is printed as its words, and a picture as the
// words that stand for it.
type links struct{}

// RegisterFuncs is renderer.NodeRenderer's.
func (links) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if to, ok := destination(n.(*ast.Link)); ok && entering {
			_, _ = w.WriteString(`<a href="` + html.EscapeString(to) + `">`)
		} else if ok {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindAutoLink, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		words := html.EscapeString(string(n.(*ast.AutoLink).Label(src)))
		if to, ok := automatic(src, n.(*ast.AutoLink)); ok {
			words = `<a href="` + html.EscapeString(to) + `">` + words + "</a>"
		}
		_, _ = w.WriteString(words)
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, nil
	})
}

// destination gives the very address that a browser will read, once what Markdown writes otherwise is undone.
func destination(l *ast.Link) (string, bool) {
	to := string(util.URLEscape(l.Destination, true))
	return to, good(to)
}

func automatic(src []byte, l *ast.AutoLink) (string, bool) {
	to := string(util.URLEscape(l.URL(src), false))
	if l.AutoLinkType == ast.AutoLinkEmail {
		to = "mailto:" + strings.TrimPrefix(to, "mailto:")
	}
	return to, good(to)
}

// good says whether a link may lead there: http, https, mailto, tel, and paths of this site (ATK-043).
func good(to string) bool {
	if strings.ContainsFunc(to, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' }) {
		return false
	}
	u, err := url.Parse(to)
	if err != nil || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto", "tel":
		return u.Opaque != ""
	case "":
		// Two slashes name another host, and to a browser three are two: the address says so, not what it is parsed to.
		local := strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.HasPrefix(u.Path, "//") &&
			!strings.Contains(u.Path, `\`)
		return local || strings.HasPrefix(to, "#") && len(to) > 1
	}
	return false
}

// bad gives where links lead that are not allowed, as the writer wrote it.
func bad(src []byte, doc ast.Node) []string {
	var all []string
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // its function gives no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch l := n.(type) {
		case *ast.Link:
			if _, ok := destination(l); !ok {
				all = append(all, string(l.Destination))
			}
		case *ast.AutoLink:
			if _, ok := automatic(src, l); !ok {
				all = append(all, string(l.Label(src)))
			}
		case *ast.Image:
			all = append(all, string(l.Destination))
		}
		return ast.WalkContinue, nil
	})
	return all
}
