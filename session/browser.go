package session

import "net/netip"

// Browser is where a request comes from.
type Browser struct {
	Address netip.Addr
	Device  string // browser and system in words; empty when they are not known
	Held    string // ID of the session that its cookie names; empty for none
}

// From gives the address in the form that the journal keeps, empty when none is known.
func (b Browser) From() string {
	if !b.Address.IsValid() {
		return ""
	}
	return b.Address.Unmap().String()
}
