package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/desk"
	"loquet/fault"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/organisation"
	"loquet/store/storetest"
	"loquet/web"
)

// atDesk gives two operators who are signed in, and the manager who calls.
func atDesk(t *testing.T, f *housetest.Fixture) (one, two *housetest.Browser, caller account.Account) {
	t.Helper()
	wide(f)
	caller = patronne(t, f)
	one, _, _ = f.Operator(t, "OPERATEUR.UN")
	two, _, _ = f.Operator(t, "OPERATEUR.DEUX")
	return one, two, caller
}

// openCase opens a case about the caller, and gives its path.
func openCase(t *testing.T, b *housetest.Browser, caller account.Account) string {
	t.Helper()
	a := b.Post("/desk/new", "organisation", "autoecole", "reason", "mailbox", "said", "Sa boîte a disparu.", "caller", "0612345678")
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/desk/autoecole/") {
		t.Fatalf("opening a case: %d %q\n%s", a.Status, a.Location, said(a))
	}
	want(t, b.Post(a.Location+"/name", "account", caller.ID), 303, a.Location)
	return a.Location
}

// readCode has a code sent, and reads it as the caller does.
func readCode(t *testing.T, f *housetest.Fixture, b *housetest.Browser, path string) string {
	t.Helper()
	want(t, b.Post(path+"/check", "do", "send-code"), 303, path)
	return code(t, f)
}

// other gives another code of six digits.
func other(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

// deedOf gives the ID of the deed that a page offers to allow or withdraw.
func deedOf(t *testing.T, a housetest.Answer) string {
	t.Helper()
	found := deedID.FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("no deed on the page\n%s", said(a))
	}
	return found[1]
}

// H5 at the desk: from the call to a new address, by two operators, the caller's code in between.
func TestTheDeskHelpsACaller(t *testing.T) {
	f := open(t)
	one, two, caller := atDesk(t, f)
	reads(t, one.Get("/desk"), 200, "Nouvel appel", "Aucun dossier ouvert")
	reads(t, one.Get("/desk/new?q=lac"), 200, "Auto-école du Lac", "Numéro affiché (ne prouve rien)")
	reads(t, one.Post("/desk/new", "q", "lac", "organisation", "nulle"), 422, "Choisissez l’organisation")
	reads(t, one.Post("/desk/new", "organisation", "autoecole"), 422, "Choisissez pourquoi", "Écrivez en quelques mots")
	path := openCase(t, one, caller)

	a := one.Post(path+"/find", "q", "Aline Robert")
	reads(t, a, 200, "1 personne trouvée", "Aline Robert", account.MaskEmail(alines), account.MaskMobile(registered))
	silent(t, a, alines, aline)
	reads(t, one.Post(path+"/find", "q", "Robert"), 422, "C’est trop peu")
	reads(t, one.Post(path+"/find", "q", "Jean Personne"), 422, "Personne ne répond à cela")

	reads(t, one.Get(path), 200, "Je vous envoie un code par SMS", "vérifiez d’abord l’appelant", "Se montre une fois l’appelant vérifié")
	read := readCode(t, f, one, path)
	reads(t, one.Get(path), 200, "Lisez-moi les six chiffres", "encore valables jusqu’à", "Il reste 5 essais")
	reads(t, one.Post(path+"/check", "do", "give-code", "code", other(read)), 422, "Ce n’est pas le bon code")
	want(t, one.Post(path+"/check", "do", "give-code", "code", read[:3]+" "+read[3:]), 303, path)
	a = one.Get(path)
	reads(t, a, 200, "L’appelant est vérifié", "vérifié par code", "Maintenant", "Connecté nulle part")
	silent(t, a, alines, aline, read)

	want(t, one.Post(path+"/propose", "act", "tell-identifier"), 303, path)
	reads(t, one.Get(path), 200, "Votre identifiant est "+aline)
	reads(t, one.Post(path+"/propose", "act", "replace-address", "address", "aline@"), 422, "Ce n’est pas une adresse e-mail")
	reads(t, one.Post(path+"/propose", "act", "name-manager"), 422, "ne le permet pas")
	want(t, one.Post(path+"/propose", "act", "replace-address", "address", "aline@nouvelle.example"), 303, path)
	reads(t, one.Get(path), 200, "Un second opérateur doit le valider", "Un autre opérateur doit le valider")
	reads(t, two.Get("/desk"), 200, "À valider par un second opérateur", "Remplacer l’adresse e-mail")
	want(t, two.Post(path+"/second", "deed", deedOf(t, two.Get(path))), 303, path)
	reads(t, two.Get(path), 200, "C’est fait")
	f.Quiet(t)
	if posted(f, "aline@nouvelle.example", "") != 1 || posted(f, alines, "") == 0 {
		t.Error("the new address was not asked, or the old one not told")
	}
	want(t, one.Post(path+"/close"), 303, "/desk")
	reads(t, one.Get(path), 200, "Ce dossier est fermé")

	gerant, _ := manager(t, f)
	a = gerant.Get("/settings/journal?act=" + string(audit.DeedSeconded))
	reads(t, a, 200, "Assistance (OPERATEUR.DEUX)", "Remplacer l’adresse e-mail", "a…e@nouvelle.example")
	reads(t, isIn(t, f, school, aline).Get("/account/history"), 200, "Assistance : appelant vérifié", "Assistance (OPERATEUR.UN)")
}

// ATK-074, ATK-075, ATK-076: an operator alone, another operator's code, a young number and an old proof lead nowhere.
func TestATK074TheDeskRefuses(t *testing.T) {
	f := open(t)
	one, two, caller := atDesk(t, f)
	path := openCase(t, one, caller)
	read := readCode(t, f, one, path)
	reads(t, two.Get(path), 200, "OPERATEUR.UN a envoyé un code")
	reads(t, two.Post(path+"/check", "do", "give-code", "code", read), 422, "Un autre opérateur a commencé")
	want(t, one.Post(path+"/check", "do", "give-code", "code", read), 303, path)
	reads(t, one.Post(path+"/check", "do", "give-code", "code", read), 422, "n’est pas commencée, ou elle est finie")
	want(t, one.Post(path+"/propose", "act", "replace-address", "address", "aline@nouvelle.example"), 303, path)
	deed := deedOf(t, one.Get(path))
	reads(t, one.Post(path+"/second", "deed", deed), 422, "C’est à un autre opérateur")
	if a := one.Get(path); strings.Contains(a.Body, path+"/second") {
		t.Error("whoever has proposed it is offered to allow it")
	}
	f.Clock.Advance(16 * time.Minute)
	a := two.Post(path+"/second", "deed", deed)
	reads(t, a, 422, "mot de passe actuel")
	if !strings.Contains(a.Body, "<title>Erreur") {
		t.Error("the title does not say that it was refused")
	}
	f.Quiet(t)
	if posted(f, "aline@nouvelle.example", "") != 0 {
		t.Error("it was done")
	}
	want(t, two.Post(path+"/second", "deed", deed, "current_password", housetest.OperatorPassword), 303, path)
	for what, at := range map[string]string{
		"another organisation's": strings.Replace(path, "autoecole", "famille", 1), "the platform's": "/desk/platform/" + path[len("/desk/autoecole/"):],
		"nobody's": "/desk/nulle/x", "no case": "/desk/autoecole/x",
	} {
		if a := two.Get(at); a.Status != 404 {
			t.Errorf("%s: %d", what, a.Status)
		}
		if a := two.Post(at+"/check", "do", "send-code"); a.Status != 404 {
			t.Errorf("%s, by a form: %d", what, a.Status)
		}
	}

	young := person(t, f, f.School, account.Account{
		Identifier: "LAC.JEUNE", GivenName: "Léo", FamilyName: "Neuf", Role: account.Gerant, Mobile: "+33622222222",
		MobileProven: true, MobileSince: f.Clock.Now().AddDate(0, 0, -6),
	})
	path = openCase(t, one, young)
	reads(t, one.Get(path), 200, "doit avoir 7 jours")
	for _, do := range []string{"send-code", "begin-call"} {
		reads(t, one.Post(path+"/check", "do", do), 422, "a moins de 7 jours")
	}
	reads(t, one.Post(path+"/check", "do", "note-papers", "papers", "kbis"), 422, "Ce n’est pas un SIRET")
	reads(t, one.Post(path+"/check", "do", "note-papers", "papers", "identity"), 422, "Ces papiers n’y suffisent pas")
	want(t, one.PostBody(path+"/check", form, papers), 303, path)
	reads(t, one.Post(path+"/check", "do", "second-papers"), 422, "C’est à un autre opérateur")
	want(t, two.Post(path+"/check", "do", "second-papers"), 303, path)
	reads(t, two.Get(path), 200, "vérifié par papiers", "SIRET 732 829 320 00074", "délai de 3 jours")
}

// ATK-074: the number in full is on the page of whoever calls back, and on no other; what was asked waits a day, and its
// owner stops it by the link of the notice, which a mail scanner that opens it does not (ATK-017).
func TestATK074TheOwnerStopsWhatACallerAsked(t *testing.T) {
	f := open(t)
	one, two, caller := atDesk(t, f)
	path := openCase(t, one, caller)
	want(t, one.Post(path+"/check", "do", "begin-call"), 303, path)
	a := one.Get(path)
	reads(t, a, 200, "Raccrochez, puis composez", "06 12 12 12 12")
	if !strings.Contains(a.Body, "tel:"+registered) {
		t.Error("the number cannot be dialled")
	}
	if body := two.Get(path).Body; strings.Contains(body, "tel:"+registered) {
		t.Error("another operator reads the number")
	}
	want(t, one.Post(path+"/check", "do", "confirm-call"), 303, path)
	if body := one.Get(path).Body; strings.Contains(body, "tel:"+registered) {
		t.Error("the number stays on the page")
	}
	want(t, one.Post(path+"/propose", "act", "replace-address", "address", "voleur@free.example"), 303, path)
	count := f.Catcher.Total()
	want(t, two.Post(path+"/second", "deed", deedOf(t, two.Get(path))), 303, path)
	reads(t, two.Get(path), 200, "peut l’arrêter", "en attente")
	notice := f.Letter(t, alines, count)
	stop := changeLink(t, notice.Text, "stop")

	owner := f.Browser(t, school)
	for range 2 {
		reads(t, owner.Get(stop), 200, "Arrêter cette demande", "remplacer l’adresse e-mail", "v…r@free.example")
	}
	reads(t, two.Get(path), 200, "en attente")
	presses(t, owner, stop, 200, "C’est arrêté")
	presses(t, owner, stop, 200, "C’est arrêté")
	reads(t, owner.Get(stop), 200, "C’est arrêté")
	reads(t, one.Get(path), 200, "arrêté par la personne")
	f.Clock.Advance(25 * time.Hour)
	f.Turn(t.Context())
	f.Quiet(t)
	if posted(f, "voleur@free.example", "") != 0 {
		t.Error("it was done all the same")
	}
	// A link that is nobody's reads as it always has, here and at the house beside.
	made := "/stop/" + strings.Repeat("A", len(stop)-len("/stop/"))
	if a, b := owner.Get(made), f.Browser(t, town).Get(stop); a.Status != 404 || b.Status != 404 {
		t.Errorf("links of nobody: %d, %d", a.Status, b.Status)
	}
}

// failing is a desk of which every act on a case gives one error.
type failing struct {
	web.Desk

	err error
}

func (d failing) Name(context.Context, desk.Operator, desk.Ref, string) ([]desk.Fault, error) {
	return nil, d.err
}

func (d failing) Find(context.Context, desk.Operator, desk.Ref, string) ([]desk.Seen, []desk.Fault, error) {
	return nil, nil, d.err
}

func (d failing) Open(context.Context, desk.Operator, desk.Opening) (desk.Case, []desk.Fault, error) {
	return desk.Case{}, nil, d.err
}

func (d failing) Organisations(context.Context, desk.Operator, string) ([]organisation.Organisation, error) {
	return nil, nil
}

// What somebody else has done meanwhile, and one act too many, come back on the page itself.
func TestTheDeskSaysWhenItCannot(t *testing.T) {
	f := open(t)
	one, _, caller := atDesk(t, f)
	path := openCase(t, one, caller)
	whole := f.Web.Desk
	f.Web.Desk = failing{whole, fault.Stale}
	reads(t, one.Post(path+"/name", "account", caller.ID), 422, "Quelqu’un d’autre a travaillé sur ce dossier")
	f.Web.Desk = failing{whole, limit.Over{Wait: 90 * time.Second}}
	for at, fields := range map[string][]string{
		path + "/name": {"account", caller.ID}, path + "/find": {"q", "Aline Robert"},
		"/desk/new": {"organisation", "autoecole", "reason", "other", "said", "x"},
	} {
		a := one.Post(at, fields...)
		reads(t, a, 429, "Trop de demandes")
		if a.Header.Get("Retry-After") != "90" {
			t.Errorf("%s: Retry-After %q", at, a.Header.Get("Retry-After"))
		}
	}
	f.Web.Desk = failing{whole, fault.Forbidden}
	if a := one.Post(path+"/name", "account", caller.ID); a.Status != 403 {
		t.Errorf("forbidden: %d", a.Status)
	}
	if _, err := f.DB.Account(t.Context(), f.School.ID, storetest.Manager); err == nil {
		t.Error("an identifier passes for an ID")
	}
}
