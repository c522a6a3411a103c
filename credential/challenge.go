package credential

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// Ceremony is what a challenge is for. A challenge of one ceremony is worth nothing in another.
type Ceremony string

// The ceremonies.
const (
	CreatePasskey   Ceremony = "create-passkey" // of someone who has proved who they are
	EnterByPasskey  Ceremony = "enter"          // of someone who has not said who they are
	SecondByPasskey Ceremony = "second"         // after the first proof
	ProveByPasskey  Ceremony = "prove"          // again, in an open session
	SetUpApp        Ceremony = "set-up-app"     // no passkey signs it: it is the seed of the app's secret
)

// Ceremonies lists every ceremony.
var Ceremonies = []Ceremony{CreatePasskey, EnterByPasskey, SecondByPasskey, ProveByPasskey, SetUpApp}

// How long challenges serve, and how far ahead of this node's clock another one's may be.
const (
	ChallengeLasts = 10 * time.Minute // passkeys
	SetUpAppLasts  = 30 * time.Minute // to find, install and understand an app
	challengeSkew  = 2 * time.Minute
)

// The parts of a challenge, in bytes: random ones, then the time of issue, then the MAC.
const (
	challengeRandom = 16
	challengeIssued = challengeRandom + 8
	challengeLength = challengeIssued + sha256.Size
)

// Lasts gives how long a challenge of the ceremony serves; 0 when there is no such ceremony.
func (c Ceremony) Lasts() time.Duration {
	switch c {
	case CreatePasskey, EnterByPasskey, SecondByPasskey, ProveByPasskey:
		return ChallengeLasts
	case SetUpApp:
		return SetUpAppLasts
	}
	return 0
}

// Challenge gives a new challenge in base64url: 128 random bits (WebAuthn Level 3 §13.4.3), the time of issue, and a
// MAC that ties both to the ceremony, the organisation and the subject, an account or a session, "" where nobody is
// known yet. So nothing is stored for people who only look at a page. That a challenge serves once is the store's
// concern, when it is met (Use). An unknown ceremony gives "", which Meets refuses.
func (f *Forge) Challenge(c Ceremony, organisation, subject string, now time.Time) string {
	if c.Lasts() == 0 {
		return ""
	}
	challenge := make([]byte, challengeRandom, challengeLength)
	_, _ = rand.Read(challenge) // never fails: it would end the program

	challenge = binary.BigEndian.AppendUint64(challenge, uint64(now.UnixMicro())) //nolint:gosec // two's complement
	challenge = append(challenge, f.sealed(c, organisation, subject, challenge)...)
	return base64.RawURLEncoding.EncodeToString(challenge)
}

// Meets says whether a challenge was made here for this ceremony, organisation and subject, and still serves; until is
// when it ends. One from the future is refused, beyond two minutes for clocks that are off (ATK-088).
func (f *Forge) Meets(c Ceremony, organisation, subject, challenge string, now time.Time) (until time.Time, ok bool) {
	if c.Lasts() == 0 || len(challenge) != base64.RawURLEncoding.EncodedLen(challengeLength) {
		return time.Time{}, false
	}
	read, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	// The decoder passes over line ends, which would give one challenge many spellings to be used under.
	if err != nil || len(read) != challengeLength {
		return time.Time{}, false
	}
	said, seal := read[:challengeIssued], read[challengeIssued:]
	if !hmac.Equal(seal, f.sealed(c, organisation, subject, said)) {
		return time.Time{}, false
	}
	issued := time.UnixMicro(int64(binary.BigEndian.Uint64(said[challengeRandom:]))).UTC() //nolint:gosec // as above
	until = issued.Add(c.Lasts())
	if issued.After(now.Add(challengeSkew)) || !now.Before(until) {
		return time.Time{}, false
	}
	return until, true
}

func (f *Forge) sealed(c Ceremony, organisation, subject string, said []byte) []byte {
	return mac(f.challenging, string(c), organisation, subject, string(said))
}
