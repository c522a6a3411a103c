package pages

import (
	"net/url"
	"strconv"
	"time"
)

// HelpText is one help page in one language.
type HelpText struct {
	Slug     string
	Language string
	Title    string
	Body     string // HTML as help.Article gives it, which holds no script; headings from the second level on
	Managers bool   // for managers only
	Revision HelpRevision
}

// HelpRevision is one text that a help page has had.
type HelpRevision struct {
	Number   int64 // 0 for the text that comes with the program
	Restores int64 // the number of the revision that it brought back; less than 0 for none
	By       string
	At       time.Time
}

// HelpLine is one line of two texts woven together; Left says that so many unchanged lines are left out there.
type HelpLine struct {
	Parts []HelpPart
	Left  int
}

// HelpPart is words that were kept (""), "removed" or "added".
type HelpPart struct{ Became, Words string }

// Help is GET /help: every page that the reader may open; Whole (all=1) shows them one after the other, for printing.
type Help struct {
	Frame
	Texts []HelpText
	Whole bool
}

// HelpArticle is GET /help/{page}. Writable: whoever reads it may write it.
type HelpArticle struct {
	Frame
	Text     HelpText
	Writable bool
}

// HelpHistory is GET /help/{page}/revisions, newest first; the last one is the text that comes with the program. Each
// is compared by /help/{page}/revisions/{number}?with=….
type HelpHistory struct {
	Frame
	Text      HelpText // in force
	Revisions []HelpRevision
}

// HelpCompared is GET /help/{page}/revisions/{n}: how it reads, and what differs from With (with=m, else the one
// before). The form that brings it back posts revision, base (Newest) and language to /settings/help/{page}/restore.
type HelpCompared struct {
	Frame
	Title      string // of the page in force
	Text       HelpText
	With       HelpRevision
	Difference []HelpLine
	Newest     int64
	Notice     Notice // Saved
	Problems   []Problem
	Overtaken  bool // 422: somebody saved another one since the form was shown
}

// HelpPages is GET /settings/help: every page, in every language.
type HelpPages struct {
	Frame
	Texts map[string][]HelpText // by language, in their order
}

// HelpName is one {{name}} or {{#fact}} that a page may hold: what it is, and its value now.
type HelpName struct {
	Name  string
	Value string
	Block bool // needs a line of its own
	Holds bool // for facts
}

// HelpEdit is /settings/help/{page}: text, base (a revision's number), language, and do=preview or do=save.
type HelpEdit struct {
	Frame
	Title      string
	Text       HelpText // as it was typed, shown when Previewed
	Typed      string
	Base       int64
	Previewed  bool
	Problems   []Problem // text
	Overtaken  *HelpRevision
	Difference []HelpLine // what the overtaking one has changed
	Theirs     string     // its text
	Longest    int        // characters
	Names      []HelpName
	Facts      []HelpName
}

// helpPaths says which help page fits which page. Pages that are not here lead to the list.
var helpPaths = map[string]string{
	"/signin":     "connexion",
	"/recover":    "mot-de-passe-oublie",
	"/identifier": "identifiant-oublie",
	"/sent":       "courriel-absent",
	"/enter":      "premiere-connexion",
	"/renew":      "mot-de-passe-oublie",
	"/repair":     "retour-a-la-page-d-identification",

	"/signin/second":           "double-verification",
	"/account/factors":         "double-verification",
	"/account/factors/passkey": "double-verification",
	"/account/factors/app":     "double-verification",
	"/account/factors/codes":   "double-verification",
}

// HelpFor gives the help page that fits where somebody is stuck: /help/mot-de-passe-oublie for /recover.
func HelpFor(path string) string {
	if slug, ok := helpPaths[path]; ok {
		return "/help/" + slug
	}
	return "/help"
}

// helpPath gives the address of something about a help page in the language of its text, which need not be the
// reader's: query holds names and values in turn.
func helpPath(language string, parts []string, query ...string) string {
	path := ""
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	values := url.Values{"language": {language}}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return path + "?" + values.Encode()
}

func (t HelpText) revisions() string {
	return helpPath(t.Language, []string{"help", t.Slug, "revisions"})
}

// HelpRevisionPath gives the address of one revision of a page.
func HelpRevisionPath(slug, language string, number int64) string {
	return helpPath(language, []string{"help", slug, "revisions", strconv.FormatInt(number, 10)})
}

func (t HelpText) revision(n int64) string { return HelpRevisionPath(t.Slug, t.Language, n) }

func (t HelpText) compared(n, with int64) string {
	return helpPath(t.Language, []string{"help", t.Slug, "revisions", strconv.FormatInt(n, 10)},
		"with", strconv.FormatInt(with, 10))
}

func (t HelpText) edit() string { return helpPath(t.Language, []string{"settings", "help", t.Slug}) }

// revised says which revision it is, of whom and from when: « Révision 3, par Hélène Rey, 3 septembre 2026, 14 h 02 ».
func (f Frame) revised(r HelpRevision) string {
	if r.Number == 0 {
		return f.Say.Say("help.revision.shipped")
	}
	by := r.By
	if by == "" {
		by = f.Say.Say("help.revision.nobody")
	}
	return f.Say.Say("help.revision.by", "Number", r.Number, "By", by, "At", f.moment(r.At))
}

// restored says what a revision brought back, "" for none.
func (f Frame) restored(r HelpRevision) string {
	switch {
	case r.Number == 0 || r.Restores < 0:
		return ""
	case r.Restores == 0:
		return f.Say.Say("help.revision.restores.shipped")
	}
	return f.Say.Say("help.revision.restores", "Number", r.Restores)
}

// named gives a revision in a few words.
func (f Frame) named(n int64) string {
	if n == 0 {
		return f.Say.Say("help.revision.shipped")
	}
	return f.Say.Say("help.revision.number", "Number", n)
}

// before and after give the neighbours of the revision that is shown; ok is false where there is none.
func (p HelpCompared) before() (n int64, ok bool) {
	return p.Text.Revision.Number - 1, p.Text.Revision.Number > 0
}

func (p HelpCompared) after() (n int64, ok bool) {
	return p.Text.Revision.Number + 1, p.Text.Revision.Number < p.Newest
}
