package pages

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"loquet/organisation"
)

// door is the frame of a page on which nothing of one's own is open yet: without the ways to the pages inside.
func (f Frame) door() Frame {
	f.Person, f.Role, f.Gear = "", "", false
	return f
}

// factorForm is one act of AccountFactors.
type factorForm struct {
	do, id  string
	form    string // sets the IDs of its fields apart
	summary string
	of      string // what it is about, for those who do not see where it stands
	about   string
	submit  string
	calm    bool // takes nothing away
	last    bool // takes the last lasting proof away
}

// ProveFirst is a key of words: a passkey proves the session before this act.
const ProveFirst = "factors.stays.prove-it"

// FactorKey gives the key of words for why a change of one's proofs was not made, or cannot be: for the word of
// profile.Refusal.
func FactorKey(refusal string) string {
	switch refusal {
	case "last", "required", "stranded", "absent", "proof-first", "app", "prove-it":
		return "factors.stays." + refusal
	}
	return "factors.fault." + refusal
}

// last says whether there is one lasting proof only.
func (p AccountFactors) last() bool {
	lasting := len(p.Passkeys)
	if p.App != nil {
		lasting++
	}
	return lasting == 1
}

// closed says that nothing can be changed in this session: it lacks a proof that no form here can take.
func (p AccountFactors) closed() bool { return p.OneProof && !p.Frame.Proof.Passkey }

// refused says whether this act is the one that was refused, so that it is shown unfolded.
func (p AccountFactors) refused(do, id string) bool {
	return len(p.Problems) > 0 && p.Typed["do"] == do && p.Typed["id"] == id
}

// typed gives what was sent for one act; nil for the others.
func (p AccountFactors) typed(do, id string) Typed {
	if p.Typed["do"] != do || p.Typed["id"] != id {
		return nil
	}
	return p.Typed
}

// problems gives those of one act, at the IDs that its fields have.
func (p AccountFactors) problems(do, id string) []Problem {
	if p.Typed["do"] != do || p.Typed["id"] != id {
		return nil
	}
	return p.spoken()
}

// spoken gives the problems of the act that was refused, at the IDs of its fields.
func (p AccountFactors) spoken() []Problem {
	problems, form := waiting(p.Say, p.Problems, p.Wait, waitKey(p.Wait)), p.refusedForm()
	switch {
	case form == "" || p.closed():
		return placed(problems)
	case p.Typed["do"] == "rename-passkey":
		return under(form, placed(problems, provenBy(p.Fresh, "name")...))
	}
	return under(form, placed(problems, provenBy(p.Fresh)...))
}

// placed leaves problems at the fields that a form has, and makes the others about the form as a whole: a link to a
// field that is not there leads nowhere.
func placed(problems []Problem, fields ...string) []Problem {
	all := slices.Clone(problems)
	for i, p := range all {
		if !slices.Contains(fields, p.Field) {
			all[i].Field = ""
		}
	}
	return all
}

// provenBy gives the fields of a form, with that of the proof where it asks for one.
func provenBy(fresh bool, fields ...string) []string {
	if fresh {
		return fields
	}
	return append(fields, "current_password")
}

// spoken gives the problems at the fields that the form has.
func (p AddPasskey) spoken() []Problem {
	problems := waiting(p.Say, p.Problems, p.Wait, waitKey(p.Wait))
	if p.Fresh {
		return placed(problems, "name", "answer")
	}
	return placed(problems, "current_password")
}

func (p AddApp) spoken() []Problem {
	return placed(waiting(p.Say, p.Problems, p.Wait, waitKey(p.Wait)), provenBy(p.Fresh, "code")...)
}

func (p PrintedCodes) spoken() []Problem {
	return placed(waiting(p.Say, p.Problems, p.Wait, waitKey(p.Wait)), provenBy(p.Fresh || len(p.Codes) > 0)...)
}

// refusedForm gives the word that the IDs of the refused act's fields begin with; empty where its form is not shown.
func (p AccountFactors) refusedForm() string {
	do := p.Typed["do"]
	switch {
	case do == "remove-app" && p.App != nil:
		return "app"
	case do == "remove-password" && p.Password:
		return "password"
	case (do == "second-on" || do == "second-off") && !p.Asked && p.SecondStays == "":
		return "second"
	}
	for _, k := range p.Passkeys {
		if verb, ok := strings.CutSuffix(do, "-passkey"); ok && k.ID == p.Typed["id"] {
			return k.form(verb)
		}
	}
	return ""
}

// form sets apart the forms of one passkey.
func (k PasskeyRow) form(verb string) string { return fmt.Sprintf("%s-%d", verb, k.Number) }

// called gives the passkey's name, or its number where it has none.
func (k PasskeyRow) called(f Frame) string {
	return cmp.Or(k.Name, f.Say.Say("factors.passkey.number", "Number", k.Number))
}

// story says when the passkey was made and last used.
func (k PasskeyRow) story(f Frame) string {
	made := f.Say.Say("factors.passkey.made", "Day", f.Say.Date(f.inZone(k.Created)))
	if k.Used.IsZero() {
		return made + " " + f.Say.Say("factors.passkey.never")
	}
	return made + " " + f.Say.Say("factors.passkey.used", "When", f.moment(k.Used))
}

func (p AccountFactors) appStory() string {
	made := p.Say.Say("factors.app.made", "Day", p.Say.Date(p.inZone(p.App.Created)))
	if p.App.Used.IsZero() {
		return made
	}
	return made + " " + p.Say.Say("factors.app.used", "When", p.moment(p.App.Used))
}

func (p AccountFactors) addPasskey() string {
	if len(p.Passkeys) == 0 {
		return p.Say.Say("factors.passkey.add")
	}
	return p.Say.Say("factors.passkey.more")
}

// fewCodes is how many printed codes are left when it is time to make new ones.
const fewCodes = 3

func (p AccountFactors) few() bool { return p.CodesLeft <= fewCodes }

func (p AccountFactors) codesColour() string {
	switch {
	case p.CodesLeft == 0:
		return "bad"
	case p.few():
		return "care"
	}
	return "good"
}

// secondState says whether a second proof is asked at each sign-in.
func (p AccountFactors) secondState() (colour, words string) {
	return p.standsWith(p.Standing, p.Password)
}

// standsWith says where a person stands with second proofs: a word for the colour, and the words.
func (f Frame) standsWith(s organisation.Standing, password bool) (colour, words string) {
	switch s {
	case organisation.Both:
		return "good", f.Say.Say("factors.standing.both")
	case organisation.Due, organisation.Overdue:
		return "care", f.Say.Say("factors.standing.due")
	}
	if !password {
		return "good", f.Say.Say("factors.standing.passkey")
	}
	return "none", f.Say.Say("factors.standing.alone")
}

// switching is the act that asks for a second proof from now on, or no more.
func (p AccountFactors) switching() factorForm {
	if p.Second {
		return factorForm{
			do: "second-off", form: "second", summary: p.Say.Say("factors.second.off"),
			about: p.Say.Say("factors.second.off.about"), submit: p.Say.Say("factors.second.off"),
		}
	}
	return factorForm{
		do: "second-on", form: "second", summary: p.Say.Say("factors.second.on"), calm: true,
		about: p.Say.Say("factors.second.on.about"), submit: p.Say.Say("factors.second.on"),
	}
}

// notice says what has been done; on this page as on /account.
func (p AccountFactors) notice() string { return ownNotice(p.Frame, p.Notice, "") }

// askedPassword says whether the password in force is asked for, be it beside a passkey.
func (p AccountPassword) askedPassword() bool {
	return !p.Free && (p.Proof.Password || !p.Proof.Passkey)
}

// lead says what comes first.
func (p AccountPassword) lead() string {
	switch {
	case p.Free:
		return p.Say.Say("password.free")
	case p.askedPassword():
		return p.Say.Say("password.lead")
	}
	return p.Say.Say("password.passkey")
}

// made is the day on which the codes were made, that of today while they are new.
func (p PrintedCodes) made() time.Time {
	if p.Made.IsZero() {
		return p.Now
	}
	return p.inZone(p.Made)
}

// appLink leads a telephone to its app; "" for what is no such address.
func appLink(address string) templ.SafeURL {
	if !strings.HasPrefix(address, "otpauth://totp/") {
		return ""
	}
	return templ.SafeURL(address)
}

// quietZone is how many light modules stand around a QR code (ISO/IEC 18004 §5.3.8).
const quietZone = 4

// qrCode draws a text as a QR code, dark on white in every theme: many readers know no other.
func qrCode(content, label string) templ.Component {
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		return templ.NopComponent // too long for any code: what is typed remains
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; {
			if !code.Black(x, y) {
				x++
				continue
			}
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
		}
	}
	side := code.Size + 2*quietZone
	return templ.Raw(fmt.Sprintf(`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" `+
		`shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"></path><path fill="#000" d="%s"></path></svg>`,
		templ.EscapeString(label), side, side, side, side, path.String()))
}
