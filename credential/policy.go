// Package credential holds what proves a person: the password and the rules for choosing one, and the one-use secrets
// of recovery.
//
// It promises that checking a password costs the same work whether or not there is an account behind it, that hashing
// never uses more memory than was granted, and that no secret made here is stored in a form that could be used.
package credential

// Policy is the rule for choosing a password.
type Policy struct {
	MinLength int  `json:"min_length"` // in code points (NIST SP 800-63B-4 §3.1.1.2)
	Upper     bool `json:"upper"`      // at least one upper-case letter
	Lower     bool `json:"lower"`      // at least one lower-case letter
	Digit     bool `json:"digit"`      // at least one digit
}
