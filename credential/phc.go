package credential

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// record is a stored password hash in the PHC string format:
//
//	$argon2id$v=19$m=47104,t=1,p=1,keyid=q83vEjRW$<salt>$<tag>
//
// keyid names the pepper without telling it, and is left out where there is none.
type record struct {
	Parameters
	pepper string // key id; empty without a pepper
	salt   []byte
	tag    []byte
}

// What a new record has, and what an older or imported one may have.
const (
	saltSize    = 16 // RFC 9106 §3.1: 128 bits are recommended
	tagSize     = 32
	smallest    = 8   // salt, in bytes: RFC 9106 §3.1
	smallestTag = 16  // under 128 bits a tag could be met by chance
	largest     = 64  // salt and tag, in bytes
	longestPHC  = 512 // characters
)

var unpadded = base64.RawStdEncoding.Strict()

func (r record) String() string {
	keyID := ""
	if r.pepper != "" {
		keyID = ",keyid=" + r.pepper
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, r.MemoryKiB, r.Passes, r.Lanes, keyID,
		unpadded.EncodeToString(r.salt), unpadded.EncodeToString(r.tag))
}

// parse reads what String wrote; anything else, also another algorithm, is not ok.
func parse(phc string) (r record, ok bool) {
	if len(phc) > longestPHC {
		return record{}, false
	}
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return record{}, false
	}
	cost := strings.Split(part[3], ",")
	if len(cost) != 3 && len(cost) != 4 {
		return record{}, false
	}
	m, okM := number(cost[0], "m=", 32)
	t, okT := number(cost[1], "t=", 32)
	p, okP := number(cost[2], "p=", 8)
	if !okM || !okT || !okP {
		return record{}, false
	}
	r.Parameters = Parameters{MemoryKiB: uint32(m), Passes: uint32(t), Lanes: uint8(p)}
	if len(cost) == 4 {
		if r.pepper, ok = strings.CutPrefix(cost[3], "keyid="); !ok || r.pepper == "" {
			return record{}, false
		}
	}
	var errSalt, errTag error
	r.salt, errSalt = unpadded.DecodeString(part[4])
	r.tag, errTag = unpadded.DecodeString(part[5])
	sound := errSalt == nil && errTag == nil &&
		len(r.salt) >= smallest && len(r.salt) <= largest && len(r.tag) >= smallestTag && len(r.tag) <= largest
	if !sound {
		return record{}, false
	}
	return r, true
}

// number reads a positive number after its name.
func number(field, name string, bits int) (n uint64, ok bool) {
	digits, ok := strings.CutPrefix(field, name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, bits)
	return n, err == nil && n > 0
}
