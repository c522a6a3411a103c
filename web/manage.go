package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/text"
	"loquet/web/pages"
)

// Admin is what managers do.
type Admin interface {
	Applications

	People(ctx context.Context, a admin.Actor, s admin.Search) (admin.Found, error)
	Person(ctx context.Context, a admin.Actor, id string) (admin.Person, error)
	Add(ctx context.Context, a admin.Actor, d admin.Draft, invite bool) (account.Account, []admin.Fault, error)
	Change(ctx context.Context, a admin.Actor, id string, version int64, d admin.Draft) ([]admin.Fault, error)
	Stop(ctx context.Context, a admin.Actor, id string) ([]admin.Fault, error)
	StopAfter(ctx context.Context, a admin.Actor, id, lastDay string) ([]admin.Fault, error)
	Start(ctx context.Context, a admin.Actor, id string) ([]admin.Fault, error)
	Delete(ctx context.Context, a admin.Actor, id, typed string) ([]admin.Fault, error)
	SendAccess(ctx context.Context, a admin.Actor, id string) (to string, err error)
	PrintSlip(ctx context.Context, a admin.Actor, id string, seen bool) (courier.Slip, []admin.Fault, error)
	EndSessions(ctx context.Context, a admin.Actor, id, one string) error
	ResetFactors(ctx context.Context, a admin.Actor, id string, version int64) ([]admin.Fault, error)
	ExportPeople(ctx context.Context, a admin.Actor, s admin.Search, say *text.Printer, out io.Writer) error

	SaveOffices(ctx context.Context, a admin.Actor, version int64, offices []string) ([]admin.Fault, error)
	SavePolicy(ctx context.Context, a admin.Actor, version int64, p organisation.Policy, anyway bool) ([]organisation.Refusal, admin.Stranded, error)
	SaveContact(ctx context.Context, a admin.Actor, version int64, c organisation.Contact, l organisation.Legal) ([]admin.Fault, error)
	SaveAppearance(ctx context.Context, a admin.Actor, version int64, name string, look organisation.Appearance) ([]admin.Fault, error)
	SaveNews(ctx context.Context, a admin.Actor, version int64, place int, title, body string) ([]admin.Fault, error)
	Documents(ctx context.Context, a admin.Actor) ([]organisation.Document, error)
	AddDocument(ctx context.Context, a admin.Actor, title, file string, guide bool, body []byte) ([]admin.Fault, error)
	RemoveDocument(ctx context.Context, a admin.Actor, id string) error

	ByIdentifier(ctx context.Context, a admin.Actor, typed string) (id string, err error)
	Journal(ctx context.Context, a admin.Actor, f admin.JournalFilter) ([]audit.Entry, error)
	VerifyJournal(ctx context.Context, a admin.Actor) error
	ExportJournal(ctx context.Context, a admin.Actor, f admin.JournalFilter, out io.Writer) error
	Names(ctx context.Context, a admin.Actor, entries []audit.Entry) (map[string]account.Account, error)
	Letters(ctx context.Context, a admin.Actor, lost bool) ([]courier.Delivery, error)
	LettersTo(ctx context.Context, a admin.Actor, id string) ([]courier.Delivery, error)
	LettersOf(ctx context.Context, a admin.Actor, letters []courier.Delivery) (map[string]string, error)
}

// manages makes the handler of a page under /settings: h is called for managers only. The flow asks again for each act;
// this makes the answer the same whatever the path names (ATK-069).
func (w *Web) manages(h func(rw http.ResponseWriter, r *http.Request, a admin.Actor) error) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		s, person, ok, err := w.entered(rw, r)
		if err != nil || !ok {
			return err
		}
		o := visitOf(r).organisation
		if !organisation.MayDo(person, organisation.SeeSettings, account.Account{Organisation: o.ID}, false) {
			return fault.Forbidden
		}
		return h(rw, r, admin.Actor{Organisation: o, Person: person, Session: s, Browser: w.browser(r)})
	}
}

// manageForm is manages for a POST: the form is read first, strictly. A field named in repeats may come several times;
// its values are lines then.
func (w *Web) manageForm(
	h func(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error, repeats ...string,
) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		f, err := readForm(rw, r, repeats...)
		if err != nil {
			return err
		}
		return w.manages(func(rw http.ResponseWriter, r *http.Request, a admin.Actor) error { return h(rw, r, a, f) })(rw, r)
	}
}

// inside gives the frame of a page for whoever is signed in.
func (w *Web) inside(r *http.Request, person account.Account) pages.Frame {
	f := w.frame(r)
	f.Person, f.Role = person.Name(), person.Role
	f.Proof = pages.ProofWays{Password: person.Factors.Password, Passkey: person.Factors.Passkeys > 0}
	f.Gear = organisation.MayDo(person, organisation.SeeSettings, account.Account{Organisation: f.Organisation.ID}, false)
	return f
}

// done leaves a notice for the page that a form leads to, and goes there.
func (w *Web) done(rw http.ResponseWriter, r *http.Request, what pages.Notice, path string) error {
	w.notice(rw, string(what))
	return see(rw, r, path)
}

// told gives the notice that a form left for this page: one of a closed list, so that nobody writes on our pages by
// writing a cookie.
func (w *Web) told(rw http.ResponseWriter, r *http.Request) pages.Notice {
	what := pages.Notice(w.takeNotice(rw, r))
	for _, known := range pages.Notices {
		if what == known {
			return what
		}
	}
	return pages.NoNotice
}

// version reads the version that a form was made from; one that cannot be read is stale.
func (f form) version() int64 {
	n, err := strconv.ParseInt(f["version"], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// typed gives what a refused form is shown with again: all but secrets.
func (f form) typed() pages.Typed {
	typed := pages.Typed{}
	for name, value := range f {
		if name != "current_password" && name != "new_password" && name != "confirm_password" {
			typed[name] = value
		}
	}
	return typed
}

// faults puts a flow's faults at the fields of a form.
func faults(found []admin.Fault, prefix string, fields map[admin.Fault]string) []pages.Problem {
	problems := make([]pages.Problem, 0, len(found))
	for _, f := range found {
		problems = append(problems, pages.Problem{Field: fields[f], Key: prefix + string(f)})
	}
	return problems
}

func stale(err error) bool { return errors.Is(err, fault.Stale) }

func (w *Web) settingsPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.Settings{Frame: w.inside(r, a.Person), Query: r.URL.Query().Get("q")}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.SettingsPage(p))
}
