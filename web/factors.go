package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"loquet/account"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/profile"
	"loquet/session"
	"loquet/web/pages"
)

// factorRoutes gives the paths of one's own second proofs. Whoever must set one up sees these, and nothing else.
func (w *Web) factorRoutes() map[string]methods {
	return map[string]methods{
		"/account/factors":         {"GET": w.ownProofs(w.factorsPage), "POST": w.ownProofsForm(w.factorsForm)},
		"/account/factors/passkey": {"GET": w.ownProofs(w.addPasskeyPage), "POST": w.ownProofsForm(w.addPasskeyForm)},
		"/account/factors/app":     {"GET": w.ownProofs(w.addAppPage), "POST": w.ownProofsForm(w.addAppForm)},
		"/account/factors/codes":   {"GET": w.ownProofs(w.codesPage), "POST": w.ownProofsForm(w.codesForm)},
		"/account/prove":           {"GET": w.ownProofs(w.proveOptions)},
	}
}

// ownProofs is own for pages that are open as well to whoever must set up a second proof.
func (w *Web) ownProofs(h func(rw http.ResponseWriter, r *http.Request, who in) error) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		s, person, ok, err := w.entered(rw, r, session.SetUp)
		if err != nil || !ok {
			return err
		}
		who := in{s, person}
		if w.Profile.OneProof(w.actor(r, who)) {
			who.session.Proved = time.Time{} // whatever was proven lately, one proof is missing
			if person.Factors.Passkeys == 0 && r.URL.Path != "/account/factors" {
				return see(rw, r, "/account/factors") // which says to sign in again
			}
		}
		return h(rw, r, who)
	}
}

// insideProofs is inside for these pages: where one proof of two is missing, the password is not it.
func (w *Web) insideProofs(r *http.Request, who in) pages.Frame {
	f := w.inside(r, who.person)
	f.Proof.Password = f.Proof.Password && !w.Profile.OneProof(w.actor(r, who))
	return f
}

func (w *Web) ownProofsForm(h func(rw http.ResponseWriter, r *http.Request, who in, f form) error) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		f, err := readForm(rw, r)
		if err != nil {
			return err
		}
		return w.ownProofs(func(rw http.ResponseWriter, r *http.Request, who in) error { return h(rw, r, who, f) })(rw, r)
	}
}

func (w *Web) factorsPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p, err := w.factorsData(r, who)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountFactorsPage(p))
}

func (w *Web) factorsData(r *http.Request, who in) (pages.AccountFactors, error) {
	p := pages.AccountFactors{
		Frame: w.insideProofs(r, who), SetUp: who.session.Stage == session.SetUp, Fresh: w.provenLately(who),
	}
	party := w.party(r)
	has, err := w.Profile.Factors(r.Context(), w.actor(r, who), party.Host)
	if err != nil {
		return p, err //nolint:wrapcheck // the flow says what it was doing
	}
	for i, k := range has.Passkeys {
		p.Passkeys = append(p.Passkeys, pages.PasskeyRow{
			Passkey: k.Passkey, Number: i + 1, Here: k.Here, Stays: staysBecause(k.Stays),
		})
	}
	p.OneProof, p.Accepted = has.OneProof, accepted(party, who.person, has)
	p.Standing, p.DueBy, p.App, p.CodesLeft, p.Printed = has.Standing, has.DueBy, has.App, has.Codes, has.Printed
	p.MayPrint, p.Password, p.Second, p.Asked = has.Why(profile.MakingCodes) == "", has.Password, has.Second, has.Asks
	p.AppStays = staysBecause(has.Why(profile.RemovingApp))
	p.PasswordStays = staysBecause(has.Why(profile.RemovingPassword))
	p.SecondStays = staysBecause(has.Why(profile.SwitchingOn))
	if has.Second {
		p.SecondStays = staysBecause(has.Why(profile.SwitchingOff))
	}
	return p, nil
}

// staysBecause gives the key of the sentence that says why something stays as it is; empty for nothing.
func staysBecause(why profile.Refusal) string {
	if why == "" {
		return ""
	}
	return pages.FactorKey(string(why))
}

// accepted tells the browser's passkey manager which passkeys are known here, so that it offers no others.
func accepted(party passkey.Party, person account.Account, has profile.Factors) string {
	ids := []string{}
	for _, k := range has.Passkeys {
		if k.Here {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	list, _ := json.Marshal(map[string]any{ // strings only
		"rpId": party.Host, "allAcceptedCredentialIds": ids,
		"userId": base64.RawURLEncoding.EncodeToString(passkey.Handle(person.Organisation, person.ID)),
	})
	return string(list)
}

// factorNotices says what each act leaves to be told.
var factorNotices = map[string]pages.Notice{
	"remove-passkey": pages.PasskeyRemoved, "rename-passkey": pages.PasskeyRenamed, "remove-app": pages.AppRemoved,
	"remove-password": pages.PasswordRemoved, "second-on": pages.SecondOn, "second-off": pages.SecondOff,
}

func (w *Web) factorsForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	again := func(problem pages.Problem, status int, wait time.Duration) error {
		p, err := w.factorsData(r, who)
		if err != nil {
			return err
		}
		p.Typed, p.Problems, p.Wait = pages.Typed(f), []pages.Problem{problem}, wait
		return w.render(rw, r, status, p.Frame, pages.AccountFactorsPage(p))
	}
	notice, known := factorNotices[f["do"]]
	if !known && f["do"] != "prove" {
		return refusal{Status: http.StatusUnprocessableEntity}
	}
	problem, err := w.factorsProof(rw, r, f, &who)
	if err != nil {
		return err
	}
	if problem != nil {
		return again(problem.Problem, problem.Status, problem.Wait)
	}
	if !known {
		return see(rw, r, "/account/factors")
	}
	done, err := w.factorAct(r, who, f)
	if err != nil {
		return err
	}
	if err := w.changed(rw, &who, done); err != nil {
		return err
	}
	if done.Refusal != "" {
		return again(factorProblem(done.Refusal), http.StatusUnprocessableEntity, 0)
	}
	return w.done(rw, r, notice, "/account/factors")
}

// factorsProof is fresh for the acts of the page. To prove it by passkey is an act of its own there.
func (w *Web) factorsProof(rw http.ResponseWriter, r *http.Request, f form, who *in) (*unproven, error) {
	if f["do"] == "prove" {
		return w.proofByPasskey(rw, r, f, who)
	}
	return w.fresh(rw, r, f, who, session.Fresh)
}

func (w *Web) factorAct(r *http.Request, who in, f form) (profile.Done, error) {
	ctx, a := r.Context(), w.actor(r, who)
	switch f["do"] {
	case "remove-passkey":
		return w.Profile.RemovePasskey(ctx, a, f["id"]) //nolint:wrapcheck // the flow says what it was doing
	case "rename-passkey":
		return w.Profile.RenamePasskey(ctx, a, f["id"], f["name"]) //nolint:wrapcheck // as above
	case "remove-app":
		return w.Profile.RemoveApp(ctx, a) //nolint:wrapcheck // as above
	case "remove-password":
		return w.Profile.RemovePassword(ctx, a) //nolint:wrapcheck // as above
	}
	return w.Profile.SetSecond(ctx, a, f["do"] == "second-on") //nolint:wrapcheck // as above
}

// changed hands the session that goes on from a change to the browser.
func (w *Web) changed(rw http.ResponseWriter, who *in, done profile.Done) error {
	if done.Refusal == profile.Ended {
		return errEnded
	}
	w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
	if done.Token != "" {
		who.session = done.Session
		w.setSession(rw, done.Token, done.Session)
	}
	return nil
}

// factorFields says at which field a refusal is shown; those that are not named are about the form as a whole.
var factorFields = map[profile.Refusal]string{
	profile.BadName: "name", profile.BadCode: "code", profile.Over: "code", profile.BadProof: "answer", profile.Twice: "answer",
}

// aboutForm are the refusals of what was sent; the others say why something stays as it is.
var aboutForm = []profile.Refusal{
	profile.BadName, profile.TooMany, profile.Twice, profile.BadProof, profile.BadCode, profile.Over, profile.Ended,
}

func factorProblem(why profile.Refusal) pages.Problem {
	if !slices.Contains(aboutForm, why) {
		return pages.Problem{Key: staysBecause(why)}
	}
	return pages.Problem{Field: factorFields[why], Key: pages.FactorKey(string(why))}
}

func (w *Web) addPasskeyPage(rw http.ResponseWriter, r *http.Request, who in) error {
	return w.addPasskeyShown(rw, r, who, pages.AddPasskey{}, http.StatusOK)
}

func (w *Web) addPasskeyShown(rw http.ResponseWriter, r *http.Request, who in, p pages.AddPasskey, status int) error {
	p.Frame, p.SetUp, p.Fresh = w.insideProofs(r, who), who.session.Stage == session.SetUp, w.provenLately(who)
	if p.Fresh {
		options, err := w.Profile.PasskeyOptions(r.Context(), w.actor(r, who), w.party(r))
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		p.Options = pages.Ceremony(options)
	}
	return w.render(rw, r, status, p.Frame, pages.AddPasskeyPage(p))
}

// addPasskeyForm proves who it is first (do=prove), and then takes the passkey that was made: a device keeps what it has
// made even when the answer is refused afterwards.
func (w *Web) addPasskeyForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	p := pages.AddPasskey{Typed: pages.Typed(f)}
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.addPasskeyShown(rw, r, who, p, problem.Status)
	}
	if f["do"] == "prove" {
		return see(rw, r, "/account/factors/passkey")
	}
	added, err := w.Profile.AddPasskey(r.Context(), w.actor(r, who), w.party(r), f["name"], []byte(f["answer"]))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if err := w.changed(rw, &who, added.Done); err != nil {
		return err
	}
	if added.Refusal != "" {
		p.Problems = []pages.Problem{factorProblem(added.Refusal)}
		return w.addPasskeyShown(rw, r, who, p, http.StatusUnprocessableEntity)
	}
	return w.added(rw, r, added, pages.PasskeyAdded)
}

// added leads on from a proof that was added: to the printed codes, once somebody is asked for two proofs.
func (w *Web) added(rw http.ResponseWriter, r *http.Request, a profile.Added, notice pages.Notice) error {
	if a.First {
		return w.done(rw, r, notice, "/account/factors/codes")
	}
	return w.done(rw, r, notice, "/account/factors")
}

func (w *Web) addAppPage(rw http.ResponseWriter, r *http.Request, who in) error {
	setup, err := w.Profile.StartApp(r.Context(), w.actor(r, who))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.addAppShown(rw, r, who, setup, pages.AddApp{}, http.StatusOK)
}

func (w *Web) addAppShown(
	rw http.ResponseWriter, r *http.Request, who in, setup profile.Setup, p pages.AddApp, status int,
) error {
	p.Frame, p.SetUp, p.Fresh = w.insideProofs(r, who), who.session.Stage == session.SetUp, w.provenLately(who)
	p.ID, p.Secret, p.URL, p.Replaces = setup.ID, setup.Secret, setup.URL, who.person.Factors.App
	return w.render(rw, r, status, p.Frame, pages.AddAppPage(p))
}

func (w *Web) addAppForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	var p pages.AddApp
	setup, ours := w.Profile.AppSetup(w.actor(r, who), f["setup"])
	if !ours { // it took too long: another one
		var err error
		if setup, err = w.Profile.StartApp(r.Context(), w.actor(r, who)); err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		p.Problems = []pages.Problem{factorProblem(profile.Over)}
		return w.addAppShown(rw, r, who, setup, p, http.StatusUnprocessableEntity)
	}
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.addAppShown(rw, r, who, setup, p, problem.Status)
	}
	added, err := w.Profile.AddApp(r.Context(), w.actor(r, who), f["setup"], f["code"])
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if err := w.changed(rw, &who, added.Done); err != nil {
		return err
	}
	if added.Refusal != "" {
		p.Problems = []pages.Problem{factorProblem(added.Refusal)}
		return w.addAppShown(rw, r, who, setup, p, http.StatusUnprocessableEntity)
	}
	return w.added(rw, r, added, pages.AppAdded)
}

func (w *Web) codesPage(rw http.ResponseWriter, r *http.Request, who in) error {
	done := w.told(rw, r)
	p := pages.PrintedCodes{SetUp: done == pages.PasskeyAdded || done == pages.AppAdded}
	return w.codesShown(rw, r, who, p, http.StatusOK)
}

func (w *Web) codesShown(rw http.ResponseWriter, r *http.Request, who in, p pages.PrintedCodes, status int) error {
	p.Frame, p.Fresh = w.insideProofs(r, who), w.provenLately(who)
	has, err := w.Profile.Factors(r.Context(), w.actor(r, who), w.party(r).Host)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if has.Why(profile.MakingCodes) != "" { // nothing is there that they would stand in for
		return see(rw, r, "/account/factors")
	}
	p.Left, p.Made = has.Codes, has.Printed
	if p.Fresh {
		if p.Codes, _, err = w.Profile.Codes(r.Context(), w.actor(r, who)); err != nil {
			return err //nolint:wrapcheck // as above
		}
	}
	return w.render(rw, r, status, p.Frame, pages.PrintedCodesPage(p))
}

func (w *Web) codesForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	if f["do"] == "kept" {
		if err := w.Profile.KeepCodes(r.Context(), w.actor(r, who)); err != nil && !errors.Is(err, fault.Forbidden) {
			return err //nolint:wrapcheck // the flow says what it was doing; whoever waited too long has nothing to hide
		}
		return w.done(rw, r, pages.CodesKept, "/account/factors")
	}
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		p := pages.PrintedCodes{Problems: []pages.Problem{problem.Problem}, Wait: problem.Wait}
		return w.codesShown(rw, r, who, p, problem.Status)
	}
	done, err := w.Profile.MakeCodes(r.Context(), w.actor(r, who))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if err := w.changed(rw, &who, done); err != nil {
		return err
	}
	if done.Refusal != "" {
		return see(rw, r, "/account/factors")
	}
	return see(rw, r, "/account/factors/codes")
}

// proveOptions gives what a form asks a passkey with, to prove again who is there. It is missing where no passkey serves.
func (w *Web) proveOptions(rw http.ResponseWriter, r *http.Request, who in) error {
	options, err := w.Profile.ProveOptions(r.Context(), w.actor(r, who), w.party(r))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.options(rw, r, options)
}
