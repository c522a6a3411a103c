package pages

import (
	"slices"
	"strconv"
)

// deviceList is browsers that are signed in, with a button for each and one for all: one form, so that the password is
// asked once.
type deviceList struct {
	devices  []Device
	action   string
	fresh    bool
	form     string // see proof
	others   bool   // the button for all sends others=1, not an empty session
	all      string // words of the button for all
	problems []Problem
}

// some says whether there is anything to end.
func (l deviceList) some() bool {
	return slices.ContainsFunc(l.devices, func(d Device) bool { return !d.Current })
}

// nth gives the ID of one of several fields of a name. The first has the name itself, so that a problem's link finds
// it.
func nth(name string, n int) string {
	if n == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(n)
}

func has(all []string, one string) bool { return slices.Contains(all, one) }
