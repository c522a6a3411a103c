package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loquet/organisation"
	"loquet/text"
	"loquet/web/assets"
)

// Theme forces a page into the light or the dark theme; the zero value follows the browser.
type Theme string

// The themes.
const (
	AnyTheme Theme = ""
	Light    Theme = "light"
	Dark     Theme = "dark"
)

// head is what frame needs to know beyond Frame.
type head struct {
	title   string // without the organisation's name
	refused bool   // the title begins with « Erreur »
	next    string // kept by the language links
	private bool   // about a person who is not signed in yet: never shown again from the browser's memory
	wide    bool   // more than the one column of the door
	copies  bool   // with what a button copies
	table   bool   // as wide as the window, with the script of tables
	passkey bool   // with the script of passkeys
	posts   bool   // with the script that presses its one button
	dense   bool   // with the style sheet of the pages behind the door, though nobody is behind it
}

// title gives the text of <title>: « Erreur : Connexion – Ville de Saint-Loup » (WCAG 2.4.2).
func (f Frame) title(h head) string {
	title := h.title
	if f.Organisation.Name != "" {
		title = f.Say.Say("frame.title", "Title", title, "Organisation", f.Organisation.Name)
	}
	if h.refused {
		title = f.Say.Say("frame.error", "Title", title)
	}
	return title
}

// words gives the sentence of a key as this organisation says it: a portail famille has a few sentences of its own.
func (f Frame) words(key string) string {
	if f.Organisation.Preset == organisation.PortailFamille && f.Say.Has(key+".family") {
		return f.Say.Say(key + ".family")
	}
	return f.Say.Say(key)
}

// others gives the languages that the page could be in instead.
func (f Frame) others() []string {
	var others []string
	for _, lang := range text.Languages {
		if lang != f.Say.Language {
			others = append(others, lang)
		}
	}
	return others
}

// languageLink leads back to the same page. Whatever the path holds, the link stays on this site: one that a browser
// could take for another host's is left out, and the browser's own path stands (ATK-043).
func languageLink(path, lang, next string) templ.SafeURL {
	link := (&url.URL{Path: path}).EscapedPath()
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		link = ""
	}
	link += "?lang=" + lang
	if next != "" {
		link += "&next=" + url.QueryEscape(next)
	}
	return templ.SafeURL(link)
}

// mark gives the letters in the organisation's disc.
func (f Frame) mark() string {
	if f.Organisation.Appearance.Logo != "" {
		letters := []rune(f.Organisation.Appearance.Logo)
		return string(letters[:min(3, len(letters))])
	}
	for _, r := range f.Organisation.Name {
		return strings.ToUpper(string(r))
	}
	return ""
}

// styles gives the <style> elements of a page: on the door everything, so that one request paints it; inside, where the
// file is already in the browser's memory, the organisation's colour only. Neither holds what a person typed:
// OrganisationStyle lets nothing through but a colour.
func (f Frame) styles() templ.Component {
	colour := "<style>" + OrganisationStyle(f.Organisation.Appearance.Colour) + "</style>"
	if f.Person == "" {
		return templ.Raw("<style>" + string(assets.CSS) + "</style>" + colour)
	}
	return templ.Raw(`<link rel="stylesheet" href="` + assets.Path("loquet.css") + `">` +
		`<link rel="stylesheet" href="` + assets.Path("team.css") + `">` + colour)
}

// scripts lists what a page loads: one request at the door, where nothing is in the browser's memory yet.
func (f Frame) scripts(h head) []string {
	keys := h.passkey || f.Proof.Passkey
	if keys && f.Person == "" {
		return []string{"door.js"}
	}
	names := []string{"loquet.js"}
	if h.table || h.copies {
		names = append(names, "team.js")
	}
	if h.posts {
		names = append(names, "post.js")
	}
	if keys {
		names = append(names, "passkey.js")
	}
	return names
}

// accessibility gives the mention that the law asks for (ACC-01); what nobody has audited is not conform.
func (f Frame) accessibility() string {
	switch f.Organisation.Legal.Accessibility.State {
	case organisation.Conform:
		return f.Say.Say("frame.accessibility.full")
	case organisation.PartConform:
		return f.Say.Say("frame.accessibility.part")
	}
	return f.Say.Say("frame.accessibility.none")
}

// say puts a problem into words. Args that hold "Count" choose the plural; durations are said in words.
func (p Problem) say(say *text.Printer) string {
	args := slices.Clone(p.Args)
	for i, a := range args {
		if d, ok := a.(time.Duration); ok {
			args[i] = say.Span(max(d, time.Second))
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		if n, ok := args[i+1].(int); ok && args[i] == "Count" {
			return say.Count(p.Key, n, args...)
		}
	}
	return say.Say(p.Key, args...)
}

// at gives the problems of one field.
func at(field string, problems []Problem) []Problem {
	var here []Problem
	for _, p := range problems {
		if p.Field == field {
			here = append(here, p)
		}
	}
	return here
}

// waiting gives every problem its {{.Wait}}, and makes the one that a state is about when the handler named none.
func waiting(say *text.Printer, problems []Problem, wait time.Duration, key string) []Problem {
	if len(problems) == 0 && key != "" {
		problems = []Problem{{Key: key}}
	}
	spoken := make([]Problem, len(problems))
	for i, p := range problems {
		p.Args = append(p.Args[:len(p.Args):len(p.Args)], "Wait", say.Span(max(wait, time.Second)))
		spoken[i] = p
	}
	return spoken
}

// input is one field of a form.
type input struct {
	name, label, kind, value string
	id                       string // where several forms have a field of this name; else its name
	hint                     string
	autocomplete             string
	rules                    string // passwordrules
	least                    int    // minlength
	code                     bool   // shown in wide letters
	mode                     string // inputmode
	form                     bool   // the form's own problems are about this field too
	also                     string // ID of another sentence that describes the field
	optional                 bool
	must                     bool // a box without which the form is refused
	problems                 []Problem
}

// key is the field's ID, by which problems name it.
func (i input) key() string {
	if i.id != "" {
		return i.id
	}
	return i.name
}

func (i input) faults() []Problem { return at(i.key(), i.problems) }

func (i input) wrong() bool {
	return len(i.faults()) > 0 || i.form && len(at("", i.problems)) > 0
}

// describedBy names the sentences that belong to the field, the fault first.
func (i input) describedBy() string {
	var ids []string
	if len(i.faults()) > 0 {
		ids = append(ids, i.key()+"-fault")
	} else if i.wrong() {
		ids = append(ids, "faults")
	}
	if i.hint != "" {
		ids = append(ids, i.key()+"-hint")
	}
	if i.also != "" {
		ids = append(ids, i.also)
	}
	return strings.Join(ids, " ")
}

// phoneLink gives a tel: link of the digits, and of nothing else that an organisation may have written.
func phoneLink(phone string) templ.SafeURL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
	return templ.SafeURL("tel:" + digits)
}

// size gives a file's size in words: « 1,2 Mo ».
func size(say *text.Printer, bytes int) string {
	if bytes < 1_000_000 {
		return say.Say("size.kilo", "Number", max(1, (bytes+500)/1000))
	}
	number := strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64)
	return say.Say("size.mega", "Number", strings.Replace(number, ".", say.Say("size.point"), 1))
}

// kind gives the usual short name of a file's media type, so that nobody opens a download by surprise.
func kind(d organisation.Document) string {
	if i := strings.LastIndexByte(d.File, '.'); i >= 0 && len(d.File)-i <= 5 {
		return strings.ToUpper(d.File[i+1:])
	}
	return d.Media
}

// lines splits what a manager typed on several lines.
func lines(s string) []string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
