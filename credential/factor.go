package credential

import "time"

// Passkey is a public key whose private half never leaves a person's device, or what keeps their devices in step
// (WebAuthn Level 3). It proves a person at one host only.
type Passkey struct {
	ID           string // the credential's own, base64url; never used twice within an organisation
	Organisation string
	Account      string
	Host         string // the relying party ID: the organisation's host name that it was made at, without a port
	Key          []byte // public, as a COSE_Key (RFC 9052)
	Count        uint32 // of signatures, as its authenticator said last; 0 from those that do not count
	Model        string // AAGUID as text; empty when it says nothing
	Name         string // as its owner knows it again: that of the model, or what they chose
	Transports   []string
	Verifies     bool // its authenticator checked the person when it was made, so that it may be the only proof
	Synced       bool // it may be on more than one device (backup eligible)
	BackedUp     bool // it is, as it said last
	Created      time.Time
	Used         time.Time // zero for never
}

// App is what makes the app codes of a person (RFC 6238). Its secret is derived from the seed and never stored, as the
// secrets of recovery are (Forge; ADR-0007, ADR-0018).
type App struct {
	Seed    string // unguessable and never used before
	Step    int64  // the last time step that was accepted; none is accepted twice (RFC 6238 §5.2; ATK-064)
	Created time.Time
	Used    time.Time // zero for never
}

// PrintedCode is one of the codes that a person keeps on paper, by its digest. Each serves once.
type PrintedCode struct {
	Digest string
	Used   time.Time // zero while it may serve
}

// Factors are the proofs beside the password that an account has.
type Factors struct {
	Passkeys []Passkey // of every host of the organisation, oldest first
	App      *App      // nil for none
	Codes    []PrintedCode
	Batch    string    // what Codes were made from, see Forge.PrintedCodes; empty for none
	Printed  time.Time // when they were made
	Kept     bool      // their owner has said that they are on paper: they are not shown again
}

// CodesLeft gives how many printed codes may still serve.
func (f Factors) CodesLeft() int {
	n := 0
	for _, c := range f.Codes {
		if c.Used.IsZero() {
			n++
		}
	}
	return n
}

// At gives the passkeys that serve at a host.
func (f Factors) At(host string) []Passkey {
	var at []Passkey
	for _, k := range f.Passkeys {
		if k.Host == host {
			at = append(at, k)
		}
	}
	return at
}

// Use is one use of a proof: whichever it is, the store lets it happen once, and gives fault.Stale to the others.
type Use struct {
	Challenge string    // that a passkey has signed: spent with this use
	Until     time.Time // when the challenge would end anyway
	Passkey   string    // ID; empty for none
	Count     uint32    // what the passkey counted; the stored one must be lower, or both 0 (WebAuthn L3 §7.2 step 22)
	BackedUp  bool
	Step      int64  // of an app code; 0 for none
	Seed      string // of the app that it was checked with, which must be the one in force
	Printed   string // digest of a printed code; empty for none
}

// FactorChange is a change of what an account can be proved with. It holds for the version of the account that it was
// decided on: of two removals that would together take the last way in, one gives fault.Stale.
type FactorChange struct {
	Version        int64
	Add            *Passkey
	Remove         string // ID of a passkey, guarded
	Rename, Name   string // ID of a passkey, guarded, and what it is called from now on
	App            *App   // takes the place of the one before; its Step is the one that proved it
	RemoveApp      bool
	Batch          string // with Codes: they take the place of all before; empty for none
	Codes          []PrintedCode
	Kept           bool // the codes in force are on paper
	RemoveCodes    bool
	Second         *bool // whether the second proof is asked though no policy does
	RemovePassword bool
	Reset          bool // no passkey, no app, no code is left, and Second is off
}
