// Package text holds every sentence that people read, one file per language in the go-i18n format, and a pack of other
// words per language for organisations that say « clé » where others say « mot de passe ».
//
// It promises that every key exists in every language: a missing one turns the tests red, not the page.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.toml key/*.toml
var files embed.FS

// Languages lists the languages that have a file, the first one is the default.
var Languages = []string{"fr", "en"}

// Pack is a wording pack; its words replace those of the language.
type Pack string

// The packs. The plain words need no pack.
const (
	Plain Pack = ""
	Key   Pack = "key"
)

// Packs lists every pack.
var Packs = []Pack{Plain, Key}

// Printer says sentences in one language and pack. It is safe for use by many goroutines.
type Printer struct {
	Language string
	Pack     Pack
	plain    map[string]string // sentences without anything to fill in
	keys     map[string]bool
	loc      *i18n.Localizer
}

var printers = load()

func load() map[Pack]map[string]*Printer {
	all := map[Pack]map[string]*Printer{}
	for _, pack := range Packs {
		all[pack] = map[string]*Printer{}
	}
	for _, lang := range Languages {
		words := messages(".", lang)
		for _, pack := range Packs {
			p := &Printer{Language: lang, Pack: pack, plain: map[string]string{}, keys: map[string]bool{}}
			bundle := i18n.NewBundle(language.Make(lang))
			p.add(bundle, words)
			if pack != Plain {
				p.add(bundle, messages(string(pack), lang))
			}
			p.loc = i18n.NewLocalizer(bundle, lang)
			all[pack][lang] = p
		}
	}
	return all
}

// messages reads the files of one language in a folder. They are part of the program, so a fault in them is a fault of
// the build.
func messages(folder, lang string) (all []*i18n.Message) {
	names, err := fs.Glob(files, folder+"/*.toml")
	if folder == "." {
		names, err = fs.Glob(files, "*.toml")
	}
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		if !strings.HasSuffix("."+strings.TrimPrefix(name, folder+"/"), "."+lang+".toml") {
			continue
		}
		data, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		file, err := i18n.ParseMessageFileBytes(data, name, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			panic(fmt.Errorf("text: %s: %w", name, err))
		}
		all = append(all, file.Messages...)
	}
	return all
}

// add has the printer say these messages, in the place of those of the same keys. Only those with something to fill in
// go into the bundle, which keeps much for each.
func (p *Printer) add(bundle *i18n.Bundle, all []*i18n.Message) {
	for _, m := range all {
		p.keys[m.ID] = true
		if m.One == "" && m.Many == "" && !strings.Contains(m.Other, "{{") {
			p.plain[m.ID] = m.Other
			continue
		}
		delete(p.plain, m.ID)
		if err := bundle.AddMessages(language.Make(p.Language), m); err != nil {
			panic(fmt.Errorf("text: %s: %w", m.ID, err))
		}
	}
}

// For gives the printer of a language and pack; an unknown language gives the first of Languages.
func For(lang string, pack Pack) *Printer {
	byLanguage, ok := printers[pack]
	if !ok {
		byLanguage = printers[Plain]
	}
	if p, ok := byLanguage[lang]; ok {
		return p
	}
	return byLanguage[Languages[0]]
}

var matcher = language.NewMatcher(tags())

func tags() []language.Tag {
	var t []language.Tag
	for _, l := range Languages {
		t = append(t, language.Make(l))
	}
	return t
}

// Match gives the best of Languages for an Accept-Language header, or the fallback when it asks for none of them.
func Match(accept, fallback string) string {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return fallback
	}
	_, index, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return fallback
	}
	return Languages[index]
}

// Known says whether lang is one of Languages.
func Known(lang string) bool {
	for _, l := range Languages {
		if l == lang {
			return true
		}
	}
	return false
}

// Say gives the sentence of a key; args are names and values in turn: Say("home.welcome", "Name", "Ada").
// A key that does not exist comes back between marks, so that it is seen.
func (p *Printer) Say(key string, args ...any) string {
	if s, ok := p.plain[key]; ok {
		return s
	}
	return p.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data(args)})
}

// Count gives the sentence of a key for a number of things, which the sentence knows as {{.Count}}.
func (p *Printer) Count(key string, n int, args ...any) string {
	d := data(args)
	d["Count"] = n
	return p.localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: n, TemplateData: d})
}

func (p *Printer) localize(c *i18n.LocalizeConfig) string {
	s, err := p.loc.Localize(c)
	if err != nil {
		return "⟦" + c.MessageID + "⟧"
	}
	return s
}

func data(args []any) map[string]any {
	d := make(map[string]any, len(args)/2+1)
	for i := 0; i+1 < len(args); i += 2 {
		d[fmt.Sprint(args[i])] = args[i+1]
	}
	return d
}

// Has says whether the key exists.
func (p *Printer) Has(key string) bool { return p.keys[key] }

// Keys gives every key, sorted.
func (p *Printer) Keys() []string {
	keys := make([]string, 0, len(p.keys))
	for k := range p.keys {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Date gives a day in words: « 3 septembre 2026 », « 1er septembre 2026 ».
func (p *Printer) Date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = p.Say("date.first")
	}
	return p.Say("date.day", "Day", day, "Month", p.Say(fmt.Sprintf("date.month.%d", int(t.Month()))), "Year", t.Year())
}

// Clock gives a time of day: « 14 h 02 ».
func (p *Printer) Clock(t time.Time) string {
	return p.Say("date.clock", "Hour", t.Hour(), "Minute", fmt.Sprintf("%02d", t.Minute()))
}

// Span gives a duration in the largest unit that divides it: « 24 heures », « 90 minutes ».
func (p *Printer) Span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return p.Count("date.days", int(d/(24*time.Hour)))
	case d >= time.Hour && d%time.Hour == 0:
		return p.Count("date.hours", int(d/time.Hour))
	case d >= time.Minute:
		return p.Count("date.minutes", int((d+time.Minute-1)/time.Minute))
	}
	return p.Count("date.seconds", int((d+time.Second-1)/time.Second))
}
