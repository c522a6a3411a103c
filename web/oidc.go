package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/fault"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

// OIDC is sign-in for other programs.
type OIDC interface {
	Authorize(rw http.ResponseWriter, r *http.Request, v oidc.Visit) (oidc.Outcome, error)
	Resume(rw http.ResponseWriter, r *http.Request, v oidc.Visit) (oidc.Outcome, error)
	Leads(ctx context.Context, o organisation.Organisation, request string) oidc.Destination
	Serve(rw http.ResponseWriter, r *http.Request, o organisation.Organisation) error
}

// requestCookie ties an application's request to the browser that brought it, so that nobody is led on by a request that
// somebody else began (ATK-035).
const requestCookie = "loquet-request"

// requestLives is how long it is kept: as long as a request waits for its person.
const requestLives = 30 * time.Minute

// oidcRoutes gives the paths that applications and their browsers ask.
func (w *Web) oidcRoutes() map[string]methods {
	routes := map[string]methods{
		oidc.AuthorizePath:           {"GET": w.authorize, "POST": w.authorizePosted},
		oidc.AuthorizePath + "/{id}": {"GET": w.resume, "POST": w.consentForm},
	}
	for path, allowed := range oidc.Served {
		byMethod := methods{}
		for _, method := range allowed {
			byMethod[method] = w.program
		}
		routes[path] = byMethod
	}
	return routes
}

// program answers a request of a program, which brings no cookie.
func (w *Web) program(rw http.ResponseWriter, r *http.Request) error {
	return w.OIDC.Serve(rw, r, visitOf(r).organisation) //nolint:wrapcheck // the flow says what it was doing
}

// authorizePosted makes a GET of a request that another site has posted: cookies of ours come along only with that
// (OpenID Connect Core 1.0 §3.1.2.1; norms C12). Nothing happens here.
func (w *Web) authorizePosted(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	query := url.Values{}
	for name, value := range f {
		query.Set(name, value)
	}
	return see(rw, r, oidc.AuthorizePath+"?"+query.Encode())
}

func (w *Web) authorize(rw http.ResponseWriter, r *http.Request) error {
	visit, err := w.visiting(rw, r)
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	if visit.Session.Stage == session.Full && asked.Get("prompt") == "" {
		if caught, err := w.circling(rw, r, asked.Get("client_id")); caught || err != nil {
			return err
		}
	}
	out, err := w.OIDC.Authorize(rw, r, visit)
	return w.authorized(rw, r, visit, out, err)
}

func (w *Web) resume(rw http.ResponseWriter, r *http.Request) error {
	visit, err := w.visiting(rw, r)
	if err != nil {
		return err
	}
	out, err := w.OIDC.Resume(rw, r, visit)
	return w.authorized(rw, r, visit, out, err)
}

func (w *Web) consentForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	visit, err := w.visiting(rw, r)
	if err != nil {
		return err
	}
	visit.Consent, visit.Deny = f["consent"] == "yes", f["consent"] == "no"
	out, err := w.OIDC.Resume(rw, r, visit)
	return w.authorized(rw, r, visit, out, err)
}

// visiting gives who brings a request of an application.
func (w *Web) visiting(rw http.ResponseWriter, r *http.Request) (oidc.Visit, error) {
	visit := oidc.Visit{Organisation: visitOf(r).organisation, Bind: w.cookie(r, requestCookie)}
	if visit.Bind == "" {
		visit.Bind = rand.Text()
	}
	w.setCookie(rw, requestCookie, visit.Bind, requestLives) // anew each time: it is to outlive the last request
	s, person, err := w.inBrowser(rw, r)
	visit.Session, visit.Person, visit.Browser = s, person, w.browser(r)
	return visit, err
}

// inBrowser gives the full session of a request and whose it is, both zero when there is none; it leads nowhere.
func (w *Web) inBrowser(rw http.ResponseWriter, r *http.Request) (session.Session, account.Account, error) {
	used, err := w.use(r, shown(r))
	if errors.Is(err, fault.Missing) {
		return session.Session{}, account.Account{}, nil
	}
	if err != nil || !used.Session.Alive(w.Now()) {
		return session.Session{}, account.Account{}, err
	}
	if used.Token != "" {
		w.keepSession(rw, used.Token, used.Session)
	}
	return used.Session, used.Person, nil
}

// authorized shows what has become of a request.
func (w *Web) authorized(rw http.ResponseWriter, r *http.Request, v oidc.Visit, out oidc.Outcome, err error) error {
	if refused := (oidc.Refused{}); errors.As(err, &refused) {
		p := pages.Astray{Frame: w.frame(r), Reason: refused.Reason.Error()}
		return w.render(rw, r, http.StatusBadRequest, p.Frame, pages.AstrayPage(p))
	}
	if errors.Is(err, fault.Stale) { // the sign-in has just ended elsewhere
		w.Sessions.ForgetAccount(v.Organisation.ID, v.Person.ID)
		return see(rw, r, r.URL.RequestURI())
	}
	if err != nil {
		return err
	}
	next := oidc.AuthorizePath + "/" + out.Request
	switch out.State {
	case oidc.SigningIn:
		if at := waitsAt(v.Session); v.Session.ID != "" && at != "" {
			return see(rw, r, nextAt(at, next)) // whoever must renew does so first (ATK-032)
		}
		return see(rw, r, signinFor(next, out.Hint, false))
	case oidc.ProvingAnew:
		return see(rw, r, signinFor(next, out.Hint, true))
	case oidc.Asking:
		p := pages.Consent{
			Frame: w.inside(r, v.Person), Application: out.Application.Name, Action: next, Scopes: out.Scopes,
		}
		w.leads(r, next)
		return w.render(rw, r, http.StatusOK, p.Frame, pages.ConsentPage(p))
	case oidc.SteppingUp, oidc.Closed:
		return w.closed(rw, r, v.Person, out.Application.Name, out.Verdict, next)
	}
	if out.Form == nil {
		return nil // the browser is on its way
	}
	visitOf(r).leads = originOf(out.Form.Action)
	p := pages.Post{Frame: w.inside(r, v.Person), Action: out.Form.Action, Fields: out.Form.Fields, Application: out.Application.Name}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.PostPage(p))
}

// closed shows that an application is not open to somebody, and what can be done about it.
func (w *Web) closed(
	rw http.ResponseWriter, r *http.Request, person account.Account, name string, verdict application.Verdict, next string,
) error {
	p := pages.Closed{Frame: w.inside(r, person), Application: name, Verdict: verdict, Next: next}
	if verdict == application.Admitted { // the application asks for the second level in its request
		p.Verdict = application.WantsSecond
	}
	p.Proves = person.Factors.Any()
	return w.render(rw, r, http.StatusForbidden, p.Frame, pages.ClosedPage(p))
}

// signinFor gives the address of the sign-in page for a request of an application. What the application says of who it
// may be is put into the form, and nowhere else.
func signinFor(next, hint string, again bool) string {
	q := url.Values{"next": {next}}
	if hint != "" && len(hint) <= 200 {
		q.Set("identifier", hint)
	}
	if again {
		q.Set("again", "1")
	}
	return "/signin?" + q.Encode()
}

// leads lets the forms of the page lead on to where next leads in the end, as browsers look at every redirect after a
// form (CSP3 §6.4.2), and names the application that this is; "" for none.
func (w *Web) leads(r *http.Request, next string) (into string) {
	v := visitOf(r)
	path, query, _ := strings.Cut(next, "?")
	id, asked := strings.CutPrefix(path, oidc.AuthorizePath+"/")
	var d oidc.Destination
	switch {
	case path == enterPath:
		d = w.forwardLeads(r, query)
	case asked:
		d = w.OIDC.Leads(r.Context(), v.organisation, id)
	}
	v.leads, v.second = originOf(d.To), d.Second
	return d.Application
}

// originOf gives the CSP source of an address, empty for none.
func originOf(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme == "" || strings.ContainsAny(u.Host, " ;,'\"*"):
		return ""
	case u.Scheme != "https" && u.Scheme != "http":
		return u.Scheme + ":"
	case u.Host == "":
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// formsLead adds a source to form-action.
func formsLead(csp, source string) string {
	if source == "" {
		return csp
	}
	return strings.Replace(csp, "form-action 'self'", "form-action 'self' "+source, 1)
}

// programs says whether a path is one of those that programs ask, or that other sites may post to: there is nothing in
// what they bring that a person's cookie would make more of.
func programs(path string) bool {
	_, served := oidc.Served[path]
	return served || slices.Contains([]string{oidc.AuthorizePath, oidc.LogoutPath}, path)
}

// keepNext keeps the request of an application over a renewal, which ends in signing in again.
func (w *Web) keepNext(rw http.ResponseWriter, next string) {
	if forApplication(next) {
		w.setCookie(rw, nextCookie, url.QueryEscape(next), requestLives)
	}
}

// takeNext gives the request of an application that was kept, "" for none, and keeps it no longer.
func (w *Web) takeNext(rw http.ResponseWriter, r *http.Request) string {
	held := w.cookie(r, nextCookie)
	if held == "" {
		return ""
	}
	w.dropCookie(rw, nextCookie)
	next, err := url.QueryUnescape(held)
	if next = localPath(next); err != nil || !forApplication(next) {
		return ""
	}
	return next
}

// forApplication says whether a path of ours leads on to an application.
func forApplication(path string) bool {
	return strings.HasPrefix(path, oidc.AuthorizePath+"/") || strings.HasPrefix(path, enterPath+"?")
}
