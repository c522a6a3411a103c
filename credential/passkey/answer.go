package passkey

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/go-webauthn/webauthn/protocol"

	"loquet/credential"
)

// Answer is what a browser says when a passkey was asked for (an assertion): read, and nothing of it verified.
type Answer struct {
	ID        string // of the passkey, base64url
	Challenge string // that it says to answer; the caller lets Forge.Meets look at it before anything else
	Handle    []byte // of the account that it says to be of; empty when the authenticator kept none

	parsed *protocol.ParsedCredentialAssertionData
}

// Signed is what an answer that passed every check says.
type Signed struct {
	Count    uint32 // of signatures; 0 from authenticators that do not count
	BackedUp bool   // the passkey has a copy elsewhere
	Verified bool   // the authenticator checked the person, by finger, face or PIN
}

// Read reads the JSON of PublicKeyCredential.toJSON (WebAuthn Level 3 §5.1.8) for an answer. What client extensions say
// is ignored: none was asked for. Its only error is Refused.
func Read(answer []byte) (Answer, error) {
	if len(answer) > most {
		return Answer{}, Refused{stepShape}
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Answer{}, Refused{stepShape}
	}
	return Answer{
		ID:        text(parsed.RawID),
		Challenge: parsed.Response.CollectedClientData.Challenge,
		Handle:    parsed.Response.UserHandle,
		parsed:    parsed,
	}, nil
}

// Check takes the steps of WebAuthn Level 3 §7.2 for a passkey that the store has and the handle of the account that it
// is of. The caller has looked the passkey up by a.ID, within the organisation and, where someone is already known,
// among the passkeys of that account; it has had a.Challenge checked by Forge.Meets, and spends the challenge and the
// count together in the store (credential.Use). With verify an answer without a check of the person is refused: whether
// there was one when the passkey was made does not matter. Its only error is Refused.
func (a Answer) Check(p Party, owner []byte, k credential.Passkey, verify bool) (Signed, error) {
	if a.parsed == nil {
		return Signed{}, Refused{stepShape}
	}
	if a.ID != k.ID || a.ID != text(a.parsed.RawID) {
		return Signed{}, Refused{stepID} // steps 5 and 6
	}
	handle := a.parsed.Response.UserHandle
	if len(owner) == 0 || len(handle) > 0 && subtle.ConstantTimeCompare(handle, owner) != 1 {
		return Signed{}, Refused{stepHandle} // step 6
	}
	data := a.parsed.Response.AuthenticatorData
	if step := clientStep(a.parsed.Response.CollectedClientData, protocol.AssertCeremony, a.Challenge, p); step != "" {
		return Signed{}, Refused{step}
	}
	if step := deviceStep(data, p, verify); step != "" {
		return Signed{}, Refused{step}
	}
	switch {
	case k.Host != p.Host:
		return Signed{}, Refused{stepHost}
	case data.Flags.HasBackupEligible() != k.Synced: // step 19
		return Signed{}, Refused{stepBackup}
	case !offered(k.Key):
		return Signed{}, Refused{stepAlgorithm}
	}
	// Steps 20 and 21, and once more all but the id, the handle and the flags of copies.
	err := a.parsed.Verify(a.Challenge, p.Host, "", []string{p.Origin}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, verify, true, k.Key, protocol.SignaturePolicy{})
	if err != nil {
		return Signed{}, Refused{stepSignature}
	}
	// Step 22. The count is looked at last, when it is known who counted.
	if (data.Counter != 0 || k.Count != 0) && data.Counter <= k.Count {
		return Signed{}, Refused{stepCount}
	}
	return Signed{
		Count: data.Counter, BackedUp: data.Flags.HasBackupState(), Verified: data.Flags.HasUserVerified(),
	}, nil
}

// clientStep gives the step at which what the browser says fails: 7 to 11 of §7.1, 10 to 14 of §7.2; "" for none.
// Origins are compared as they are: a browser writes each in one way only.
func clientStep(c protocol.CollectedClientData, ceremony protocol.CeremonyType, challenge string, p Party) string {
	switch {
	case c.Type != ceremony:
		return stepType
	case challenge == "" || subtle.ConstantTimeCompare([]byte(c.Challenge), []byte(challenge)) != 1:
		return stepChallenge
	case p.Origin == "" || c.Origin != p.Origin:
		return stepOrigin
	case c.CrossOrigin || c.TopOrigin != "":
		return stepCrossOrigin
	}
	return ""
}

// deviceStep gives the step at which what the authenticator says fails: 14 to 17 of §7.1, 15 to 18 of §7.2; "" for
// none.
func deviceStep(data protocol.AuthenticatorData, p Party, verify bool) string {
	host := sha256.Sum256([]byte(p.Host))
	switch {
	case subtle.ConstantTimeCompare(data.RPIDHash, host[:]) != 1:
		return stepHost
	case !data.Flags.HasUserPresent():
		return stepPresence
	case verify && !data.Flags.HasUserVerified():
		return stepVerification
	case data.Flags.HasBackupState() && !data.Flags.HasBackupEligible():
		return stepBackup
	}
	return ""
}
