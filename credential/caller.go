package credential

import (
	"encoding/binary"
	"fmt"
)

// callerCodes is how many codes a caller may be sent: six digits, which are easy to read aloud.
const callerCodes = 1_000_000

// CallerCode gives the six digits that a caller reads to the operator of a case, always the same for one id of at least
// 128 random bits. It depends on the organisation, the case and the operator, so that it is worth nothing to anybody
// else (ATK-075). Empty parts give "", which no code equals.
func (f *Forge) CallerCode(organisation, deskCase, operator, id string) string {
	if organisation == "" || deskCase == "" || operator == "" || id == "" {
		return ""
	}
	for block := uint64(0); ; block++ {
		drawn := mac(f.calling, organisation, deskCase, operator, id, string(binary.BigEndian.AppendUint64(nil, block)))
		n := binary.BigEndian.Uint64(drawn)
		// The numbers past the last multiple would make the first codes likelier than the others.
		if n < ^uint64(0)-^uint64(0)%callerCodes {
			return fmt.Sprintf("%06d", n%callerCodes)
		}
	}
}
