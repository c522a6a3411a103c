package account

import (
	"strings"
	"testing"
)

func TestFoldMobile(t *testing.T) {
	for typed, want := range map[string]string{
		"06 12 34 56 78": "+33612345678", "0612345678": "+33612345678", "06.12.34.56.78": "+33612345678",
		"06-12-34-56-78": "+33612345678", "07/12/34/56/78": "+33712345678", " 06\u00a012\u202f34 56 78\u200b": "+33612345678",
		"+33 6 12 34 56 78": "+33612345678", "+33 (0)6 12 34 56 78": "+33612345678", "0033612345678": "+33612345678",
		"+330612345678": "+33612345678", "０６１２３４５６７８": "+33612345678", "＋33612345678": "+33612345678",
		"0690 12 34 56": "+590690123456", "0691 12 34 56": "+590691123456", "0692 12 34 56": "+262692123456",
		"0693 12 34 56": "+262693123456", "0639 12 34 56": "+262639123456", "0694 12 34 56": "+594694123456",
		"0696 12 34 56": "+596696123456", "0697 12 34 56": "+596697123456", "+590 690 12 34 56": "+590690123456",
		"+41 79 123 45 67": "+41791234567", "0041 79 123 45 67": "+41791234567", "+12345678": "+12345678",
		"+123456789012345": "+123456789012345",
	} {
		if got, ok := FoldMobile(typed); !ok || got != want {
			t.Errorf("FoldMobile(%q) = %q, %v, want %q", typed, got, ok, want)
		}
	}
	for _, wrong := range []string{
		"", "+", "0", "00", "38162", "061234567", "06123456789", "0123456789", "0512345678", "+33123456789", "+3361234567",
		"+33612345678901", "+1234567", "+1234567890123456", "+0612345678", "++33612345678", "06+12345678", "612345678",
		"06 12 34 56 78 x", "O612345678", "06\n12345678", "06 12 34 56 7٨", "06 12 34 56 78,0612345679", "tel:0612345678",
		"0612345678;0612345679", "000033612345678", "AUTOECOLE.GERANT",
	} {
		if got, ok := FoldMobile(wrong); ok {
			t.Errorf("%q is the number %q", wrong, got)
		}
	}
}

func FuzzFoldMobile(f *testing.F) {
	for _, seed := range []string{"06 12 34 56 78", "+33 (0)6 12 34 56 78", "0041791234567", "+123456789012345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		number, ok := FoldMobile(typed)
		if !ok {
			if number != "" {
				t.Errorf("%q is refused with %q", typed, number)
			}
			return
		}
		if again, ok := FoldMobile(number); !ok || again != number {
			t.Errorf("%q gives %q, which gives %q, %v", typed, number, again, ok)
		}
		digits, plus := strings.CutPrefix(number, "+")
		if !plus || len(digits) < 8 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
			t.Errorf("%q gives %q", typed, number)
		}
	})
}

func TestMaskMobile(t *testing.T) {
	for number, want := range map[string]string{
		"+33612345678": "…78", "+41791234567": "…67", "": "…", "12": "…", "claire@orange.example": "…",
	} {
		if got := MaskMobile(number); got != want {
			t.Errorf("MaskMobile(%q) = %q, want %q", number, got, want)
		}
	}
}
