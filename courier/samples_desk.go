package courier

import "time"

// ofEachDeed gives the letter for everything that a DeskNotice tells of: to the person, what will be done and what is
// done; to another manager, one of each.
func (l Letter) ofEachDeed() []Letter {
	var all []Letter
	l.AskedFrom = ""
	for _, act := range DeskActs {
		done := l
		done.Desk = DeskSaid{Act: act, Case: "K7P3QX", Operator: "OP.SOPHIE", New: sampleNew[act]}
		done.ID += "-" + act
		all = append(all, done)
		if !waits(act) {
			continue
		}
		will := done
		will.ID += "-will"
		will.Secret = "u8Kq2Zr4Tn6Vb9Xc3Md5Pf7Hj1Lw0Sg-Ya_Eo2RiTk"
		will.Desk.Until = l.Created.Add(72 * time.Hour)
		all = append(all, will)
	}
	for _, told := range all[len(all)-2:] {
		told.ID += "-other"
		told.Desk.Manager = true
		all = append(all, told)
	}
	return all
}

// waits says whether an act is one of those that the owner has time to stop.
func waits(act string) bool { return act != "tell-identifier" && act != "send-access" }

var sampleNew = map[string]string{
	"replace-address": "m…n@laposte.example", "replace-mobile": "…42", "name-manager": "s…e@lac.example",
}
