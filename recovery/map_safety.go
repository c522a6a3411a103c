package recovery

import "slices"

// Safety says how firmly a person stands.
type Safety string

// The safeties, from the best. The desk counts as help: whoever has nobody else is helped by it, more slowly than by a
// colleague.
const (
	Firm    Safety = "firm"     // no loss of one thing leaves anything but a way of one's own
	Helped  Safety = "helped"   // now or after one loss, a colleague or the desk is needed
	OneLoss Safety = "one-loss" // one loss leaves no way back
	NoWay   Safety = "no-way"   // there is none now
)

// Safeties lists every safety.
var Safeties = []Safety{Firm, Helped, OneLoss, NoWay}

// Worse says whether this safety is worse than another.
func (s Safety) Worse(other Safety) bool {
	return slices.Index(Safeties, s) > slices.Index(Safeties, other)
}

// Alarming says whether a manager should hear of it: one more loss, and there is no way back.
func (s Safety) Alarming() bool { return s == OneLoss || s == NoWay }

// Safety says how firmly the person stands, and which single losses make it no better.
func (f Footing) Safety() (s Safety, losses []Has) { return safety(Ways, f) }

func safety(ways []Way, f Footing) (Safety, []Has) {
	now := after(ways, f, 0)
	if now == Nowhere {
		return NoWay, nil
	}
	var fatal, helped []Has
	for has := Has(1); has <= Everything && has != 0; has <<= 1 {
		if f.Has&has == 0 {
			continue
		}
		switch after(ways, f, has) {
		case Nowhere:
			fatal = append(fatal, has)
		case ByColleague, ByDesk:
			helped = append(helped, has)
		case ByOneself:
		}
	}
	switch {
	case len(fatal) > 0:
		return OneLoss, fatal
	case len(helped) > 0 || now != ByOneself:
		return Helped, helped
	}
	return Firm, nil
}

// Cures lists what can be added to somebody's footing, the cheapest first.
var Cures = []Has{HasMailbox, HasPassword, HasCodes, HasMobile, HasPasskey, HasColleague}

// Cure gives the cheapest of Cures that makes the person stand more firmly; 0 for none, or for nothing to cure. Printed
// codes stand in for another proof, so that whoever has none is not asked for them; and a first second proof is one more
// thing to lose where both are asked.
func (f Footing) Cure() Has {
	is, _ := f.Safety()
	for _, cure := range Cures {
		if f.Has&cure != 0 || cure == HasCodes && f.Has&(HasPasskey|HasKey|HasApp) == 0 {
			continue
		}
		if with, _ := f.and(cure).Safety(); is.Worse(with) {
			return cure
		}
	}
	return 0
}

// and gives the footing of whoever has this as well.
func (f Footing) and(more Has) Footing {
	f.Has |= more
	f.Both = f.Both || f.Asks && f.Has&seconds != 0
	return f
}
