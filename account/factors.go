package account

import "time"

// Factors says, in numbers only, what an account can be proved with. The proofs themselves are package credential's.
type Factors struct {
	Password bool // it has one
	Passkeys int
	App      bool // app codes
	Codes    int  // printed codes that may still serve

	// Second says that its owner wants a second proof asked after the password, though no policy does.
	Second bool
	// Asked is when the policy first asked the person for a second proof that they did not have; zero for never. The
	// time that a policy leaves counts from then on, and never begins anew.
	Asked time.Time
}

// Any says whether a second proof can be given.
func (f Factors) Any() bool { return f.Passkeys > 0 || f.App || f.Codes > 0 }

// Lasting says whether there is a second proof that does not use itself up.
func (f Factors) Lasting() bool { return f.Passkeys > 0 || f.App }
