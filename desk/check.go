package desk

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/limit"
)

// digits is the length of a caller's code.
const digits = 6

// checkTry is one act of checking a caller, with all that it may depend on.
type checkTry struct {
	op     Operator
	c      Case
	person account.Account
	do     Checking
	from   Standing
	code   Code
	typed  string // six digits
	papers Papers
	facts  CheckFact
}

// Check does one act of checking the caller of a case: code is what the caller read, papers what was shown. It gives
// limit.Over after too many codes, fault.Stale when somebody else has worked on the case meanwhile.
func (f *Flow) Check(ctx context.Context, op Operator, ref Ref, do Checking, code string, papers Papers) (Outcome, error) {
	c, _, person, err := f.take(ctx, op, ref)
	if err != nil {
		return Outcome{}, err
	}
	t := checkTry{op: op, c: c, person: person, do: do, from: c.Stands(f.Now()), papers: papers}
	if faults, err := f.checkFaults(ctx, &t, code); err != nil || len(faults) > 0 {
		return Outcome{Faults: faults}, err
	}
	row, _ := NextCheck(t.from, do, t.facts)
	change, found := f.checked(&t, row)
	err = f.Store.ApplyDesk(ctx, change)
	if errors.Is(err, fault.Stale) && change.Guess != nil {
		return Outcome{Faults: []Fault{CodeDead}}, nil // used or tried up in the same moment
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("checking a caller: %w", err)
	}
	return Outcome{Faults: found}, nil
}

// checkFaults finds out what the act depends on, and what keeps it from being asked of the table at all.
func (f *Flow) checkFaults(ctx context.Context, t *checkTry, typed string) ([]Fault, error) {
	switch {
	case !slices.Contains(Checkings, t.do):
		return []Fault{NotBegun}, nil
	case !t.c.Closed.IsZero():
		return []Fault{CaseClosed}, nil
	case t.person.ID == "":
		return []Fault{NobodyNamed}, nil
	case !slices.Contains(Takes(t.from), t.do):
		return []Fault{NotBegun}, nil
	case t.do == SendCode && !f.Texts:
		return []Fault{NoTexts}, nil
	}
	set := func(fact CheckFact, on bool) {
		if on {
			t.facts |= fact
		}
	}
	set(RipeMobile, Ripe(t.person, f.Now()))
	set(Mine, t.c.CheckedBy == t.op.Person.Identifier)
	switch t.do {
	case NotePapers:
		if faults := papersFaults(t.papers); len(faults) > 0 {
			return faults, nil
		}
		set(Papered, tidied(t.papers).Enough() && t.person.Role.Manager())
	case SecondPapers:
		set(Papered, t.c.Papers.Enough() && t.person.Role.Manager())
	case GiveCode:
		if t.typed = onlyDigits(typed); len(t.typed) != digits {
			return []Fault{CodeEmpty}, nil
		}
		var err error
		if t.code, err = f.Store.Code(ctx, t.c.Organisation, t.c.ID); err != nil {
			return nil, fmt.Errorf("reading the code of a case: %w", err)
		}
		if !t.code.Live(f.Now()) {
			return []Fault{CodeDead}, nil
		}
		t.facts &^= Mine
		set(Mine, t.code.Operator == t.op.Person.Identifier)
		right := f.Forge.CallerCode(t.c.Organisation, t.c.ID, t.code.Operator, t.code.ID)
		set(Right, subtle.ConstantTimeCompare([]byte(right), []byte(t.typed)) == 1)
	}
	return nil, nil
}

// checked does what a row says.
func (f *Flow) checked(t *checkTry, row Check) (Change, []Fault) {
	c, now := t.c, f.Now()
	if row.To == row.From && len(row.Do) == 0 {
		change := f.change(c)
		change.Case = nil
		f.note(&change, t.op, c, audit.CheckRefused, string(t.do))
		return change, []Fault{t.refusal()}
	}
	c.Standing, c.CheckedAt, c.CheckedBy = row.To, now, t.op.Person.Identifier
	act, detail := audit.CallerChecked, string(row.To)
	change := f.change(c)
	for _, effect := range row.Do {
		switch effect {
		case IssueCode:
			change.Code = &Code{ID: f.NewID(), Case: c.ID, Operator: c.CheckedBy, Sent: now, Expires: now.Add(CodeLives)}
			change.Counts = f.codeCounts(t.op, t.person)
			act, detail = audit.CallerCodeSent, account.MaskMobile(t.person.Mobile)
		case TextCode:
			change.Letters = append(change.Letters, f.codeText(c, *change.Code, t.person))
		case CountGuess:
			change.Guess, change.Case = &Guess{Code: t.code.ID}, nil
			act, detail = audit.CallerCodeWrong, ""
		case UseCode:
			change.Guess = &Guess{Code: t.code.ID, Right: true}
		case ShowNumber:
			act, detail = audit.CallBegun, account.MaskMobile(t.person.Mobile)
		case KeepPapers:
			change.Case.Papers = tidied(t.papers)
			act, detail = audit.PapersNoted, paperWords(t.papers.Kinds)
		}
	}
	f.note(&change, t.op, c, act, detail)
	if act != audit.CallerCodeWrong {
		return change, nil
	}
	if t.code.Tries+1 >= MostTries {
		return change, []Fault{CodeDead}
	}
	return change, []Fault{CodeWrong}
}

// refusal says why a row leads nowhere.
func (t *checkTry) refusal() Fault {
	switch {
	case (t.do == SendCode || t.do == BeginCall || t.do == ConfirmCall) && t.facts&RipeMobile == 0:
		if t.person.Mobile == "" || !t.person.MobileProven {
			return NoMobile
		}
		return YoungMobile
	case t.do == SecondPapers && t.facts&Mine != 0:
		return SameOperator
	case (t.do == NotePapers || t.do == SecondPapers) && !t.person.Role.Manager():
		return PapersForOther
	case t.do == NotePapers || t.do == SecondPapers:
		return PapersMissing
	}
	return NotMine
}

func (f *Flow) codeCounts(op Operator, person account.Account) []limit.Count {
	counts := []limit.Count{{Key: limit.Key(f.Key, "desk-sent", "", op.Person.ID), Rate: f.Limits.Sent}}
	for i, rate := range f.Limits.Codes {
		kind := fmt.Sprintf("desk-codes-%d", i)
		counts = append(counts, limit.Count{Key: limit.Key(f.Key, kind, person.Organisation, person.ID), Rate: rate})
	}
	return counts
}

// textOf is what the outbox keeps of a caller's code: the digits are made again when it is written.
type textOf struct {
	Case     string `json:"case"`
	Operator string `json:"operator"`
	Code     string `json:"code"`
}

func (f *Flow) codeText(c Case, code Code, person account.Account) courier.Item {
	payload, _ := json.Marshal(textOf{c.ID, code.Operator, code.ID}) // strings only
	return courier.Item{
		ID: f.NewID(), Organisation: c.Organisation, Account: person.ID, Kind: courier.CallerCode, Recipient: person.Mobile,
		Payload: payload, Created: code.Sent, Due: code.Sent, Expires: code.Expires,
	}
}

// papersFaults says what is to mend in the form of papers, before the table is asked.
func papersFaults(p Papers) []Fault {
	var faults []Fault
	if len(p.Kinds) == 0 {
		faults = append(faults, PapersMissing)
	}
	if siret := onlyDigits(p.SIRET); siret != "" && !ValidSIRET(siret) || siret == "" && slices.Contains(p.Kinds, Kbis) {
		faults = append(faults, SIRETUnfit)
	}
	if utf8.RuneCountInString(p.Note) > LongestSaid {
		faults = append(faults, SaidLong)
	}
	return faults
}

// tidied gives papers as they are kept: known kinds once, in their order.
func tidied(p Papers) Papers {
	kept := Papers{SIRET: onlyDigits(p.SIRET), Note: strings.ToValidUTF8(strings.TrimSpace(p.Note), "")}
	for _, kind := range AllPapers {
		if slices.Contains(p.Kinds, kind) {
			kept.Kinds = append(kept.Kinds, kind)
		}
	}
	return kept
}

func paperWords(kinds []Paper) string {
	var words []string
	for _, kind := range AllPapers {
		if slices.Contains(kinds, kind) {
			words = append(words, string(kind))
		}
	}
	return strings.Join(words, " ")
}

// onlyDigits drops the blanks and hyphens between digits; "" when there is something else.
func onlyDigits(typed string) string {
	var b strings.Builder
	for _, r := range typed {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" \t\u00a0\u202f-.", r):
			return ""
		}
	}
	return b.String()
}
