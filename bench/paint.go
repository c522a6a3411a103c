package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// mostPaint is the first paint of the front page over that of a page of six bytes.
const mostPaint = 1.2

// slow is the connection that browsers call "Fast 3G": round trip in ms, bytes a second.
var slow = map[string]any{"offline": false, "latency": 562.5, "downloadThroughput": 180000, "uploadThroughput": 84375}

// browser speaks the DevTools protocol to a Chromium through two pipes, as JSON with a NUL after each message
// (chromedevtools.github.io; --remote-debugging-pipe).
type browser struct {
	cmd     *exec.Cmd
	in      *bufio.Reader
	out     *os.File
	pipes   []*os.File
	number  int
	session string
}

// paint measures the first paint in Chromium on a slow connection beside that of a bare page; nothing without Chromium.
func (r *run) paint() error {
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("google-chrome")
	}
	if err != nil {
		r.Say("no first paint: there is no Chromium")
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, 2*patience)
	defer cancel()
	b, err := r.chromium(ctx, path)
	if err != nil {
		return fmt.Errorf("Chromium: %w", err)
	}
	defer b.close()
	var ours, bare []time.Duration
	for range r.rounds() {
		for _, page := range []struct {
			url  string
			into *[]time.Duration
		}{{"http://" + r.hello.address + "/", &bare}, {"http://" + host + "/signin", &ours}} {
			took, err := b.first(page.url)
			if err != nil {
				return fmt.Errorf("Chromium: %w", err)
			}
			*page.into = append(*page.into, took)
		}
	}
	slices.Sort(ours)
	slices.Sort(bare)
	r.add("first paint on Fast 3G", "ms", ms(quantile(ours, 0.5))).
		beside("a page of six bytes", ms(quantile(bare, 0.5))).mostRatio(mostPaint)
	return nil
}

func (r *run) chromium(ctx context.Context, path string) (*browser, error) {
	_, port, err := net.SplitHostPort(r.product.address)
	if err != nil {
		return nil, err //nolint:wrapcheck // an address of our own
	}
	theirs, ours, err := os.Pipe() // what it reads
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was doing
	}
	answers, said, err := os.Pipe() // what it writes
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was doing
	}
	b := &browser{out: ours, in: bufio.NewReader(answers), pipes: []*os.File{ours, answers}}
	b.cmd = exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", //nolint:gosec // found in PATH
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--remote-debugging-pipe", "--user-data-dir="+filepath.Join(r.folder, "chromium"),
		"--host-resolver-rules=MAP "+host+" 127.0.0.1:"+port, "about:blank")
	b.cmd.ExtraFiles = []*os.File{theirs, said} // its descriptors 3 and 4
	b.cmd.WaitDelay = time.Second
	err = b.cmd.Start()
	_ = errors.Join(theirs.Close(), said.Close()) // it has its own
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was doing
	}
	if err := b.attach(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *browser) attach() error {
	var target, attached map[string]string
	if err := b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	err := b.call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true}, &attached)
	if err != nil {
		return err
	}
	b.session = attached["sessionId"]
	return errors.Join(
		b.call("Network.enable", map[string]any{}, nil),
		b.call("Network.setCacheDisabled", map[string]any{"cacheDisabled": true}, nil),
		b.call("Network.emulateNetworkConditions", slow, nil))
}

// first loads a page and gives the time of its first paint with something on it.
func (b *browser) first(url string) (time.Duration, error) {
	if err := b.call("Page.navigate", map[string]any{"url": url}, nil); err != nil {
		return 0, err
	}
	const painted = `new Promise(done => { const look = () => {
		const found = location.href !== 'about:blank' && performance.getEntriesByName('first-contentful-paint')[0];
		found ? done(found.startTime) : setTimeout(look, 20) }; look() })`
	var answer struct {
		Result struct{ Value float64 } `json:"result"`
	}
	err := b.call("Runtime.evaluate", map[string]any{"expression": painted, "awaitPromise": true}, &answer)
	if err == nil && answer.Result.Value <= 0 {
		err = fmt.Errorf("%s was never painted", url)
	}
	return time.Duration(answer.Result.Value * float64(time.Millisecond)), err
}

// call sends one command and waits for its answer; what happens meanwhile is of no interest.
func (b *browser) call(method string, parameters map[string]any, into any) error {
	b.number++
	message := map[string]any{"id": b.number, "method": method, "params": parameters}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err == nil {
		_, err = b.out.Write(append(text, 0))
	}
	for err == nil {
		var line []byte
		if line, err = b.in.ReadBytes(0); err != nil {
			break
		}
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err = json.Unmarshal(line[:len(line)-1], &answer); err != nil || answer.ID != b.number {
			continue
		}
		if answer.Error != nil {
			return fmt.Errorf("%s: %s", method, answer.Error)
		}
		if into != nil {
			err = json.Unmarshal(answer.Result, into)
		}
		break
	}
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

func (b *browser) close() {
	_ = b.cmd.Process.Kill() // it may have ended
	_ = b.cmd.Wait()
	for _, p := range b.pipes {
		_ = p.Close() // nobody reads it any more
	}
}
