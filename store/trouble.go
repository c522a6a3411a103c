package store

import (
	"errors"
	"fmt"
)

// Unusable says in one sentence what is wrong with the place of the database, and what to do about it.
type Unusable struct {
	Where string // the file, or the server and the database; never a password
	Why   string
	Err   error // what the engine said; nil where Loquet found it itself
}

func (u Unusable) Error() string { return fmt.Sprintf("%s cannot be used: %s", u.Where, u.Why) }

func (u Unusable) Unwrap() error { return u.Err }

// The refusals of a schema, tested with errors.Is. They come as the Err of an Unusable.
var (
	// ErrFuture means that a newer Loquet has been here: the schema knows things that this one would not keep right.
	ErrFuture = errors.New("the database is newer than this program")
	// ErrForeign means that the database holds tables that are not Loquet's.
	ErrForeign = errors.New("the database is not Loquet's")
)

// ErrTaken says that a name is given already, or was once (ATK-077).
type ErrTaken struct {
	What string // "slug", "host" or "identifier"
	Name string // as asked for
}

// Error leaves out the name: identifiers are personal data, and errors are logged.
func (e ErrTaken) Error() string { return "the " + e.What + " is taken" }

// ErrUnfit says that something has no key to be found under.
type ErrUnfit struct {
	What string // "identifier" or "email"
	Name string // as asked for
}

func (e ErrUnfit) Error() string { return "the " + e.What + " cannot be used: it has no readable form" }
