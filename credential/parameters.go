package credential

import "fmt"

// Parameters is the cost of one Argon2id hash (RFC 9106 §3.1).
type Parameters struct {
	MemoryKiB uint32 // memory, in KiB
	Passes    uint32 // times the memory is gone through
	Lanes     uint8  // parts of the memory that may be worked on at once
}

// DefaultParameters is the first recommendation of the OWASP Password Storage sheet: all the cost in memory, one lane,
// so that the hashes of several people, not the lanes of one, use the processors.
var DefaultParameters = Parameters{MemoryKiB: 46 * 1024, Passes: 1, Lanes: 1}

// leastMemory is the OWASP Password Storage sheet's table of equal costs: the least memory in KiB for so many passes.
var leastMemory = map[uint32]uint32{1: 46 * 1024, 2: 19 * 1024, 3: 12 * 1024, 4: 9 * 1024, 5: 7 * 1024}

// The most that a setting may ask for. More is a slip of the finger: 1 GiB and 64 passes take a minute.
const (
	mostMemory = 1024 * 1024 // KiB
	mostPasses = 64
)

// Check refuses parameters under the OWASP sheet's equal costs (47104 KiB for one pass, down to 7168 KiB for five and
// more), and absurd ones. The error names the least memory for the passes.
func (p Parameters) Check() error {
	if p.Passes == 0 || p.Lanes == 0 {
		return fmt.Errorf("argon2id needs at least one pass and one lane, not %d and %d", p.Passes, p.Lanes)
	}
	if p.MemoryKiB > mostMemory || p.Passes > mostPasses {
		return fmt.Errorf("argon2id with %d KiB and %d passes is over the limit of %d KiB and %d passes",
			p.MemoryKiB, p.Passes, mostMemory, mostPasses)
	}
	// The table has no row for more lanes, which only split the same memory: each needs 8 KiB, far under any row.
	if least := leastMemory[min(p.Passes, 5)]; p.MemoryKiB < least {
		return fmt.Errorf("argon2id with %d passes needs at least %d KiB of memory, not %d", p.Passes, least, p.MemoryKiB)
	}
	return nil
}

// aside is the memory of all that is not hashes, in KiB.
const aside = 36 * 1024

// grant is the least memory that the program may take, in KiB: with room for one hash more than run at once, garbage is
// collected after every second or third of them only.
const grant = 176 * 1024

// MemoryLimit is what the whole program needs when so many hashes run at once, in bytes for debug.SetMemoryLimit: the
// memory of the hashes and some for all else, 176 MiB at least.
func MemoryLimit(p Parameters, parallel int) int64 {
	return max(grant, int64(parallel)*int64(p.MemoryKiB)+aside+4*1024) * 1024
}
