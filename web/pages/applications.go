package pages

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
)

// Applications is GET /settings/applications (4-1-2): the programs behind the door.
type Applications struct {
	Frame
	Rows   []ApplicationRow
	Notice Notice
}

// ApplicationRow is one line of the list.
type ApplicationRow struct {
	application.Application
	People  int       // who are in it now
	Loops   int       // how often it was caught sending people back in circles
	LoopsAt time.Time // the first time
}

// ApplicationPick is GET /settings/applications/new before a template is chosen; template=… leads on.
type ApplicationPick struct{ Frame }

// ApplicationForm is /settings/applications/new?template=…, and /settings/applications/{id} for one that is there. Its
// fields: template (of a new one), version (of the others), name, url, about, tile=1, roles and offices (once for each),
// second=1, own=1, redirects and logout_redirects (one a line), back_channel, public=1, no_pkce=1, signs, pairwise=1,
// current_password. POST …/secret: version, current_password; answered by ApplicationSecretPage.
type ApplicationForm struct {
	Frame
	Shape       application.Shape
	Application application.Application // as in force; without ID for a new one
	People      int
	Issuer      string // public address of the portal
	Fresh       bool
	Stale       bool
	Notice      Notice
	Act         ApplicationAct
	Typed       Typed
	Problems    []Problem // of the form that Act names
}

// ApplicationAct names a form of an application's page.
type ApplicationAct string

// The forms.
const (
	ActProgram ApplicationAct = ""
	ActSecret  ApplicationAct = "secret"
)

// ApplicationSecret is the answer to the form that has made a client secret: it is shown here and nowhere else.
type ApplicationSecret struct {
	Frame
	Application application.Application
	Secret      string
	Issuer      string
	Renewed     bool // another one was in force
}

// ApplicationRevoke is /settings/applications/{id}/revoke. Its fields: name (a confirmation), current_password.
type ApplicationRevoke struct {
	Frame
	Application application.Application
	People      int
	Fresh       bool
	Typed       Typed
	Problems    []Problem
}

// Entries is /account/applications: what one is in. Its form: application (an ID). POST /signout with everywhere=1 signs
// out of everything.
type Entries struct {
	Frame
	Rows   []EntryRow
	Notice Notice
}

// EntryRow is one application that somebody is in, or has let know them.
type EntryRow struct {
	ID, Name string
	Since    time.Time
	Used     time.Time // zero where it is not open now
	Knows    []string  // the scopes of oidc.Scopes but "openid"
}

func applicationPath(id string) string { return "/settings/applications/" + url.PathEscape(id) }

func (p ApplicationForm) isNew() bool { return p.Application.ID == "" }

func (p ApplicationForm) openID() bool { return p.Shape.Kind == application.OpenID }

// plainly says whether the form asks for what a template would fill in.
func (p ApplicationForm) plainly() bool { return p.openID() && p.Shape.Redirect == "" && p.isNew() }

func (p ApplicationForm) title() string {
	if p.isNew() {
		return p.Say.Say("application.new." + string(p.Shape.Kind))
	}
	return p.Application.Name
}

func (p ApplicationForm) action() string {
	if p.isNew() {
		return "/settings/applications/new"
	}
	return applicationPath(p.Application.ID)
}

// typed and problems keep the two forms of the page apart.
func (p ApplicationForm) typed() Typed {
	if p.Act != ActProgram {
		return nil
	}
	return p.Typed
}

func (p ApplicationForm) problems(act ApplicationAct) []Problem {
	if p.Act != act {
		return nil
	}
	return under(string(act), p.Problems)
}

// field is one line of the form; its label is application.<name>.
func (p ApplicationForm) field(name, inForce string) input {
	return input{
		name: name, label: p.Say.Say("application." + dashed(name)), kind: "text", value: p.typed().or(name, inForce),
		autocomplete: "off", optional: true, problems: p.problems(ActProgram),
	}
}

// hinted is field with the hint application.<name>.hint.
func (p ApplicationForm) hinted(name, inForce string) input {
	i := p.field(name, inForce)
	i.hint = p.Say.Say("application." + dashed(name) + ".hint")
	return i
}

// dashed writes a field's name as keys are written.
func dashed(field string) string { return strings.ReplaceAll(field, "_", "-") }

// address is the field of the address, with what it means for the kind of application.
func (p ApplicationForm) address() input {
	i := p.field("url", p.Application.URL)
	i.hint, i.kind, i.mode = p.Say.Say("application.url.hint."+string(p.Shape.Kind)), "url", "url"
	return i
}

// tick is one box of the form.
func (p ApplicationForm) tick(name string, inForce bool) ticked {
	i := p.hinted(name, "")
	i.value = "1"
	return ticked{i, p.typed().ticks(name, inForce)}
}

// list is a field of several addresses, one a line.
func (p ApplicationForm) list(name string, inForce []string, rows int) area {
	return area{p.hinted(name, strings.Join(inForce, "\n")), rows}
}

// among is a group of boxes of one name.
func (p ApplicationForm) among(name string, n int, value, words string, inForce []string) ticked {
	return ticked{
		input{name: name, id: nth(name, n), label: words, value: value},
		has(p.typed().list(name, inForce), value),
	}
}

func (p ApplicationForm) roles() []string {
	var all []string
	for _, r := range p.Application.Rule.Roles {
		all = append(all, string(r))
	}
	return all
}

// places gives the offices to tick: the organisation's, and those of the rule that it has no more.
func (p ApplicationForm) places() []string {
	all := slices.Clone(p.Organisation.Offices)
	for _, o := range p.Application.Rule.Offices {
		if !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

func (p ApplicationForm) algorithms() []option {
	var all []option
	for _, a := range application.Algorithms {
		all = append(all, option{string(a), string(a)})
	}
	return all
}

// unfolded says whether something that is folded away is to be mended.
func (p ApplicationForm) unfolded() bool {
	return slices.ContainsFunc(p.problems(ActProgram), func(w Problem) bool {
		switch w.Field {
		case "redirects":
			return !p.plainly()
		case "logout_redirects", "back_channel", "public", "no_pkce", "signs", "pairwise":
			return true
		}
		return false
	})
}

// linked gives the problems of whichever form was refused.
func (p ApplicationForm) linked() []Problem { return p.problems(p.Act) }

// program says which program an application is.
func (f Frame) program(t application.Template) string {
	return f.Say.Say("application.template." + string(t))
}

// templateOf gives the template of an application; of one that names none of ours, that which fits all of its kind.
func templateOf(a application.Application) application.Template {
	if _, ok := application.ShapeOf(a.Template); ok {
		return a.Template
	}
	if a.Kind == application.Forward {
		return application.AnyForward
	}
	return application.AnyOpenID
}

// enters says who may enter: « Agent, Famille ; Centre ; avec double vérification ».
func (f Frame) enters(r application.Rule) []string {
	said := []string{f.Say.Say("applications.everybody")}
	if len(r.Roles) > 0 {
		said = []string{f.roles(r.Roles)}
	}
	if len(r.Offices) > 0 {
		said = append(said, strings.Join(r.Offices, ", "))
	}
	if r.Second {
		said = append(said, f.Say.Say("applications.second"))
	}
	return said
}

func (f Frame) roles(all []account.Role) string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = f.role(r)
	}
	return strings.Join(names, ", ")
}

// loops says how often an application was caught since when; "" for never.
func (f Frame) loops(r ApplicationRow) string {
	if r.Loops == 0 {
		return ""
	}
	first := f.inZone(r.LoopsAt)
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	switch day(f.Now).Sub(day(first)) {
	case 0:
		return f.Say.Count("applications.loops.today", r.Loops)
	case 24 * time.Hour:
		return f.Say.Count("applications.loops.yesterday", r.Loops)
	}
	return f.Say.Count("applications.loops.since", r.Loops, "Day", f.Say.Date(first))
}

// discovery is the address at which a program reads everything else by itself (OpenID Connect Discovery 1.0 §4).
func discovery(issuer string) string { return issuer + "/.well-known/openid-configuration" }

// knows says in words what an application may ask about somebody.
func (f Frame) knows(scopes []string) []string {
	said := []string{f.Say.Say("entries.knows.always")}
	for _, s := range scopes {
		switch s {
		case "profile", "email", "phone", "offline_access":
			said = append(said, f.Say.Say("entries.knows."+dashed(s)))
		}
	}
	return said
}
