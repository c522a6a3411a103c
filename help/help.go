// Package help keeps « Aide pour se connecter » (H11): pages in Markdown that come with the program in every language
// and wording, are filled from what the organisation has really set, and that its managers may write anew.
//
// It promises that a page never names a button, a delay or a rule that is not in force; that what managers write
// becomes HTML that can hold no script, whatever they write (ATK-082); that every text that was ever in force is kept;
// and that of two people who write at once the second one is told and loses nothing.
package help

import (
	"context"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/text"
)

// Page is one help page. Its address is the same in every language.
type Page struct {
	Slug     string
	Managers bool // for managers only; for everybody else it does not exist
}

// Pages lists every page, in the order in which people look for help.
var Pages = []Page{
	{Slug: "connexion"},
	{Slug: "mot-de-passe-oublie"},
	{Slug: "identifiant-oublie"},
	{Slug: "premiere-connexion"},
	{Slug: "courriel-absent"},
	{Slug: "retour-a-la-page-d-identification"},
	{Slug: "numero-ou-adresse-change"},
	{Slug: "appareil-partage"},
	{Slug: "double-verification"},
	{Slug: "gerer-les-utilisateurs", Managers: true},
}

// Shipped is the number of the text that comes with the program. What managers save is numbered from 1 on.
const Shipped = 0

// Revision is one text of a page in one language. It never changes once it is kept.
type Revision struct {
	Organisation string
	Page         string
	Language     string
	Number       int64 // Shipped, then 1, 2, 3 … without gaps
	Text         string
	Restores     int64 // the number of the revision that this one brought back; Fresh for none
	Author       string
	By           string // the author's name; empty for the shipped text, and when the account is no more
	At           time.Time
}

// Fresh is the Restores of a text that was written and not brought back.
const Fresh = -1

// Store is what the flow needs kept.
type Store interface {
	// HelpNewest gives the newest revision of each page that was ever changed in this language.
	HelpNewest(ctx context.Context, organisation, language string) ([]Revision, error)
	// HelpRevision gives one; fault.Missing for none.
	HelpRevision(ctx context.Context, organisation, page, language string, number int64) (Revision, error)
	// HelpRevisions gives at most max revisions of a page without their texts, newest first.
	HelpRevisions(ctx context.Context, organisation, page, language string, max int) ([]Revision, error)
	// AddHelpRevision keeps a revision; fault.Stale unless the one before it is the newest.
	AddHelpRevision(ctx context.Context, r Revision, note audit.Entry) error
}

// Flow shows and changes help pages.
type Flow struct {
	Store Store
	Now   func() time.Time
}

// Actor is whoever reads or writes, and where. Person is the zero account for people who are not signed in.
type Actor struct {
	Organisation organisation.Organisation
	Person       account.Account
	Browser      session.Browser
}

// May says whether the actor may see revisions and write pages.
func (a Actor) May() bool { return a.allowed(organisation.ChangeHelp) }

func (a Actor) allowed(do organisation.Do) bool {
	return organisation.MayDo(a.Person, do, account.Account{Organisation: a.Organisation.ID}, false)
}

// sees gives fault.Missing for a page that does not exist for this actor.
func (a Actor) sees(slug, language string) error {
	for _, p := range Pages {
		if p.Slug == slug && text.Known(language) && (!p.Managers || a.allowed(organisation.SeeSettings)) {
			return nil
		}
	}
	return fault.Missing
}

// writes gives fault.Forbidden for whoever may not write, and fault.Missing as sees.
func (a Actor) writes(slug, language string) error {
	if !a.May() {
		return fault.Forbidden
	}
	return a.sees(slug, language)
}

func (a Actor) world(language string) world {
	pack := text.Plain
	if a.Organisation.Wording == organisation.Key {
		pack = text.Key
	}
	return world{o: a.Organisation, say: text.For(language, pack)}
}
