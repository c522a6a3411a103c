package store

import (
	"crypto/rand"
	"strings"
)

// NewID gives a new opaque name for a row: 26 lower-case letters and digits that hold at least 128 random bits.
func NewID() string { return strings.ToLower(rand.Text()) }
