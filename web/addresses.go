package web

import (
	"errors"
	"net/http"
	"strings"

	"loquet/account"
	"loquet/admin"
	"loquet/courier"
	"loquet/limit"
	"loquet/organisation"
	"loquet/profile"
	"loquet/web/pages"
)

// pending gives the changes of somebody's addresses that are on their way, as pages show them.
func (w *Web) pending(r *http.Request, o organisation.Organisation, id string) ([]pages.AddressChange, error) {
	found, err := w.Profile.Pending(r.Context(), o.ID, id)
	if err != nil {
		return nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	zone := o.Location()
	changes := make([]pages.AddressChange, len(found))
	for i, c := range found {
		changes[i] = pages.AddressChange{
			ID: c.ID, Kind: pages.AddressKind(c.Kind), To: c.Address, Asked: c.Asked.In(zone), By: c.By,
			Letter: letterState(c.Went), Said: c.Said,
		}
		switch {
		case c.State == profile.Serving:
			changes[i].Undo = c.Until.In(zone)
		case c.State == profile.Confirmed:
			changes[i].Serves = c.Serves().In(zone)
		}
		if c.State == profile.Confirmed && c.Proven {
			changes[i].Confirmed = c.Moved.In(zone)
		}
	}
	return changes, nil
}

// askAddresses asks for the addresses of a person's form that differ from those in force. A field that was not sent, or
// that is empty, asks for nothing.
func (w *Web) askAddresses(r *http.Request, a admin.Actor, target account.Account, f form) (asked bool, problems []pages.Problem, err error) {
	by := w.actor(r, in{a.Session, a.Person})
	for _, kind := range profile.Kinds {
		typed := strings.TrimSpace(f[string(kind)])
		if typed == "" || inForce(target, kind, typed) {
			continue
		}
		answer, err := w.Profile.AskAddress(r.Context(), by, target, kind, typed)
		if errors.As(err, new(limit.Over)) {
			problems = append(problems, pages.Problem{Field: string(kind), Key: "person.fault." + string(admin.TooOften)})
			continue
		}
		if err != nil {
			return asked, problems, err //nolint:wrapcheck // the flow says what it was doing
		}
		if p := addressProblem(kind, answer); p != nil {
			problems = append(problems, *p)
			continue
		}
		asked = true
	}
	return asked, problems, nil
}

// addressProblem says at the field why nothing was asked; nil when it was.
func addressProblem(kind profile.Kind, answer profile.Answer) *pages.Problem {
	if answer.Why == "" {
		return nil
	}
	return &pages.Problem{Field: string(kind), Key: "address.fault." + string(answer.Why) + "." + string(kind)}
}

// inForce says whether a typed address is the one that serves already: the form shows it, and sends it back.
func inForce(target account.Account, kind profile.Kind, typed string) bool {
	if kind == profile.Mobile {
		mobile, ok := account.FoldMobile(typed)
		return ok && mobile == target.Mobile
	}
	_, key, ok := account.FoldEmail(typed)
	_, now, _ := account.FoldEmail(target.Reference().Address)
	return ok && key == now
}

func (w *Web) stopChange(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error) {
	target, err := w.Admin.Person(r.Context(), a, id)
	if err != nil {
		return "", nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	by := w.actor(r, in{a.Session, a.Person})
	if _, err := w.Profile.StopPending(r.Context(), by, target.Account, f["change"]); err != nil {
		return "", nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	return pages.AddressStopped, nil, nil
}

// letterState gives where a letter stands as pages show it: one that a worker holds is still waiting.
func letterState(state courier.State) pages.LetterState {
	if state == courier.Leased {
		return pages.LetterWaiting
	}
	return pages.LetterState(state)
}

// masked gives an address or a number as lists show it.
func masked(recipient string) string {
	if strings.HasPrefix(recipient, "+") {
		return account.MaskMobile(recipient)
	}
	return account.MaskEmail(recipient)
}
