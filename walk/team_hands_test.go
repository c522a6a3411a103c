package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/store"
	"loquet/store/storetest"
)

// The people of the school, by their mailboxes.
const (
	karim = "bureau@autoecole-du-lac.example" // storetest.Bureau
	lucie = "lucie.grondin@free.example"      // storetest.Teacher
)

// unknown is a mailbox that its server does not know.
const unknown = "boite.inconnue@free.example"

// server is the mail server of these walks.
type server struct{ *courier.Catcher }

func (s server) Send(ctx context.Context, from, to string, raw []byte) error {
	if to == unknown {
		return courier.Refusal{Code: 550, Said: "5.1.1 Boîte inconnue", Final: true}
	}
	return s.Catcher.Send(ctx, from, to, raw) //nolint:wrapcheck // as it is
}

// manages signs in the Gérant of the school.
func (v *visitor) manages(h *home) {
	v.t.Helper()
	h.knows(v.t, h.member(v.t, storetest.Manager), before)
	v.opensUp(storetest.Manager, before, false)
	v.at("/home")
}

// crowd brings so many people to the school: ELEVE.000, Zoé Nom000, and on.
func (h *home) crowd(t testing.TB, n int) {
	t.Helper()
	all := make([]store.NewAccount, n)
	for i := range all {
		a := account.Account{
			ID: store.NewID(), Organisation: h.School.ID, Identifier: fmt.Sprintf("ELEVE.%03d", i), GivenName: "Zoé",
			FamilyName: fmt.Sprintf("Nom%03d", i), Role: account.Moniteur, State: account.Active,
		}
		all[i] = store.NewAccount{Account: a, Hash: storetest.Hash, Note: audit.Entry{
			Organisation: a.Organisation, At: h.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System, Target: a.ID,
		}}
	}
	if err := h.DB.CreateAccounts(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

// line opens a line of the settings, by the words that stand on it.
func (v *visitor) line(words string) {
	v.t.Helper()
	v.opens(school, "/settings")
	v.clicks("Gérer : " + words)
}

// opensPerson goes from the settings to a person's page.
func (v *visitor) opensPerson(name string) {
	v.t.Helper()
	v.line("Sécurité : Utilisateurs")
	v.clicks("modifier " + name)
	v.at(v.path())
	v.wants(name, "Un identifiant ne change pas")
}

// unfolded is an expression that finds the open part of a page whose summary has these words.
func unfolded(words string) string {
	quoted, _ := json.Marshal(plain(words)) // a string always can
	return `[...document.querySelectorAll('details[open]')].find(e =>
		e.querySelector('summary').innerText.replace(/[\s\u00a0\u202f]+/g, ' ').trim() === ` + string(quoted) + `)`
}

// unfolds opens a part of a page that is folded away.
func (v *visitor) unfolds(words string) {
	v.t.Helper()
	v.has(named(words), "« "+words+" » to unfold")
	v.do(chromedp.Click(named(words), chromedp.ByJSPath))
	v.until("« "+words+" » being open", unfolded(words))
}

// presses presses the first button inside what an expression finds whose words begin so, and gives the status of the
// page that follows.
func (v *visitor) presses(inside, words string) int64 {
	v.t.Helper()
	button := `[...(` + inside + `)?.querySelectorAll('button') ?? []].find(e => e.getClientRects().length &&
		e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').trim().startsWith('` + words + `'))`
	v.has(button, "button « "+words+" »")
	return v.leads(chromedp.Click(button, chromedp.ByJSPath))
}

// chose clicks a radio button or a box by its label, whatever it says now.
func (v *visitor) chose(label string) {
	v.t.Helper()
	v.has(labelled(label), "choice « "+label+" »")
	v.do(chromedp.Click(labelled(label), chromedp.ByJSPath))
	v.has(labelled(label)+`.checked`, "choice « "+label+" » taken")
}

// picks chooses from a list.
func (v *visitor) picks(label, words string) {
	v.t.Helper()
	v.has(labelled(label), "list « "+label+" »")
	quoted, _ := json.Marshal(plain(words)) // a string always can
	v.has(`(list => {
		const option = [...list.options].find(o => o.label.replace(/[\s\u00a0\u202f]+/g, ' ').trim() === `+string(quoted)+`)
		if (!option) return false
		list.value = option.value
		list.dispatchEvent(new Event('input', { bubbles: true }))
		return true
	})(`+labelled(label)+`)`, "« "+words+" » in the list « "+label+" »")
}

// dates fills in a day, as a calendar does.
func (v *visitor) dates(label, day string) {
	v.t.Helper()
	v.has(labelled(label), "field « "+label+" »")
	v.do(chromedp.Evaluate(`(f => { f.value = '`+day+`' })(`+labelled(label)+`)`, nil))
}

// backs goes to what an expression finds by Shift and Tab, from the end of the page.
func (v *visitor) backs(to, what string) {
	v.t.Helper()
	v.stops(kb.Tab, []chromedp.KeyOption{chromedp.KeyModifiers(input.ModifierShift)}, to, what)
}

// unbroken wants no word of the table to go on in the next line. Those of an identifier or an address end at its dots.
func (v *visitor) unbroken() {
	v.t.Helper()
	var broken []string
	v.see(`(() => {
		const texts = document.createTreeWalker(document.querySelector('table'), NodeFilter.SHOW_TEXT), broken = []
		for (let text; (text = texts.nextNode());) {
			if (text.parentElement.closest('.sr-only')) continue
			for (const word of text.data.matchAll(/[^\s-]+-?/g)) {
				const range = document.createRange()
				range.setStart(text, word.index)
				range.setEnd(text, word.index + word[0].length)
				const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)))
				if (lines.size > 1) broken.push(word[0])
			}
		}
		return broken
	})()`, &broken)
	for _, word := range broken {
		v.t.Errorf("%s at %s: %q is broken in its middle", v.view, v.path(), word)
	}
}

// marks the page, to know it again.
func (v *visitor) marks() {
	v.t.Helper()
	v.do(chromedp.Evaluate(`window.walked = true`, nil))
}

// out wants whoever clicks now to be led to the front page.
func (v *visitor) out() {
	v.t.Helper()
	v.clicks("Mon compte")
	v.at("/signin")
	v.wants("Votre connexion est terminée.")
	v.has(`!document.querySelector('.me')`, "page of nobody")
}

var changeLinks = regexp.MustCompile(`http://[^/\s]+(/(?:confirm|stop)/[A-Za-z0-9_-]{43})`)

// changeLink gives the path of the one link of a letter or text about a change of an address.
func changeLink(t testing.TB, words string) string {
	t.Helper()
	found := changeLinks.FindAllStringSubmatch(words, -1)
	if len(found) != 1 {
		t.Fatalf("%d links in:\n%s", len(found), words)
	}
	return found[0][1]
}

// renewsKey walks from the front page of the school to the answer of « Clé oubliée ? ».
func (v *visitor) renewsKey(identifier, mailbox string) {
	v.t.Helper()
	v.opens(school, "/recover")
	v.types("Identifiant", identifier)
	v.types("Adresse e-mail de référence", mailbox)
	v.clicks("Renouveler ma clé")
	v.at("/recover/sent")
}

// picksKey fills the renewal page of the school.
func (v *visitor) picksKey(key string) {
	v.t.Helper()
	v.at("/renew")
	v.types("Nouvelle clé", key)
	v.types("Confirmation de la clé", key)
	v.clicks("Enregistrer")
	v.at("/signin")
}
