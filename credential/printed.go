package credential

import "strconv"

// PrintedCodes is how many printed codes someone has at first.
const PrintedCodes = 10

// PrintedCodes gives the ten codes of a batch, always the same and in the same order, so that they need not be stored
// to be shown. The batch is an id of at least 128 random bits that was never used before; nothing comes from "".
//
// Each has 74 bits: NIST SP 800-63B-4 §4.2.1.1 asks for 64. The store keeps their digests (Digest, Printed); ADR-0007
// says why one keyed hash is enough.
func (f *Forge) PrintedCodes(batch string) []string {
	if batch == "" {
		return nil
	}
	codes := make([]string, PrintedCodes)
	for i := range codes {
		codes[i] = f.Make(Printed, batch+"/"+strconv.Itoa(i))
	}
	return codes
}
