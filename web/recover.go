package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/web/pages"
)

func (w *Web) recoverPage(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Recover{Frame: w.frame(r)}
	p.Ask = p.Organisation.Policy.Recovery.Ask
	return w.renderFront(rw, r, "recover", p.Frame, pages.RecoverPage(p))
}

// recoverForm records a request. Whatever was typed, the answer is the same (ADR-0004).
func (w *Web) recoverForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.Recover{Frame: w.frame(r), Identifier: f["identifier"], Email: f["email"]}
	p.Ask = p.Organisation.Policy.Recovery.Ask
	if p.Problems = recoverProblems(p.Ask, f); len(p.Problems) > 0 {
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.RecoverPage(p))
	}
	p.Wait, err = w.ask(rw, r, f, w.Recovery.Ask)
	if err != nil {
		return err
	}
	if p.Wait > 0 {
		return w.render(rw, r, http.StatusTooManyRequests, p.Frame, pages.RecoverPage(p))
	}
	return see(rw, r, "/recover/sent")
}

func recoverProblems(ask organisation.Ask, f form) (problems []pages.Problem) {
	identifier, email := strings.TrimSpace(f["identifier"]), strings.TrimSpace(f["email"])
	add := func(field, key string) { problems = append(problems, pages.Problem{Field: field, Key: key}) }
	if identifier == "" && (email == "" || ask == organisation.AskBoth) {
		add("identifier", "recover.empty")
	}
	switch {
	case email == "" && ask == organisation.AskBoth:
		add("email", "recover.email.empty")
	case email != "" && account.FindEmail(email).Nobody():
		add("email", "recover.email.invalid")
	}
	return problems
}

// ask records a request by one of the two ways and leaves a notice of the mail provider that was typed. The wait is for
// whoever asks too often from one address.
func (w *Web) ask(rw http.ResponseWriter, r *http.Request, f form,
	record func(context.Context, recovery.Request) (bool, time.Duration, error)) (time.Duration, error) {
	allowed, pause, err := record(r.Context(), recovery.Request{
		Organisation: visitOf(r).organisation, Identifier: f["identifier"], Email: f["email"], Browser: w.browser(r),
	})
	if err != nil {
		return 0, err
	}
	if !allowed {
		wait(rw, pause)
		return pause, nil
	}
	w.notice(rw, sentNotice+string(providerTyped(f)))
	return 0, nil
}

const sentNotice = "sent-"

// providerTyped gives the provider of the address that was typed, whoever it belongs to.
func providerTyped(f form) pages.Provider {
	for _, typed := range []string{f["email"], f["identifier"]} {
		if _, domain, ok := strings.Cut(typed, "@"); ok {
			return pages.ProviderOf(strings.TrimSpace(domain))
		}
	}
	return ""
}

func (w *Web) recoverSent(rw http.ResponseWriter, r *http.Request) error {
	return w.sent(rw, r, pages.SentPassword)
}

func (w *Web) identifierSent(rw http.ResponseWriter, r *http.Request) error {
	return w.sent(rw, r, pages.SentIdentifier)
}

func (w *Web) sent(rw http.ResponseWriter, r *http.Request, what pages.SentFor) error {
	p := pages.Sent{Frame: w.frame(r), For: what}
	p.Send, p.Lifetime = p.Organisation.Policy.Recovery.Send, p.Organisation.Policy.Recovery.Lifetime
	if said, ok := strings.CutPrefix(w.cookie(r, noticeCookie), sentNotice); ok {
		if known := pages.Provider(said); slices.Contains(pages.Providers, known) {
			p.Provider = known
		}
	}
	return w.renderFront(rw, r, "sent "+string(what)+string(p.Provider), p.Frame, pages.SentPage(p))
}

func (w *Web) identifierPage(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Identifier{Frame: w.frame(r)}
	return w.renderFront(rw, r, "identifier", p.Frame, pages.IdentifierPage(p))
}

func (w *Web) identifierForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.Identifier{Frame: w.frame(r), Email: f["email"]}
	switch {
	case strings.TrimSpace(p.Email) == "":
		p.Problems = []pages.Problem{{Field: "email", Key: "identifier.empty"}}
	case account.FindEmail(p.Email).Nobody():
		p.Problems = []pages.Problem{{Field: "email", Key: "identifier.email.invalid"}}
	}
	if len(p.Problems) > 0 {
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.IdentifierPage(p))
	}
	p.Wait, err = w.ask(rw, r, form{"email": p.Email}, w.Recovery.AskIdentifier)
	if err != nil {
		return err
	}
	if p.Wait > 0 {
		return w.render(rw, r, http.StatusTooManyRequests, p.Frame, pages.IdentifierPage(p))
	}
	return see(rw, r, "/identifier/sent")
}
