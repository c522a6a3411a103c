package walk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
)

// programs are the names under which systems install a Chromium.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// chromium is the one browser process of this package; each visitor has a profile of its own in it.
var chromium context.Context

// TestMain starts Chromium. Without one the tests fail where nothing may be missing (LOQUET_STRICT=1); elsewhere it
// says so in one line.
func TestMain(m *testing.M) {
	code, err := run(m)
	switch {
	case err != nil && os.Getenv("LOQUET_STRICT") == "1":
		fmt.Fprintf(os.Stderr, "walk: LOQUET_STRICT=1 and Chromium is absent: %v\n", err)
		code = 1
	case err != nil:
		fmt.Fprintf(os.Stderr, "walk: nothing walked, Chromium is absent: %v\n", err)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	program, err := find()
	if err != nil {
		return 0, err
	}
	profile, err := os.MkdirTemp("", "walk-")
	if err != nil {
		return 0, fmt.Errorf("a folder for the browser: %w", err)
	}
	defer os.RemoveAll(profile) //nolint:errcheck // the system sweeps its temporary folder too
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-software-rasterizer", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-component-extensions-with-background-pages", true), chromedp.Flag("disable-breakpad", true),
		chromedp.Flag("disable-field-trial-config", true), chromedp.Flag("mute-audio", true),
		chromedp.Flag("disable-features",
			"Translate,OptimizationHints,MediaRouter,GlobalMediaControls,SpareRendererForSitePerProcess"),
		chromedp.Flag("lang", "fr-FR"), chromedp.Flag("accept-lang", "fr-FR,fr"),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("password-store", "basic"),
	)
	defer stop()
	process, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Run(process); err != nil {
		return 0, fmt.Errorf("starting %s: %w", program, err)
	}
	chromium = process
	return m.Run(), nil
}

func find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no such program is installed")
}
