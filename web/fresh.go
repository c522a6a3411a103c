package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/profile"
	"loquet/session"
	"loquet/web/pages"
)

// Profile is what people change about themselves, and the addresses of others.
type Profile interface {
	Prove(ctx context.Context, a profile.Actor, password string) (profile.Proof, error)
	ByPasskey(ctx context.Context, a profile.Actor) (bool, error)
	OneProof(a profile.Actor) bool
	ProveOptions(ctx context.Context, a profile.Actor, party passkey.Party) ([]byte, error)
	ProvePasskey(ctx context.Context, a profile.Actor, party passkey.Party, answer []byte) (profile.Proof, error)
	ChangePassword(ctx context.Context, a profile.Actor, c profile.Choice) (profile.Chosen, error)

	AskAddress(ctx context.Context, a profile.Actor, target account.Account, kind profile.Kind, typed string) (
		profile.Answer, error)
	StopPending(ctx context.Context, a profile.Actor, target account.Account, id string) (profile.Answer, error)
	LookAddress(ctx context.Context, a profile.Actor, link credential.Kind, token string) (profile.Answer, error)
	ConfirmAddress(ctx context.Context, a profile.Actor, token string) (profile.Answer, error)
	StopAddress(ctx context.Context, a profile.Actor, token string) (profile.Answer, error)
	Pending(ctx context.Context, organisation, account string) ([]profile.Pending, error)
	PendingOf(ctx context.Context, organisation string, accounts []string) (map[string]bool, error)

	Sessions(ctx context.Context, a profile.Actor) ([]session.Session, error)
	EndSession(ctx context.Context, a profile.Actor, id string) error
	EndOthers(ctx context.Context, a profile.Actor) error
	ChooseLanguage(ctx context.Context, a profile.Actor, language string) error
	History(ctx context.Context, a profile.Actor, before int64) (lines []profile.Line, older int64, err error)
	Data(ctx context.Context, a profile.Actor) ([]byte, error)

	Factors(ctx context.Context, a profile.Actor, host string) (profile.Factors, error)
	PasskeyOptions(ctx context.Context, a profile.Actor, party passkey.Party) ([]byte, error)
	AddPasskey(ctx context.Context, a profile.Actor, party passkey.Party, name string, answer []byte) (profile.Added, error)
	RenamePasskey(ctx context.Context, a profile.Actor, id, name string) (profile.Done, error)
	RemovePasskey(ctx context.Context, a profile.Actor, id string) (profile.Done, error)
	StartApp(ctx context.Context, a profile.Actor) (profile.Setup, error)
	AppSetup(a profile.Actor, id string) (s profile.Setup, ok bool)
	AddApp(ctx context.Context, a profile.Actor, id, code string) (profile.Added, error)
	RemoveApp(ctx context.Context, a profile.Actor) (profile.Done, error)
	MakeCodes(ctx context.Context, a profile.Actor) (profile.Done, error)
	Codes(ctx context.Context, a profile.Actor) (codes []string, ok bool, err error)
	KeepCodes(ctx context.Context, a profile.Actor) error
	SetSecond(ctx context.Context, a profile.Actor, on bool) (profile.Done, error)
	RemovePassword(ctx context.Context, a profile.Actor) (profile.Done, error)
}

// in is a request that may see personal pages: through which session, and whose it is.
type in struct {
	session session.Session
	person  account.Account
}

// unproven is why a sensitive act does not go on: a problem at the field current_password, and the status with which
// the form comes back. Retry-After is set where there is a wait.
type unproven struct {
	Problem pages.Problem
	Status  int
	Wait    time.Duration // 429 when not zero
}

// errEnded is the error of an act whose session has ended while it was under way; show leads to the sign-in page.
var errEnded = errors.New("the session has ended")

// fresh lets a sensitive act go on when its actor has proved who they are within that time, or does so now by the
// field current_password, or by a passkey in the field proof (ATK-065): nil says that nothing is in the way. A proof
// gives the browser a new session; who is as it is from then on. The form comes back with the answer otherwise, or
// leads to the sign-in page with errEnded.
func (w *Web) fresh(rw http.ResponseWriter, r *http.Request, f form, who *in, within time.Duration) (*unproven, error) {
	if who.session.Proven(w.Now(), within) {
		return nil, nil //nolint:nilnil // nothing is in the way
	}
	if f["proof"] != "" {
		return w.proofByPasskey(rw, r, f, who)
	}
	if f["current_password"] == "" {
		key := "proof.empty"
		if !who.person.Factors.Password {
			key = "proof.passkey.empty"
		}
		return &unproven{Problem: proofProblem(key), Status: http.StatusUnprocessableEntity}, nil
	}
	proof, err := w.Profile.Prove(r.Context(), w.actor(r, *who), f["current_password"])
	if err != nil {
		return nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.proof(rw, r, who, proof)
}

// proofByPasskey proves who is there by the field proof, however lately they have proved it: a passkey may be what a
// session of one proof still lacks.
func (w *Web) proofByPasskey(rw http.ResponseWriter, r *http.Request, f form, who *in) (*unproven, error) {
	if f["proof"] == "" {
		return &unproven{Problem: proofProblem("proof.passkey.empty"), Status: http.StatusUnprocessableEntity}, nil
	}
	proof, err := w.Profile.ProvePasskey(r.Context(), w.actor(r, *who), w.party(r), []byte(f["proof"]))
	if err != nil {
		return nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	problem, err := w.proof(rw, r, who, proof)
	if problem != nil && proof.State == profile.Refused {
		problem.Problem.Key = "proof.passkey.refused"
	}
	return problem, err
}

// proof hands the session of a proof to the browser, or says why there is none.
func (w *Web) proof(rw http.ResponseWriter, r *http.Request, who *in, p profile.Proof) (*unproven, error) {
	switch p.State {
	case profile.Waiting:
		wait(rw, p.Wait)
		problem := proofProblem("proof.wait")
		problem.Args = []any{"Wait", w.frame(r).Say.Span(max(p.Wait, time.Second))}
		return &unproven{problem, http.StatusTooManyRequests, p.Wait}, nil
	case profile.Refused:
		return &unproven{Problem: proofProblem("proof.refused"), Status: http.StatusUnprocessableEntity}, nil
	case profile.Left:
		return nil, errEnded
	}
	w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
	who.session = p.Session
	w.setSession(rw, p.Token, p.Session)
	return nil, nil //nolint:nilnil // nothing is in the way
}

func proofProblem(key string) pages.Problem {
	return pages.Problem{Field: "current_password", Key: key}
}

// freshForTeam says whether acts on other people need no proof now.
func (w *Web) freshForTeam(s session.Session) bool { return s.Proven(w.Now(), session.FreshForTeam) }

// proveForTeam is fresh for a manager's acts on other people.
func (w *Web) proveForTeam(rw http.ResponseWriter, r *http.Request, f form, a *admin.Actor) (*unproven, error) {
	who := in{a.Session, a.Person}
	problem, err := w.fresh(rw, r, f, &who, session.FreshForTeam)
	a.Session = who.session
	return problem, err
}

func (w *Web) actor(r *http.Request, who in) profile.Actor {
	return profile.Actor{
		Organisation: visitOf(r).organisation, Person: who.person, Session: who.session, Browser: w.browser(r),
	}
}
