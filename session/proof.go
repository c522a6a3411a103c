package session

import "slices"

// The proofs that a session may rest on, in the words of RFC 8176 ("amr"), for single sign-on to tell applications.
const (
	ByPassword = "pwd"
	ByMailbox  = "kba" // a secret that was sent, or handed over on paper; never of a session that opens more than a renewal
	ByApp      = "otp" // app code, or printed code
	ByHardware = "hwk" // a passkey that stays in one device
	BySoftware = "swk" // a passkey that devices share
	Present    = "user"
	Multiple   = "mfa" // two proofs of different kinds: possession, and knowledge or the person's own body
)

// Level is how sure a session is whose it is: the authentication assurance level of NIST SP 800-63B-4 §2 that its proofs
// reach, for "acr" and for what the policy asks.
type Level string

// The levels.
const (
	One Level = "aal1"
	Two Level = "aal2"
)

// Level gives the level of the session. What recovery opens never reaches the second (OAU-19).
func (s Session) Level() Level {
	if slices.Contains(s.Proof, Multiple) && !slices.Contains(s.Proof, ByMailbox) {
		return Two
	}
	return One
}

// With gives the proofs and one or more others beside them, each once.
func With(proofs []string, more ...string) []string {
	with := slices.Clone(proofs)
	for _, p := range more {
		if !slices.Contains(with, p) {
			with = append(with, p)
		}
	}
	return with
}

// ByPasskey gives the proofs of a passkey: where it is kept, that somebody was present, and, when the device has
// recognised its person, that this was two proofs.
func ByPasskey(synced, verified bool) []string {
	proofs := []string{ByHardware, Present}
	if synced {
		proofs[0] = BySoftware
	}
	if verified {
		proofs = append(proofs, Multiple)
	}
	return proofs
}
