package web

import (
	"net/http"
	"strings"
	"time"

	"loquet/desk"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

// ref gives the case that a path names, and its organisation. The flow says whether there is such a case.
func (w *Web) ref(r *http.Request) (desk.Ref, organisation.Organisation, error) {
	o, err := w.Organisations.OrganisationBySlug(r.Context(), r.PathValue("slug"))
	if err == nil && o.Platform() {
		err = fault.Missing
	}
	return desk.Ref{Organisation: o.ID, Case: r.PathValue("case")}, o, err //nolint:wrapcheck // the store says so
}

func (w *Web) casePage(rw http.ResponseWriter, r *http.Request) error {
	ref, _, err := w.ref(r)
	if err != nil {
		return err
	}
	p, err := w.caseOf(r, ref)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.DeskCasePage(p))
}

// caseOf gives the page of a case as it stands now.
func (w *Web) caseOf(r *http.Request, ref desk.Ref) (pages.DeskCase, error) {
	op := w.operator(r)
	v, err := w.Desk.View(r.Context(), op, ref)
	if err != nil {
		return pages.DeskCase{}, err //nolint:wrapcheck // the flow says what it was doing
	}
	p := deskCase(v, op)
	p.Frame, p.Fresh = w.inside(r, op.Person), w.freshForTeam(op.Session)
	p.Home = casePath(v.Organisation, v.Case.ID)
	p.Path = p.Home
	return p, nil
}

// caseAct makes the handler of one form of a case's page: act does it and gives the notice to leave, or what is to mend.
// Whoever allows what another has proposed proves first who they are (ATK-065, ATK-074).
func (w *Web) caseAct(
	which pages.DeskForm, act func(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error),
	repeats ...string,
) handle {
	return w.operates(func(rw http.ResponseWriter, r *http.Request) error {
		f, err := readForm(rw, r, repeats...)
		if err != nil {
			return err
		}
		ref, o, err := w.ref(r)
		if err != nil {
			return err
		}
		again := caseAgain{form: which, typed: f, status: http.StatusUnprocessableEntity}
		if which == pages.DeskSecond {
			who := &visitOf(r).operator
			problem, err := w.fresh(rw, r, f, who, session.FreshForTeam)
			if err != nil {
				return err
			}
			if problem != nil {
				again.status, again.problems = problem.Status, []pages.Problem{problem.Problem}
				return w.caseAgain(rw, r, ref, again)
			}
		}
		done, found, err := act(r, ref, f)
		pause, over := tooOften(err)
		switch {
		case over:
			wait(rw, pause)
			again.status, again.wait = http.StatusTooManyRequests, pause
			return w.caseAgain(rw, r, ref, again)
		case stale(err):
			again.stale = true
			return w.caseAgain(rw, r, ref, again)
		case err != nil:
			return err
		case len(found) > 0:
			again.problems = deskProblems(found, caseFields[which])
			return w.caseAgain(rw, r, ref, again)
		case done == pages.DeskClosed:
			return w.done(rw, r, done, "/desk")
		case done == pages.NoNotice:
			return see(rw, r, casePath(o, ref.Case))
		}
		return w.done(rw, r, done, casePath(o, ref.Case))
	})
}

// caseAgain is what the page of a case shows once more when one of its forms was refused.
type caseAgain struct {
	form     pages.DeskForm
	typed    form
	status   int
	problems []pages.Problem
	stale    bool
	wait     time.Duration
}

func (w *Web) caseAgain(rw http.ResponseWriter, r *http.Request, ref desk.Ref, a caseAgain) error {
	p, err := w.caseOf(r, ref)
	if err != nil {
		return err
	}
	p.Form, p.Typed, p.Problems, p.Stale, p.Wait = a.form, a.typed.typed(), a.problems, a.stale, a.wait
	return w.render(rw, r, a.status, p.Frame, pages.DeskCasePage(p))
}

// caseFields says at which field of a form of the case's page a fault is mended; the others are about the form as a
// whole.
var caseFields = map[pages.DeskForm]map[desk.Fault]string{
	pages.DeskFind: {desk.SearchShort: "q", desk.SearchMany: "q", desk.NobodyFound: "q"},
	pages.DeskCheck: {
		desk.CodeEmpty: "code", desk.CodeWrong: "code", desk.CodeDead: "code", desk.PapersMissing: "papers",
		desk.SIRETUnfit: "siret", desk.SaidLong: "note",
	},
	pages.DeskPropose: {
		desk.AddressUnfit: "address", desk.MobileUnfit: "address", desk.IdentifierNone: "identifier",
		desk.TakenAlready: "identifier", desk.NameMissing: "family_name",
	},
}

// caseFind shows whom the words that a caller says lead to, on the page itself: they are personal, and an address would
// keep them.
func (w *Web) caseFind(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	ref, _, err := w.ref(r)
	if err != nil {
		return err
	}
	people, found, err := w.Desk.Find(r.Context(), w.operator(r), ref, f["q"])
	pause, over := tooOften(err)
	if err != nil && !over {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p, err := w.caseOf(r, ref)
	if err != nil {
		return err
	}
	status := http.StatusOK
	p.Form, p.Typed = pages.DeskFind, f.typed()
	for _, person := range people {
		p.Found = append(p.Found, deskPerson(person))
	}
	if p.Problems = deskProblems(found, caseFields[pages.DeskFind]); len(p.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	if over {
		wait(rw, pause)
		status, p.Wait = http.StatusTooManyRequests, pause
	}
	return w.render(rw, r, status, p.Frame, pages.DeskCasePage(p))
}

func (w *Web) caseName(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error) {
	found, err := w.Desk.Name(r.Context(), w.operator(r), ref, f["account"])
	return pages.DeskNamed, found, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) caseCheck(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error) {
	do := desk.Checking(f["do"])
	papers := desk.Papers{SIRET: f["siret"], Note: f["note"]}
	for kind := range strings.FieldsSeq(f["papers"]) {
		papers.Kinds = append(papers.Kinds, desk.Paper(kind))
	}
	out, err := w.Desk.Check(r.Context(), w.operator(r), ref, do, f["code"], papers)
	return checkNotices[do], out.Faults, err //nolint:wrapcheck // the flow says what it was doing
}

// checkNotices says what was done; a call that begins needs no words, for the number is there.
var checkNotices = map[desk.Checking]pages.Notice{
	desk.SendCode: pages.DeskCodeSent, desk.GiveCode: pages.DeskChecked, desk.ConfirmCall: pages.DeskChecked,
	desk.NotePapers: pages.DeskPapersNoted, desk.SecondPapers: pages.DeskChecked,
}

func (w *Web) casePropose(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error) {
	act := desk.Act(f["act"])
	out, err := w.Desk.Propose(r.Context(), w.operator(r), ref, desk.Proposal{
		Act: act, Address: f["address"], Manager: desk.Draft{
			Identifier: f["identifier"], GivenName: f["given_name"], FamilyName: f["family_name"], Keep: f["keep"] == "1",
		},
	})
	done := deedNotices[out.State]
	switch {
	case out.State != desk.Done:
	case act == desk.TellIdentifier:
		done = pages.DeskTold
	case act == desk.SendAccess:
		done = pages.DeskAccessSent
	}
	return done, out.Faults, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) caseSecond(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error) {
	out, err := w.Desk.Second(r.Context(), w.operator(r), ref, f["deed"])
	return deedNotices[out.State], out.Faults, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) caseWithdraw(r *http.Request, ref desk.Ref, f form) (pages.Notice, []desk.Fault, error) {
	out, err := w.Desk.Withdraw(r.Context(), w.operator(r), ref, f["deed"])
	return deedNotices[out.State], out.Faults, err //nolint:wrapcheck // the flow says what it was doing
}

// deedNotices says where a deed stands after what was done to it.
var deedNotices = map[desk.DeedState]pages.Notice{
	desk.Proposed: pages.DeskProposed, desk.Waiting: pages.DeskWaits, desk.Done: pages.DeskDone,
	desk.Stopped: pages.DeskStopped, desk.Withdrawn: pages.DeskWithdrawn, desk.Lapsed: pages.DeskLapsed,
}

func (w *Web) caseClose(r *http.Request, ref desk.Ref, _ form) (pages.Notice, []desk.Fault, error) {
	out, err := w.Desk.Close(r.Context(), w.operator(r), ref)
	return pages.DeskClosed, out.Faults, err //nolint:wrapcheck // the flow says what it was doing
}
