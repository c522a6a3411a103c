package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"loquet/account"
	"loquet/admin"
	"loquet/organisation"
	"loquet/web/pages"
)

// searchOf reads the filter of the users' table from an address or an export's form.
func searchOf(get func(string) string) admin.Search {
	return admin.Search{
		Filter: strings.TrimSpace(get("q")), Role: account.Role(get("role")), State: account.State(get("state")),
		Office: get("office"), Sort: admin.Sort(get("sort")), Descending: get("desc") == "1",
		After: get("after"), Before: get("before"), Last: get("last") == "1", Size: admin.PageSize,
	}
}

func (w *Web) usersPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.users(r, a, searchOf(r.URL.Query().Get))
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.UsersPage(p))
}

func (w *Web) users(r *http.Request, a admin.Actor, s admin.Search) (pages.Users, error) {
	p := pages.Users{
		Frame: w.inside(r, a.Person), Filter: s.Filter, Role: s.Role, State: s.State, Office: s.Office, Sort: string(s.Sort),
		Descending: s.Descending, Fresh: w.freshForTeam(a.Session),
	}
	if !slices.Contains(admin.Sorts, s.Sort) {
		p.Sort = string(admin.ByName)
	}
	found, err := w.Admin.People(r.Context(), a, s)
	if err != nil {
		return p, err //nolint:wrapcheck // the flow says what it was doing
	}
	ids := make([]string, len(found.People))
	for i, person := range found.People {
		ids[i] = person.ID
	}
	pending, err := w.Profile.PendingOf(r.Context(), a.Organisation.ID, ids)
	if err != nil {
		return p, err //nolint:wrapcheck // the flow says what it was doing
	}
	for _, person := range found.People {
		p.Rows = append(p.Rows, pages.UserRow{Account: person, Pending: pending[person.ID], Myself: person.ID == a.Person.ID})
	}
	unfiltered := s.Filter == "" && s.Role == "" && s.State == "" && s.Office == ""
	p.Nobody = unfiltered && found.Total <= 1
	p.Paging = pages.Paging{
		From: fromOf(r, s, found), Size: s.Size, Total: found.Total, More: found.More, Next: found.Next, Previous: found.Previous,
	}
	return p, nil
}

// fromOf gives the place of the first row. The links between pages carry it; a link that somebody shortened shows none.
func fromOf(r *http.Request, s admin.Search, found admin.Found) int {
	from, err := strconv.Atoi(r.URL.Query().Get("from"))
	switch {
	case len(found.People) == 0:
		return 0
	case s.Last && !found.More:
		return found.Total - len(found.People) + 1
	case s.After == "" && s.Before == "" && !s.Last, found.Previous == "" && !s.Last:
		return 1
	case err != nil || from < 1 || from > found.Total && !found.More:
		return 0
	}
	return from
}

// usersExport hands out the table as a file. It needs a fresh proof: it is everybody's address at once (ATK-071).
func (w *Web) usersExport(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	s := searchOf(func(name string) string { return f[name] })
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	if problem != nil {
		p, err := w.users(r, a, s)
		if err != nil {
			return err
		}
		p.Problems = []pages.Problem{problem.Problem}
		return w.render(rw, r, problem.Status, p.Frame, pages.UsersPage(p))
	}
	download(rw, "text/csv; charset=utf-8", a.Organisation.Slug+"-"+w.Now().In(a.Organisation.Location()).Format("2006-01-02")+".csv")
	return w.Admin.ExportPeople(r.Context(), a, s, w.frame(r).Say, rw) //nolint:wrapcheck // the flow says what it was doing
}

// download says that what follows is a file to keep.
func download(rw http.ResponseWriter, media, name string) {
	h := rw.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

// draftOf reads a person's form.
func draftOf(f form) admin.Draft {
	d := admin.Draft{
		Identifier: f["identifier"], GivenName: f["given_name"], FamilyName: f["name"], Role: account.Role(f["role"]),
		Household: f["household"], Email: f["email"], Mobile: f["mobile"], Language: f["language"],
	}
	for office := range strings.SplitSeq(f["offices"], "\n") {
		if office = strings.TrimSpace(office); office != "" {
			d.Offices = append(d.Offices, office)
		}
	}
	return d
}

// personFields says at which field a fault of a person's form stands.
var personFields = map[admin.Fault]string{
	admin.IdentifierEmpty: "identifier", admin.IdentifierUnfit: "identifier", admin.IdentifierTaken: "identifier",
	admin.NameTooLong: "name", admin.RoleUnknown: "role", admin.LastManager: "role", admin.OfficeUnknown: "offices",
	admin.EmailUnfit: "email", admin.MobileUnfit: "mobile", admin.LanguageUnknown: "language",
	admin.DayUnfit: "day", admin.DayPast: "day", admin.NotNamed: "identifier",
}

func (w *Web) newPersonPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := w.newPerson(r, a)
	if role := account.Role(r.URL.Query().Get("role")); slices.Contains(p.Roles, role) {
		p.Typed = pages.Typed{"role": string(role), "send": "1"}
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.NewPersonPage(p))
}

func (w *Web) newPerson(r *http.Request, a admin.Actor) pages.NewPerson {
	return pages.NewPerson{Frame: w.inside(r, a.Person), Roles: rolesFor(a), Fresh: w.freshForTeam(a.Session)}
}

// rolesFor gives the roles of the organisation that the actor looks after.
func rolesFor(a admin.Actor) []account.Role {
	return slices.DeleteFunc(a.Organisation.Roles(), func(role account.Role) bool {
		return !organisation.MayDo(a.Person, organisation.AddPerson, account.Account{Organisation: a.Organisation.ID, Role: role}, false)
	})
}

func (w *Web) newPersonForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	p := w.newPerson(r, a)
	p.Typed = f.typed()
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	if problem != nil {
		p.Problems = []pages.Problem{problem.Problem}
		return w.render(rw, r, problem.Status, p.Frame, pages.NewPersonPage(p))
	}
	p.Fresh = true
	invite := f["send"] == "1"
	person, found, err := w.Admin.Add(r.Context(), a, draftOf(f), invite)
	if len(found) > 0 {
		p.Problems = faults(found, "person.fault.", personFields)
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.NewPersonPage(p))
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	what := pages.PersonAdded
	if invite && len(person.Emails) > 0 {
		what = pages.PersonInvited
	}
	return w.done(rw, r, what, "/settings/users/"+url.PathEscape(person.ID))
}
