package help

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"loquet/organisation"
)

// elements are all that a page may be made of, with the attributes that each may have.
var elements = map[string][]string{
	"p": nil, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "ul": nil, "ol": {"start"}, "li": nil, "blockquote": nil,
	"hr": nil, "br": nil, "em": nil, "strong": nil, "a": {"href"},
}

// unsafe gives what is in a page and may not be.
func unsafe(t *testing.T, page string) []string {
	t.Helper()
	var found []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return found
		case html.CommentToken, html.DoctypeToken:
			found = append(found, string(z.Raw()))
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			allowed, ok := elements[token.Data]
			for _, a := range token.Attr {
				if !slices.Contains(allowed, a.Key) || a.Key == "href" && !harmless(a.Val) {
					ok = false
				}
			}
			if !ok {
				found = append(found, token.String())
			}
		}
	}
}

// harmless reads an address as browsers do (WHATWG URL: blanks at its ends, tabs and line ends anywhere are left out,
// letters are small, a backslash is a slash), and not as the code under test does.
func harmless(to string) bool {
	to = strings.Trim(to, "\x00 \t\r\n\f")
	to = strings.ToLower(strings.NewReplacer("\t", "", "\r", "", "\n", "", `\`, "/").Replace(to))
	for _, allowed := range []string{"http://", "https://", "mailto:", "tel:", "#"} {
		if strings.HasPrefix(to, allowed) && len(to) > len(allowed) {
			return true
		}
	}
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//")
}

var hostile = []string{
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- x -->", "<?php x ?>", "<![CDATA[x]]>",
	"<div>\n\n**x**\n\n</div>", "<a href=\"javascript:alert(1)\">x</a>", "&lt;script&gt;alert(1)&lt;/script&gt;",
	"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](<java\tscript:alert(1)>)",
	"[x](&#106;avascript:alert(1))",
	"[x](javascript&colon;alert(1))", "[x](javascript&amp;colon;alert(1))", "[x](\\javascript:alert(1))",
	"[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](//evil.example)",
	"[x](/&sol;evil.example)", "[x](/&amp;sol;evil.example)", "[x](/\\\\evil.example)", "[x](/&bsol;evil.example)",
	"[](/&sol;)", "[x](/&sol;/evil.example)", "[x](///evil.example)", "[x](/&Tab;/evil.example)",
	"[x](</ /evil.example>)", "[x](https:evil)", "[x](https://user:pass@evil.example)",
	"[x](http:///evil)", "[x](\u0001javascript:alert(1))", "[x]( )", "[x]()", "[x](?lang=en)", "[x](evil.example)",
	"[x](/ok \"title\\\" onmouseover=alert(1)\")", "[x](/a\"onmouseover=alert(1))", "[x](/a'b)", "[\"><script>](/a)",
	"![x](javascript:alert(1))", "![x](https://evil.example/p.png)", "![<script>](x)", "[![x](y)](javascript:z)",
	"<javascript:alert(1)>", "<data:text/html,x>", "<https://ok.example/\"onload=x>", "<a@b.example>", "<x-evil:1>",
	"[x]: javascript:alert(1)\n\n[x]", "[x][y]\n\n[y]: javascript:alert(1)", "```html\n<script>\n```", "    <script>",
	"`<script>`", "# <script>\n\n## <script>", "## x {onclick=alert(1)}", "## a {#main}",
	"- <script>\n  - [x](javascript:y)",
	"> <script>", "a  \n<script>", "\x00<script>", "<scr\x00ipt>", "\ufeff<script>", "{{organisation}}<script>",
	"{{#telephone}}<script>{{/telephone}}", "[x](tel:)", "[x](mailto:)", "[x](#)", "[x](#\"><script>)", "<<script>script>",
	"[x](https://[::1)", "*[x](javascript:*alert(1)*)*", "[x](java\nscript:alert(1))", "\u2028<script>\u2029",
	"[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61)", "[x](&NewLine;javascript:alert(1))",
}

// ATK-082, in help pages: whatever managers write, the page holds nothing but words and links that lead to harmless
// places.
func TestATK082HostileMarkdownStaysWords(t *testing.T) {
	a := manager(organisation.PortailFamille)
	for _, h := range hostile {
		for _, source := range []string{h, "# Titre\n\n" + h, "1. a\n   " + h + "\n2. b", "**" + h + "**"} {
			article, err := a.article(Revision{Page: "connexion", Language: "fr", Text: tidy(source)})
			if err != nil {
				t.Fatal(err)
			}
			if found := unsafe(t, article.Body); len(found) > 0 {
				t.Errorf("%q gives %q", source, found)
			}
		}
	}
}

// ATK-082: neither do the values that stand in the place of names.
func TestATK082HostileValuesStayWords(t *testing.T) {
	for _, h := range hostile {
		a := manager(organisation.PortailFamille)
		o := &a.Organisation
		o.Name, o.Hosts = h, []string{h}
		o.Contact = organisation.Contact{Service: h, Phone: "06 " + h, Email: h, Hours: h, Address: h}
		named, _ := a.Words("fr")
		source := "# {{organisation}}\n\n[x]({{organisation}})\n"
		for _, n := range named {
			source += "\n{{" + n.Name + "}}\n"
		}
		article, err := a.article(Revision{Page: "connexion", Language: "fr", Text: source})
		if err != nil {
			t.Fatal(err)
		}
		if found := unsafe(t, article.Body); len(found) > 0 {
			t.Errorf("%q gives %q", h, found)
		}
		if strings.Contains(article.Body, "<h") {
			t.Errorf("%q became a heading:\n%s", h, article.Body)
		}
	}
}

func FuzzHelpPagesAreSafe(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	a := manager(organisation.PortailFamille)
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 2000 {
			return
		}
		article, err := a.article(Revision{Page: "connexion", Language: "fr", Text: tidy(source)})
		if err != nil {
			t.Fatal(err)
		}
		if found := unsafe(t, article.Body); len(found) > 0 {
			t.Errorf("%q gives %q", source, found)
		}
	})
}

// The harness must see what is unsafe, or the tests above prove nothing.
func TestUnsafePagesAreSeen(t *testing.T) {
	for _, bad := range []string{
		"<script>", "<p onclick=x>", `<a href="javascript:x">`, `<a href="//x">`, `<a href="/\x">`, "<img>", "<!-- x -->",
		`<a href="data:x">`, "<p style=x>", "<h1>",
	} {
		if len(unsafe(t, bad)) == 0 {
			t.Errorf("%q passes", bad)
		}
	}
}

// ATK-078, in help pages: a text of the greatest length that is made to be slow is printed in time.
func TestATK078LongTextsAreBounded(t *testing.T) {
	a := manager(organisation.PortailFamille)
	full := func(s string) string { return "# T\n\n" + strings.Repeat(s, (Longest-10)/len([]rune(s))) }
	for _, s := range []string{
		"> ", "- ", "* ", "[", "![", "](", "**a", "*_", "<", "{{", "{{#telephone}}", "{{criteres}}\n", "{{contact}}\n",
		"&", "\\",
		"[a](", "1. ", ">\n", "- a\n  ", "#", "`", "[](/a)", "{{organisation}}",
	} {
		begun := time.Now()
		if _, err := a.article(Revision{Page: "connexion", Language: "fr", Text: full(s)}); err != nil {
			t.Fatal(err)
		}
		if _, err := check(full(s), a.world("fr")); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%q takes %v", s, took)
		}
	}
}

func TestListsWithinListsAreCutOff(t *testing.T) {
	var deep bytes.Buffer
	for i := range deepest + 4 {
		fmt.Fprintf(&deep, "%s- étage %d\n", strings.Repeat("  ", i), i+1)
	}
	r, err := render("# T\n\n"+deep.String(), "x")
	if err != nil || !r.deep || strings.Contains(r.body, fmt.Sprint("étage ", deepest+1)) ||
		!strings.Contains(r.body, "étage 1") {
		t.Errorf("%v %v:\n%s", r.deep, err, r.body)
	}
}

func TestHeadingsHaveAddressesAndFollowEachOther(t *testing.T) {
	r, err := render("# Le *titre* & l’<b>\n\n##### Été\n\n# Été\n\n### \n\n###### c\n", "page")
	if err != nil {
		t.Fatal(err)
	}
	if r.title != "Le titre & l’<b>" {
		t.Errorf("the title is %q", r.title)
	}
	const want = `<h2 id="page-ete">Été</h2>
<h2 id="page-ete-2">Été</h2>
<h3 id="page-"></h3>
<h4 id="page-c">c</h4>
`
	if r.body != want {
		t.Errorf("the body is\n%s", r.body)
	}
}

func TestLinksThatAreAllowed(t *testing.T) {
	for source, want := range map[string]string{
		"[x](/recover)":                  `<a href="/recover">x</a>`,
		"[x](/help?a=1&b=2#c)":           `<a href="/help?a=1&amp;b=2#c">x</a>`,
		"[x](https://mairie.example/é)":  `<a href="https://mairie.example/%C3%A9">x</a>`,
		"[x](tel:+33353013816)":          `<a href="tel:+33353013816">x</a>`,
		"[x](mailto:a@b.example)":        `<a href="mailto:a@b.example">x</a>`,
		"<https://mairie.example>":       `<a href="https://mairie.example">https://mairie.example</a>`,
		"<a@b.example>":                  `<a href="mailto:a@b.example">a@b.example</a>`,
		"[x](javascript:y)":              `x`,
		"![Le plan](/plan.png)":          `Le plan`,
		"[x](#connexion-nous-joindre)":   `<a href="#connexion-nous-joindre">x</a>`,
		"[**x** y](/enter \"Un titre\")": `<a href="/enter"><strong>x</strong> y</a>`,
		"ligne un\nligne deux":           "ligne un<br>\nligne deux",
		"<b>gras</b>":                    "&lt;b&gt;gras&lt;/b&gt;",
	} {
		r, err := render(source, "x")
		if want = "<p>" + want + "</p>\n"; err != nil || r.body != want {
			t.Errorf("%q gives %q, want %q (%v)", source, r.body, want, err)
		}
	}
}
