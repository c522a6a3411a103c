package pages

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/courier"
	"loquet/courier/bounce"
	"loquet/organisation"
	"loquet/profile"
	"loquet/text"
)

// closed turns closed words into strings.
func closed[S ~string](all []S) []string {
	said := make([]string, len(all))
	for i, s := range all {
		said[i] = string(s)
	}
	return said
}

// teamSpellings are the keys that the pages of the team and of one's own account put together at run time.
func teamSpellings() []string {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	for _, r := range account.Roles {
		add("role."+string(r), "", ".about")
	}
	add("state.", closed(account.States)...)
	for _, g := range settingsGroups {
		add("settings.group.", g.name)
		for _, l := range g.lines {
			add("settings.line.", l.name)
			add("settings.about.", l.name)
		}
	}
	add("settings.notice.", closed([]Notice{Saved, Nothing, Previewed, Added, Removed})...)
	add("settings.fault.", closed(admin.HouseFaults)...)
	add("settings.fault.", closed([]admin.Fault{admin.EmailUnfit, admin.DayUnfit})...)
	add("settings.fault.", "number", "file-empty") // of the forms themselves: what is no number, no file
	add("users.column.", "name", "identifier", "role", "offices", "email", "mobile", "signed-in", "state")
	add("person.fault.", closed(admin.Faults)...)
	add("person.", "given_name", "name", "email", "mobile", "household", "language", "access", "sessions", "start", "stop")
	add("person.stop.", "now", "day", "never")
	add("person.factors.", closed([]organisation.Standing{organisation.Alone, organisation.Overdue, organisation.Both})...)
	for _, n := range Notices {
		add("person.notice.", string(n))
		add("person.notice."+string(n), ".plain")
		add("account.notice.", string(n))
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { // not every notice is said on every page
		return strings.Contains(key, ".notice.") && !text.For("fr", text.Plain).Has(key)
	})
	for _, kind := range []AddressKind{Email, Mobile} {
		for _, name := range []string{
			"address.change.", "address.now.", "address.new.", "address.new.hint.", "address.submit.", "address.step.new.",
			"address.step.serves.", "change.title.", "change.done.", "account.notice.address-asked.",
			"link.confirm.title.", "link.stop.title.",
		} {
			add(name, string(kind))
		}
		for _, fault := range addressFaults {
			add("address.fault."+fault+".", string(kind))
		}
	}
	for _, line := range []string{"email", "mobile", "password", "factors", "devices", "applications", "history", "data"} {
		add("account."+line, "", ".go")
	}
	add("account.", "name")
	for n := range 5 {
		add("data.holds.", strconv.Itoa(n+1))
	}
	for _, s := range []LinkState{LinkServes, LinkWaits, LinkStopped} {
		add("link."+string(s), "", ".title")
	}
	add("link.", closed([]LinkState{LinkLate, LinkUsed, LinkReplaced, LinkUnknown})...)
	for _, verb := range []string{"confirm", "stop"} {
		add("link."+verb, ".owner", ".manager", ".next", ".submit")
	}
	for _, why := range []profile.Refusal{
		profile.LastWayIn, profile.StillAsked, profile.NoWayBack, profile.NothingHere, profile.ProofFirst, profile.AppAsks,
		profile.BadName, profile.TooMany, profile.Twice, profile.BadProof, profile.BadCode, profile.Over, profile.ProveIt,
		profile.Ended,
	} {
		keys = append(keys, FactorKey(string(why)))
	}
	keys = append(keys, applicationSpellings()...)
	for _, s := range ForwardStates {
		add("forward."+string(s), ".title", ".lead")
	}
	add("slip.enter.", closed([]EnterState{EnterLate, EnterUsed, EnterReplaced})...)
	add("proof.", "empty", "refused", "wait") // the problems of current_password, which handlers name
	return append(keys, houseSpellings()...)
}

// applicationSpellings are those of the applications' pages.
func applicationSpellings() []string {
	var keys []string
	for _, s := range application.Templates {
		keys = append(keys, "application.template."+string(s.Template), "application.template."+string(s.Template)+".about",
			"application.help."+string(s.Template))
	}
	for _, k := range application.Kinds {
		keys = append(keys, "application.new."+string(k), "application.url.hint."+string(k))
	}
	for _, r := range application.Refusals {
		keys = append(keys, "application.fault."+string(r))
	}
	for _, name := range []string{
		"name", "about", "tile", "second", "own", "redirects", "logout-redirects", "back-channel", "public", "no-pkce",
		"pairwise", "signs",
	} {
		keys = append(keys, "application."+name, "application."+name+".hint")
	}
	for _, s := range []string{"profile", "email", "phone", "offline-access"} {
		keys = append(keys, "entries.knows."+s)
	}
	return append(keys, "application.url")
}

// houseSpellings are those of the organisation's own pages.
func houseSpellings() []string {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	for _, line := range []string{
		"service", "phone", "email", "hours", "address", "publisher", "director", "host", "controller", "officer",
		"copyright",
		"public", "conformity", "percent", "audited",
	} {
		add("house.", line)
	}
	for _, hinted := range []string{"hours", "publisher", "host", "controller", "officer", "public", "conformity",
		"percent", "audited"} {
		add("house."+hinted, ".hint")
	}
	add("policy.ask.", closed([]organisation.Ask{organisation.AskEither, organisation.AskBoth})...)
	add("policy.send.", closed(organisation.Sends)...)
	add("policy.", "idle", "absolute", "remember")
	for _, d := range organisation.Demands {
		add("policy.second."+string(d), "", ".about")
	}
	add("policy.fault.", closed([]organisation.Refusal{
		organisation.PasswordTooShort, organisation.PasswordTooLong, organisation.RecoveryTooLong,
		organisation.RecoveryTooShort,
		organisation.RecoveryUnknown, organisation.RememberTooLong, organisation.RememberForbidden,
		organisation.SessionWithoutEnd, organisation.SecondUnknown, organisation.GraceTooLong,
	})...)
	add("delivery.state.", closed(Outcomes)...)
	for _, end := range []string{"deferred", "delivered", "bounced", "refused", "given-up"} {
		add("delivery."+end, "", ".once")
	}
	add("delivery.why.", closed(bounce.Reasons)...)
	add("letters.kind.", closed(courier.Kinds)...)
	add("letters.kind.", closed(courier.Texts)...)
	add("letters.kind.", closed(courier.Requests)...)
	add("letters.column.", "at", "kind", "who", "to", "state")
	add("journal.column.", "at", "what", "who", "whom", "where")
	add("act.", closed(audit.Acts)...)
	for _, key := range text.For("fr", text.Plain).Keys() {
		if strings.HasPrefix(key, "detail.") { // whatever the journal's details are: one without words stands as it is
			keys = append(keys, key)
		}
	}
	return keys
}

// Each notice is said somewhere: a page that leads to another with one it does not know would say nothing.
func TestEveryNoticeIsSaid(t *testing.T) {
	f := manager(commune(text.For("fr", text.Plain)), "/settings")
	who := people(f)[3].Account
	for _, n := range Notices {
		said := settingNotice(f, n) + ownNotice(f, n, Email) + Users{Frame: f, Notice: n}.notice() +
			Person{Frame: f, Who: who, Notice: n}.notice() + deskNotice(f, n, "")
		if said == "" || strings.Contains(said, "⟦") {
			t.Errorf("%s is said nowhere, or without words: %q", n, said)
		}
	}
}
