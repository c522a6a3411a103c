// Command build makes the filter of the blocklist from word lists. It is run by hand when the lists change (see
// NOTICE.md), and promises the same file for the same lists.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/FastFilter/xorfilter"

	"loquet/credential/blocklist"
)

// shortest is the least size of a word, in code points: what is shorter is in too many random passwords.
const shortest = 3

// lists are the word lists of zxcvbn-ts that are used, below the folder of the three packages.
var lists = []string{
	"*/passwords.json", "*/commonWords.json", "*/firstnames.json", "*/lastnames.json", "*/wikipedia.json",
}

func main() {
	log.SetFlags(0)
	from := flag.String("from", "", "folder that holds the unpacked zxcvbn-ts packages, one folder each")
	own := flag.String("own", "own.txt", "file of words of our own, one a line")
	to := flag.String("to", "common.fuse", "file to write")
	flag.Parse()
	if err := build(*from, *own, *to); err != nil {
		log.Fatal(err)
	}
}

func build(from, own, to string) error {
	words, err := ours(own)
	if err != nil {
		return err
	}
	for _, list := range lists {
		// The packages keep their lists in "src".
		files, err := filepath.Glob(filepath.Join(from, filepath.Dir(list), "src", filepath.Base(list)))
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("no %s below %q: unpack the packages that NOTICE.md names", filepath.Base(list), from)
		}
		for _, file := range files {
			more, err := theirs(file)
			if err != nil {
				return err
			}
			words = append(words, more...)
		}
	}
	keys := map[uint64]bool{}
	for _, word := range words {
		if folded := blocklist.Fold(word); utf8.RuneCountInString(folded) >= shortest {
			keys[blocklist.Key(folded)] = true
		}
	}
	// Sorted, because the order of the keys decides the file.
	filter, err := xorfilter.NewBinaryFuse[uint16](slices.Sorted(maps.Keys(keys)))
	if err != nil {
		return err
	}
	return write(filter, to, len(keys))
}

func write(filter *xorfilter.BinaryFuse[uint16], to string, words int) error {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err := filter.Save(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	log.Printf("%s: %d words, %d bytes", to, words, 2*len(filter.Fingerprints))
	return file.Close()
}

func theirs(file string) (words []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &words); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return words, nil
}

func ours(file string) (words []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words = append(words, line)
		}
	}
	return words, nil
}
