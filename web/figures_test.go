package web_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// figures say how far two series of times, measured in pairs, are apart. Times are in seconds.
type figures struct {
	pairs      int
	a, b       float64 // medians
	a99, b99   float64 // 99th percentiles
	difference float64 // median of a-b within pairs
	low, high  float64 // 95 % bootstrap confidence interval of difference
	wilcoxon   float64 // p of the signed-rank test: that the differences lie around zero
	welch      float64 // t of the two series as if they were not paired; printed, and decides nothing
}

// confidence is how many bootstrap samples an interval is made from.
const confidence = 2000

func figuresOf(a, b []float64) figures {
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
	}
	f := figures{
		pairs: len(a), a: quantile(a, 0.5), b: quantile(b, 0.5), a99: quantile(a, 0.99), b99: quantile(b, 0.99),
		difference: quantile(differences, 0.5), wilcoxon: signedRank(differences), welch: welch(a, b),
	}
	f.low, f.high = interval(differences)
	return f
}

// within says that the whole interval lies inside ±bound: the two are shown to be equal up to it (TOST).
func (f figures) within(bound float64) bool { return -bound < f.low && f.high < bound }

// past says that the whole interval lies outside ±bound: taking more pairs would not make the two the same.
func (f figures) past(bound float64) bool { return f.low > bound || f.high < -bound }

// apart says that the interval leaves zero out: a difference was seen.
func (f figures) apart() bool { return f.low > 0 || f.high < 0 }

func (f figures) String() string {
	us := func(s float64) time.Duration { return time.Duration(s * 1e9).Round(time.Microsecond) }
	return fmt.Sprintf("%d pairs, medians %v %v, p99 %v %v, median difference %v [%v, %v], Wilcoxon p %.3g, Welch t %.2f",
		f.pairs, us(f.a), us(f.b), us(f.a99), us(f.b99), us(f.difference), us(f.low), us(f.high), f.wilcoxon, f.welch)
}

// quiet keeps the half of the pairs that took the least time together: what other programs on the machine cost goes
// with the rest, and which of the two was slower does not matter to the choice.
func quiet(a, b []float64) (fewerA, fewerB []float64) {
	sums := make([]float64, len(a))
	for i := range a {
		sums[i] = a[i] + b[i]
	}
	middle := quantile(sums, 0.5)
	for i := range a {
		if sums[i] <= middle {
			fewerA, fewerB = append(fewerA, a[i]), append(fewerB, b[i])
		}
	}
	return fewerA, fewerB
}

// quantile gives the q-quantile, between neighbours in proportion.
func quantile(all []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	at := q * float64(len(sorted)-1)
	below := int(at)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// interval gives the 95 % bootstrap confidence interval of the median, from a fixed seed.
func interval(all []float64) (low, high float64) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // statistics, not secrets
	medians, sample := make([]float64, confidence), make([]float64, len(all))
	for i := range medians {
		for j := range sample {
			sample[j] = all[random.IntN(len(all))]
		}
		medians[i] = quantile(sample, 0.5)
	}
	return quantile(medians, 0.025), quantile(medians, 0.975)
}

// signedRank gives the two-sided p of Wilcoxon's signed-rank test: zeros are left out, ties share their rank, and the
// statistic is taken as normal.
func signedRank(differences []float64) float64 {
	var all []float64
	for _, d := range differences {
		if d != 0 {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(x, y float64) int {
		switch x, y := math.Abs(x), math.Abs(y); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	n, plus, ties := float64(len(all)), 0.0, 0.0
	for i := 0; i < len(all); {
		end := i
		for end < len(all) && math.Abs(all[end]) == math.Abs(all[i]) {
			end++
		}
		rank, tied := float64(i+1+end)/2, float64(end-i)
		ties += tied*tied*tied - tied
		for ; i < end; i++ {
			if all[i] > 0 {
				plus += rank
			}
		}
	}
	deviation := math.Sqrt(n*(n+1)*(2*n+1)/24 - ties/48)
	if deviation == 0 {
		return 1
	}
	return math.Erfc(math.Abs(plus-n*(n+1)/4) / deviation / math.Sqrt2)
}

// welch gives the t of Welch's test.
func welch(a, b []float64) float64 {
	meanA, spreadA := moments(a)
	meanB, spreadB := moments(b)
	return (meanA - meanB) / math.Sqrt(spreadA/float64(len(a))+spreadB/float64(len(b)))
}

func moments(all []float64) (mean, variance float64) {
	for _, x := range all {
		mean += x / float64(len(all))
	}
	for _, x := range all {
		variance += (x - mean) * (x - mean) / float64(len(all)-1)
	}
	return mean, variance
}

func near(t *testing.T, what string, got, wanted, tolerance float64) {
	t.Helper()
	if math.Abs(got-wanted) > tolerance {
		t.Errorf("%s: %v, want %v", what, got, wanted)
	}
}

// TestFiguresOfKnownSeries compares with worked examples: the signed ranks of Siegel (1956), and sums done by hand.
func TestFiguresOfKnownSeries(t *testing.T) {
	before := []float64{125, 115, 130, 140, 140, 115, 140, 125, 140, 135}
	after := []float64{110, 122, 125, 120, 140, 124, 123, 137, 135, 145}
	f := figuresOf(before, after)
	near(t, "Wilcoxon p", f.wilcoxon, 0.5936, 0.0005)
	near(t, "median", f.difference, 2.5, 1e-9)
	near(t, "Welch t", welch([]float64{1, 2, 3, 4, 5}, []float64{2, 4, 6, 8, 10}), -3/math.Sqrt(2.5), 1e-9)
	near(t, "quantile", quantile([]float64{4, 1, 3, 2}, 0.25), 1.75, 1e-9)
	if a, b := quiet([]float64{1, 9, 2, 3}, []float64{2, 1, 2, 9}); len(a) != 2 || a[0] != 1 || b[0] != 2 || a[1] != 2 ||
		b[1] != 2 {
		t.Errorf("the quiet half: %v and %v", a, b)
	}
	near(t, "p of nothing", signedRank([]float64{0, 0}), 1, 0)
}

// TestFiguresSeeWhatIsThere draws noise with and without a shift: the interval covers the truth as often as it says.
func TestFiguresSeeWhatIsThere(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // statistics, not secrets
	for _, shift := range []float64{0, 0.5} {
		covered, seen := 0, 0
		const times = 40
		for range times {
			a, b := make([]float64, 100), make([]float64, 100)
			for i := range a {
				common := 10 * random.NormFloat64() // what both of a pair suffer from
				a[i], b[i] = common+random.NormFloat64()+shift, common+random.NormFloat64()
			}
			f := figuresOf(a, b)
			if f.low <= shift && shift <= f.high {
				covered++
			}
			if f.apart() {
				seen++
			}
			if f.within(0.4) && (f.past(0.4) || f.low > f.difference || f.high < f.difference) {
				t.Errorf("at once within and past: %v", f)
			}
		}
		if covered < times*90/100 {
			t.Errorf("a shift of %v is covered %d times of %d", shift, covered, times)
		}
		if shift == 0 && seen > times/10 || shift > 0 && seen < times*70/100 {
			t.Errorf("a shift of %v is seen %d times of %d", shift, seen, times)
		}
	}
}
