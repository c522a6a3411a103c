package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

// global names the methods that belong to no organisation, and those that are given a whole thing with its own.
var global = []string{
	"Accounts", "AddApplication", "AddDocument", "AddKey", "Addressee", "AddressesDue", "Backup", "BumpEpoch", "Cases", "Close", "Count", "CreateAccount",
	"CreateAccounts", "CreateOrganisation",
	"KeyHolders",
	"DeedsDue", "DeedsOpen", "Documents", "Epoch", "Journal", "JournalEnd", "Lease", "Note", "Organisation",
	"OrganisationByHost", "OrganisationBySlug", "Organisations", "Ping", "Purge", "Queue", "Release", "Returned", "Session", "Stats", "StopLeavers", "Touch",
	"UpdateOrganisation", "VerifyJournal", "Wake",
	"Operators", "Platform", // of the operators' own
	"Commits", "Exec", "Number", "PlanOfPerson", "Pragma", "ReadAtMost", "Waiting", "Write", // of these tests
}

// Every method that takes an organisation and something in it is called with the wrong organisation.
func TestATK069NothingIsDoneInTheNameOfAnotherOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		s, renewal := enter(t, db, person, session.Full, start), enter(t, db, person, session.Renewal, start)
		secret := give(t, db, person, "secret", start)
		item := letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), item))
		lease(t, db, start, at(time.Hour))
		files, err := db.Documents(t.Context(), o.ID)
		must(t, err)
		before := everything(t, db)

		foreign := thing{school, manager, person, s, renewal, secret.ID, item}
		for _, tries := range []map[string]attempt{
			foreign.words(t, db), foreign.signIns(t, db), foreign.recoveries(t, db), foreign.admins(t, db, files[0].ID),
		} {
			for method, try := range tries {
				want(t, method, try.err, try.want)
			}
		}
		_, _, err = db.Document(t.Context(), school.ID, files[0].ID)
		want(t, "Document", err, fault.Missing)
		behind, err := db.Behind(t.Context(), school.ID, account.Find("claire.martin@orange.example"), 10)
		must(t, err)
		candidate, err := db.Candidate(t.Context(), school.ID, account.Find(storetest.Active), "secret")
		must(t, err)
		foreign.lists(t, db)
		if len(behind) > 0 || !cmp.Equal(candidate, signin.Candidate{}) {
			t.Errorf("another organisation's people are found: %v, %+v", behind, candidate)
		}
		if diff := cmp.Diff(before, everything(t, db)); diff != "" {
			t.Errorf("something was done in the name of another organisation: %s", diff)
		}
	})
}

// thing is what belongs to a person of one organisation and is asked for in the name of another.
type thing struct {
	to         organisation.Organisation
	manager    account.Account // of that other one
	person     account.Account
	s, renewal session.Session
	secret     string
	item       courier.Item
}

// attempt is what came of a call, and what must.
type attempt struct{ err, want error }

func (f thing) words(t *testing.T, db *store.DB) map[string]attempt {
	stolen := f.item
	stolen.Organisation = f.to.ID
	ctx, now, silent := t.Context(), at(time.Minute), audit.Entry{At: at(time.Minute)}
	none := func(_ any, err error) error { return err }
	return map[string]attempt{
		"Account":             {none(db.Account(ctx, f.to.ID, f.person.ID)), fault.Missing},
		"AccountByIdentifier": {none(db.AccountByIdentifier(ctx, f.to.ID, storetest.Active)), fault.Missing},
		"Hash":                {none(db.Hash(ctx, f.to.ID, f.person.ID)), fault.Missing},
		"Issue":               {none(db.Issue(ctx, f.to.ID, "secret", "code of secret")), fault.Missing},
		"NewestIssue":         {none(db.NewestIssue(ctx, f.to.ID, f.person.ID)), fault.Missing},
		"IssueByID":           {none(db.IssueByID(ctx, f.to.ID, f.secret)), fault.Missing},
		"SessionsOf":          {none(db.SessionsOf(ctx, f.to.ID, f.person.ID)), fault.Missing},
		"EndSession":          {db.EndSession(ctx, f.to.ID, f.s.ID, session.Stopped, silent), fault.Missing},
		"EndSessionsOf":       {db.EndSessionsOf(ctx, f.to.ID, f.person.ID, session.Stopped, silent), fault.Missing},
		"SetState":            {db.SetState(ctx, f.to.ID, f.person.ID, account.Disabled, now, silent), fault.Missing},
		"SetMustRenew":        {db.SetMustRenew(ctx, f.to.ID, f.person.ID, true, silent), fault.Missing},
		"DeleteAccount":       {db.DeleteAccount(ctx, f.to.ID, f.person.ID, silent), fault.Missing},
		"StoreHash":           {db.StoreHash(ctx, f.to.ID, f.person.ID, storetest.Hash, "stolen"), nil},
		"Sent":                {db.Sent(ctx, stolen, now), nil},
		"SentAll":             {db.SentAll(ctx, []courier.Item{stolen}, now), nil},
		"Done":                {db.Done(ctx, stolen, now), nil},
		"Failed":              {db.Failed(ctx, stolen, now, "said"), nil},
		"Refused":             {db.Refused(ctx, stolen, now, courier.Return{Gone: true}), nil},
		"Again":               {db.Again(ctx, stolen, now, "said"), nil},
	}
}

func (f thing) signIns(t *testing.T, db *store.DB) map[string]attempt {
	ctx, now := t.Context(), at(time.Minute)
	foreign := storetest.Session(f.person, session.Full, start)
	foreign.Organisation = f.to.ID
	return map[string]attempt{
		"ApplySignIn burn": {db.ApplySignIn(ctx, signin.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, Burn: f.secret}), fault.Stale},
		"ApplySignIn burn as another": {db.ApplySignIn(ctx, signin.Change{
			Now: now, Organisation: f.to.ID, Account: f.manager.ID, Burn: f.secret}), fault.Stale},
		"ApplySignIn open": {db.ApplySignIn(ctx, signin.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, Open: &foreign}), fault.Stale},
		"ApplySignIn": {db.ApplySignIn(ctx, signin.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, Cancel: true, Replace: f.s.ID}), nil},
	}
}

func (f thing) recoveries(t *testing.T, db *store.DB) map[string]attempt {
	ctx, now := t.Context(), at(time.Minute)
	return map[string]attempt{
		"ApplyRecovery request": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.manager.ID, Request: f.item.ID}), fault.Stale},
		"ApplyRecovery burn": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, Burn: f.secret}), fault.Stale},
		"ApplyRecovery renewal": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, BurnRenewal: f.renewal.ID}), fault.Stale},
		"ApplyRecovery hash": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, Hash: "stolen"}), fault.Stale},
		"ApplyRecovery end": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, EndIssues: true}), fault.Stale},
		"ApplyRecovery": {db.ApplyRecovery(ctx, recovery.Change{
			Now: now, Organisation: f.to.ID, Account: f.person.ID, EndSessions: true, Replace: f.s.ID}), nil},
	}
}

// A method that is new must be put to the test above, or among those that belong to no organisation.
func TestEveryMethodIsTestedForTenancy(t *testing.T) {
	tested := []string{
		"Account", "AccountByIdentifier", "Again", "ApplyAdmin", "ApplyRecovery", "ApplySignIn", "Behind", "Candidate",
		"Deliveries", "DeleteAccount", "Document", "Done", "EachPerson", "EndSession", "EndSessionsOf", "Failed", "HasPassword", "Hash", "Issue",
		"IssueByID", "JournalPage", "LostDeliveries", "NewestIssue", "People", "Refused", "RemoveDocument", "Sent", "SentAll", "SessionsOf", "SetMustRenew",
		"SetState", "Stayers", "StoreHash",
	}
	tested = append(tested, "AddHelpRevision", "HelpNewest", "HelpRevision", "HelpRevisions") // in help_test.go
	tested = append(tested, "AddressChange", "AddressChangeByID", "AddressChanges", "AddressesPending", "ApplyProfile",
		"LettersOf", "OwnEntries") // in profile_test.go
	tested = append(tested, "Chain", "Confirm", "Revoke", "Rotate") // in rotation_test.go
	tested = append(tested, "Factors", "Passkey", "ResetFactors")   // in factor_use_test.go
	tested = append(tested, "ApplyDesk", "Case", "Code", "Deed", "DeedByStop", "Deeds", "Lookup", "Managers", "Situation",
		"Steps") // in desk_read_test.go
	tested = append(tested, "Application", "Applications", "ChangeApplication", "Consent", "ConsentsOf", "EndGrants",
		"FamilyBySID", "Grant", "GrantByCode", "GrantByToken", "GrantCounts", "GrantsOf", "Keys", "OpenGrant", "Request",
		"RequestByHandle", "RevokeApplication", "SaveConsent", "SaveGrant", "SaveRequest", "Spend",
		"UseApplication") // in tenancy_application_test.go, and Spend in application_test.go
	tested = append(tested, "Everybody", "Footings", "PeopleIn") // in footing_test.go
	all := append(slices.Clone(global), tested...)
	slices.Sort(all)
	var methods []string
	for m := range reflect.TypeFor[*store.DB]().Methods() {
		methods = append(methods, m.Name)
	}
	if diff := cmp.Diff(all, methods); diff != "" {
		t.Error(diff)
	}
}

// everything counts what the attacks above would change.
func everything(t *testing.T, db *store.DB) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for what, query := range map[string]string{
		"living sessions": `select count(*) from session where ended = 0`,
		"living secrets":  `select count(*) from issue where used = 0 and ended = 0`,
		"leased letters":  `select count(*) from outbox where state = 'leased' and attempts = 0`,
		"versions":        `select sum(version) from account`,
		"hashes":          `select count(*) from account where password = '` + storetest.Hash + `'`,
		"accounts":        `select count(*) from account`,
		"journal":         `select count(*) from journal`,
		"words":           `select count(*) from account_word`,
		"documents":       `select count(*) from document`,
		"guides":          `select count(*) from document where guide = true`,
	} {
		n, err := db.Number(t.Context(), query)
		must(t, err)
		found[what] = n
	}
	return found
}
