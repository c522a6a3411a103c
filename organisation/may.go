package organisation

import (
	"slices"

	"loquet/account"
)

// Do is one thing that a person may do to somebody, or to the organisation.
type Do string

// What may be done. Those of the first group are done to a person.
const (
	SeePerson     Do = "see-person"
	AddPerson     Do = "add-person" // the target is the account to be
	ChangePerson  Do = "change-person"
	ChangeRole    Do = "change-role"    // asked twice: of the person as they are, and as they would be
	ChangeAddress Do = "change-address" // reference e-mail, mobile
	StopPerson    Do = "stop-person"    // now or at a date
	StartPerson   Do = "start-person"
	DeletePerson  Do = "delete-person"
	SendAccess    Do = "send-access"
	PrintSlip     Do = "print-slip" // a way in on paper, for whoever stands at the counter
	EndSessions   Do = "end-sessions"
	ResetFactors  Do = "reset-factors" // takes the second proofs of whoever has lost them
	SeeHistory    Do = "see-history"
	TakeData      Do = "take-data"

	SeeSettings    Do = "see-settings"
	ExportPeople   Do = "export-people"
	ChangeSettings Do = "change-settings"
	SeeJournal     Do = "see-journal"
	ExportJournal  Do = "export-journal"
	ChangeHelp     Do = "change-help"
	SeeMail        Do = "see-mail"

	ChangeApplications Do = "change-applications" // see them, let them in, shut them out
)

// ToPeople and ToOrganisation list what may be done, by what it is done to.
var (
	ToPeople = []Do{
		SeePerson, AddPerson, ChangePerson, ChangeRole, ChangeAddress, StopPerson, StartPerson, DeletePerson,
		SendAccess, PrintSlip, EndSessions, ResetFactors, SeeHistory, TakeData,
	}
	ToOrganisation = []Do{
		SeeSettings, ExportPeople, ChangeSettings, SeeJournal, ExportJournal, ChangeHelp, SeeMail, ChangeApplications,
	}
)

// Whom says to whom a grant reaches.
type Whom string

// The reach of a grant.
const (
	Oneself Whom = "oneself" // the actor's own account
	Managed Whom = "managed" // the people of one's own organisation whose roles one's role manages, but not oneself
	Led     Whom = "led"     // the managed who manage nobody themselves
	House   Whom = "house"   // the actor's own organisation, for managers
)

// Grant is one row of what is allowed; all else is not.
type Grant struct {
	Do     []Do
	To     Whom
	Last   bool // holds even when the target is the last manager who stays
	Source string
}

// Grants is the whole of who may do what to whom (H7, H8; ATK-069 to ATK-072).
var Grants = []Grant{
	{[]Do{SeePerson, ChangeAddress, EndSessions, SeeHistory, TakeData}, Oneself, true, "H9, H10; RGPD art. 15, 20"},
	{[]Do{SeePerson, AddPerson, ChangePerson, ChangeAddress, StartPerson, SendAccess, EndSessions, SeeHistory}, Managed, true, "H4, H8, H9"},
	{[]Do{ResetFactors}, Managed, true, "C4: a colleague, never oneself; ATK-034, ADR-0019"},
	{[]Do{PrintSlip}, Led, true, "F12: paper opens for whoever holds it, so a manager is helped by letter; ATK-071, ADR-0024"},
	{[]Do{ChangeRole, StopPerson, DeletePerson}, Managed, false, "H7: a manager is always there; ATK-072"},
	{ToOrganisation, House, true, "H3; C7"},
}

// MayDo says whether an actor may do something to a target: for what is done to the organisation, the target is the
// organisation's empty account. last says that the target is the last manager who stays. Nobody does anything to whom
// another organisation has (ATK-069), and nobody at all changes their own role, name or state (ATK-072).
func MayDo(actor account.Account, do Do, target account.Account, last bool) bool {
	if !actor.State.Open() || actor.Organisation != target.Organisation || actor.Organisation == "" {
		return false
	}
	return slices.ContainsFunc(Grants, func(g Grant) bool {
		return slices.Contains(g.Do, do) && (g.Last || !last) && g.To.reaches(actor, target)
	})
}

func (w Whom) reaches(actor, target account.Account) bool {
	switch w {
	case Oneself:
		return actor.ID != "" && actor.ID == target.ID
	case Managed:
		return actor.ID != target.ID && slices.Contains(actor.Role.Manages(), target.Role)
	case Led:
		return Managed.reaches(actor, target) && !target.Role.Manager()
	case House:
		return actor.Role.Manager() && target.ID == "" && target.Role == ""
	}
	return false
}

// Roles gives the roles that the organisation's managers may give, its manager's first: those of an auto-école where
// people say « clé », those of a commune elsewhere, none on the platform.
func (o Organisation) Roles() []account.Role {
	if o.Platform() {
		return nil
	}
	if o.Wording == Key {
		return account.Gerant.Manages()
	}
	return account.Agent.Manages()
}
