package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// join adds a second load to a first.
func (o *outcome) join(more outcome) {
	o.took += more.took
	o.cpu += more.cpu
	o.busy += more.busy
	o.waits = append(o.waits, more.waits...)
	slices.Sort(o.waits)
}

// Table prints the figures for people.
func (r Report) Table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, Argon2id %d MiB, %d passes, %d lanes; %d processors, %s; %s\n\n", r.Engine, r.Parameters.MemoryKiB/1024,
		r.Parameters.Passes, r.Parameters.Lanes, r.Processors, r.Go, r.At.Format(time.DateTime))
	fmt.Fprintln(w, "what\tfigure\traw limit of this machine\tratio\ttarget\t")
	for _, f := range r.Figures {
		limit, ratio, met := "", "", ""
		if f.Beside != "" {
			limit, ratio = number(f.Limit)+" "+f.Beside, strconv.FormatFloat(f.Ratio, 'f', 2, 64)
		}
		if f.Met != nil {
			met = map[bool]string{true: "met", false: "MISSED"}[*f.Met]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, strings.TrimSpace(number(f.Value)+" "+f.Unit), limit, ratio, f.Target, met)
	}
	return w.Flush() //nolint:wrapcheck // the caller's writer
}

// number gives three digits, or all of a large number.
func number(v float64) string {
	switch {
	case v == float64(int64(v)) || v >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// unzip gives a page as it was before it was compressed.
func unzip(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was
	}
	return io.ReadAll(z) //nolint:wrapcheck // the caller says what it was
}
