package walk

import (
	"net/http"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/store"
	"loquet/store/storetest"
)

// Where people go, and who they are.
const (
	town     = "famille.localhost:8080"
	school   = "autoecole.localhost:8080"
	platform = "localhost:8080"

	claire = "claire.martin@orange.example" // storetest.Active
	before = "Tilleul-Vert-31"              // a password in force
	chosen = "Lilas-Bleu-74"
	next   = "Saule-Gris-58"
)

// home is a house that browsers reach.
type home struct {
	*housetest.Fixture

	handler http.Handler
}

// open gives a house on a fresh database.
func open(t testing.TB) *home {
	t.Helper()
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	f.Deliver(t, server{f.Catcher})
	o := f.Town
	o.Legal.Copyright = "© 2026 Ville de Saint-Loup – Tous droits réservés"
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
	if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	return &home{f, f.Web.Handler()}
}

// seats bounds how many walks run at once, whatever the machine.
var seats = make(chan struct{}, 2)

// walks runs a walk in each of the four views, on a house of its own.
func walks(t *testing.T, walk func(t *testing.T, h *home, v *visitor)) {
	t.Helper()
	walksIn(t, views, walk)
}

// walksIn runs a walk in some of the views.
func walksIn(t *testing.T, in []view, walk func(t *testing.T, h *home, v *visitor)) {
	t.Helper()
	for _, view := range in {
		t.Run(view.String(), func(t *testing.T) {
			t.Parallel()
			seats <- struct{}{}
			defer func() { <-seats }()
			h := open(t)
			walk(t, h, h.visitor(t, view))
		})
	}
}

// knows gives a person a password that is known.
func (h *home) knows(t testing.TB, person account.Account, password string) {
	t.Helper()
	old, err := h.DB.Hash(t.Context(), person.Organisation, person.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DB.StoreHash(t.Context(), person.Organisation, person.ID, old, hash); err != nil {
		t.Fatal(err)
	}
}

// citizen reads an account of the town.
func (h *home) citizen(t testing.TB, identifier string) account.Account {
	t.Helper()
	return storetest.Person(t, h.DB, h.Town, identifier)
}

// settles gives somebody of the town another account.
func (h *home) settles(t testing.TB, a account.Account) {
	t.Helper()
	a.ID, a.Organisation = store.NewID(), h.Town.ID
	note := audit.Entry{
		Organisation: a.Organisation, At: h.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System, Target: a.ID,
	}
	err := h.DB.CreateAccounts(t.Context(), []store.NewAccount{{Account: a, Hash: storetest.Hash, Note: note}})
	if err != nil {
		t.Fatal(err)
	}
}

// letters waits until all that was asked is answered, and gives the letters after the first so many, oldest first.
func (h *home) letters(t testing.TB, after int) []courier.Caught {
	t.Helper()
	h.Quiet(t)
	newest := h.Catcher.Letters(h.Catcher.Total() - after)
	for i, j := 0, len(newest)-1; i < j; i, j = i+1, j-1 {
		newest[i], newest[j] = newest[j], newest[i]
	}
	return newest
}

// forgets walks from the front page to the letter that answers « Mot de passe oublié ».
func (v *visitor) forgets(h *home, identifier, mailbox string) courier.Caught {
	v.t.Helper()
	count := h.Catcher.Total()
	v.opens(town, "/")
	v.clicks("Mot de passe oublié")
	v.types("Identifiant", identifier)
	v.clicks("Recevoir un courriel")
	v.at("/recover/sent")
	return h.Letter(v.t, mailbox, count)
}

// signs signs in from the front page.
func (v *visitor) signs(identifier, password string) int64 {
	v.t.Helper()
	v.opens(town, "/signin")
	v.types("Identifiant", identifier)
	v.types("Mot de passe", password)
	return v.clicks("Connexion")
}

// chooses fills the renewal page and leaves it.
func (v *visitor) chooses(password string) {
	v.t.Helper()
	v.at("/renew")
	v.types("Nouveau mot de passe", password)
	v.types("Confirmation mot de passe", password)
	v.clicks("Enregistrer")
	v.at("/signin")
	v.wants("Votre nouveau mot de passe est enregistré.", "Identifiez-vous de nouveau")
}

// seconds is how long a letter may take here; the seed promises five minutes.
const seconds = 5 * time.Second
