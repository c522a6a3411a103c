package walk

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"loquet/audit"
	"loquet/organisation"
	"loquet/session"
	"loquet/signin"
	"loquet/store/storetest"
)

// meals is where the application of these walks answers.
const meals = "cantine.localhost:8080"

// walksAround is walksIn with something around the house: an application beside it, or a change of its answers.
func walksAround(t *testing.T, in []view, around func(http.Handler) http.Handler, walk func(*testing.T, *home, *visitor)) {
	t.Helper()
	for _, view := range in {
		t.Run(view.String(), func(t *testing.T) {
			t.Parallel()
			seats <- struct{}{}
			defer func() { <-seats }()
			h := open(t)
			h.handler = around(h.handler)
			walk(t, h, h.visitor(t, view))
		})
	}
}

// beside puts an application beside the house.
func beside(application http.HandlerFunc) func(http.Handler) http.Handler {
	return func(house http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host == meals {
				application(w, r)
				return
			}
			house.ServeHTTP(w, r)
		})
	}
}

// repairs counts the repairs of a cause in the journal.
func (h *home) repairs(t testing.TB, cause string) (n int) {
	t.Helper()
	entries, err := h.DB.Journal(t.Context(), h.Town.ID, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Act == audit.LoopRepaired && e.Detail == cause {
			n++
		}
	}
	return n
}

// mends presses the one button, signs in again and is in.
func (v *visitor) mends(h *home, cause string) {
	v.t.Helper()
	v.clicks("Réparer la connexion")
	v.at("/repair")
	v.wants("C’est fait.", "Identifiez-vous de nouveau")
	if n := h.repairs(v.t, cause); n != 1 {
		v.t.Errorf("%s: the journal has %d repairs of %q", v.view, n, cause)
	}
	v.clicks("Aller à la page d’identification")
	v.at("/signin")
	v.types("Identifiant", storetest.Active)
	v.types("Mot de passe", before)
	v.clicks("Connexion")
	v.at("/home")
}

// TestH6CookiesRefused signs in with a browser whose settings block all cookies.
func TestH6CookiesRefused(t *testing.T) {
	for _, view := range views {
		t.Run(view.String(), func(t *testing.T) {
			h := open(t)
			h.knows(t, h.citizen(t, storetest.Active), before)
			v := h.blocking(t, view)
			v.signs(storetest.Active, before)
			v.at("/repair")
			v.wants("Vous venez de vous identifier", "Votre navigateur refuse les petits fichiers dont le portail a besoin.",
				"Acceptez-les pour ce site", "Réparer la connexion")
			v.nobody()
			v.clicks("Réparer la connexion")
			v.wants("C’est fait.")
			if h.repairs(t, "refused") != 1 {
				t.Error("the journal does not name the cause")
			}
		})
	}
}

// blocking gives a visitor at a browser of its own, whose settings block cookies.
func (h *home) blocking(t *testing.T, view view) *visitor {
	t.Helper()
	program, err := find()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "walk-") // not the test's: a browser that is leaving still writes into its folder
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // the system sweeps its temporary folder too
	settings := filepath.Join(folder, "Default", "Preferences")
	if err := os.MkdirAll(filepath.Dir(settings), 0o700); err != nil {
		t.Fatal(err)
	}
	const block = `{"profile":{"default_content_setting_values":{"cookies":2}}}`
	if err := os.WriteFile(settings, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	road := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme, r.URL.Host = "", ""
		r.RequestURI = r.URL.RequestURI()
		h.handler.ServeHTTP(w, r)
	}))
	t.Cleanup(road.Close)
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(folder), chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU, chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "fr-FR"), chromedp.Flag("accept-lang", "fr-FR,fr"),
		chromedp.ProxyServer(road.Listener.Addr().String()), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(func() { end(); stop() })
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	return visit(t, ctx, "", view)
}

// dead is what a session cookie of long ago looks like.
var dead = strings.Repeat("A", session.TokenLength)

// leaves puts a dead cookie into the browser.
func (v *visitor) leaves(path string) {
	v.t.Helper()
	v.do(network.SetCookie("loquet", dead).WithURL("http://" + town + path).WithPath(path).WithHTTPOnly(true))
}

// TestH6CookieOfAnOlderVersion leaves dead cookies in the browser: in front of the right one, where they do no harm, and
// for whoever looks for the cause.
func TestH6CookieOfAnOlderVersion(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		v.leaves("/home")
		v.leaves("/")
		v.signs(storetest.Active, before)
		v.at("/home")
		v.wants("Claire Martin")
		v.clicks("Se déconnecter")

		v.leaves("/")
		v.opens(town, "/repair")
		v.wants("Votre navigateur garde un petit fichier trop ancien", "Le bouton ci-dessous l’efface")
		v.mends(h, "stale")
		v.wants("Claire Martin")
		var left []string
		v.do(chromedp.ActionFunc(func(ctx context.Context) error {
			all, err := network.GetCookies().WithURLs([]string{"http://" + town + "/home"}).Do(ctx)
			for _, c := range all {
				if c.Value == dead {
					left = append(left, c.Path)
				}
			}
			return err //nolint:wrapcheck // a test says which step it was
		}))
		if len(left) > 0 {
			t.Errorf("dead cookies are left on %v", left)
		}
	})
}

// stubborn keeps the browser from replacing the session's cookie before it was taken away, as programs do that guard
// cookies.
func stubborn(house http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("loquet"); err == nil && c.Value == dead {
			w = guarding{w}
		}
		house.ServeHTTP(w, r)
	})
}

// guarding is an answer that brings no session.
type guarding struct{ http.ResponseWriter }

func (g guarding) WriteHeader(status int) {
	lines := g.Header()["Set-Cookie"]
	g.Header()["Set-Cookie"] = slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "loquet=") && !strings.HasPrefix(line, "loquet=;")
	})
	g.ResponseWriter.WriteHeader(status)
}

// TestH6CookieThatStays signs in with a browser that holds on to its old cookie.
func TestH6CookieThatStays(t *testing.T) {
	walksAround(t, wide(), stubborn, func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		v.leaves("/")
		v.signs(storetest.Active, before)
		v.at("/repair")
		v.wants("Votre navigateur garde un petit fichier trop ancien, ou qui vient d’ailleurs.")
		v.nobody()
		v.mends(h, "stale")
		v.wants("Claire Martin")
	})
}

// TestH6WrongClock comes with a clock that is two days off, and with one that is right.
func TestH6WrongClock(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, first *visitor) {
		first.opens(town, "/repair")
		at := h.Clock.Now().In(h.Town.Location())
		first.wants("La date et l’heure", "Selon le portail, nous sommes le", fmt.Sprint(at.Day()), fmt.Sprint(at.Year()),
			fmt.Sprintf("%d h %02d", at.Hour(), at.Minute()), "Mettez-le à l’heure")
		first.lacks("n’est pas à l’heure")
		if !first.view.script {
			return // people compare by themselves
		}
		for _, off := range []time.Duration{-48 * time.Hour, 48 * time.Hour} {
			v := first.tab()
			v.do(chromedp.ActionFunc(func(ctx context.Context) error {
				_, err := page.AddScriptToEvaluateOnNewDocument(fmt.Sprintf(
					`const right = Date.now.bind(Date); Date.now = () => right() + %d`, off.Milliseconds())).Do(ctx)
				return err //nolint:wrapcheck // a test says which step it was
			}))
			v.opens(town, "/repair")
			v.wants("L’horloge de votre appareil n’est pas à l’heure.", "choisissez « Automatique »", fmt.Sprint(at.Year()))
			v.lacks("rien ne semble manquer")
			v.clicks("Réparer la connexion")
			v.wants("C’est fait.")
		}
		if n := h.repairs(t, "clock"); n != 2 {
			t.Errorf("the journal has %d wrong clocks", n)
		}
	})
}

// TestH6ApplicationThatBounces lets an application send people back who click on its tile, by a redirect and by a page.
func TestH6ApplicationThatBounces(t *testing.T) {
	for how, c := range map[string]struct {
		application http.HandlerFunc
		says        string
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+town+"/home", http.StatusFound)
		}, "Une application vous renvoie toujours ici."},
		"page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, `<!DOCTYPE html><title>…</title><meta http-equiv="refresh" content="0;url=http://`+town+`/home">`)
		}, "L’application « Cantine » vous renvoie toujours ici."},
	} {
		t.Run(how, func(t *testing.T) {
			walksAround(t, narrow(), beside(c.application), func(t *testing.T, h *home, v *visitor) {
				h.knows(t, h.citizen(t, storetest.Active), before)
				h.tile(t, "Cantine", "http://"+meals+"/entrer")
				v.signs(storetest.Active, before)
				for n := 1; n <= 3; n++ {
					v.at("/home")
					v.do(chromedp.Evaluate(`window.walked = true`, nil),
						chromedp.Click(`document.querySelector('.tiles a')`, chromedp.ByJSPath))
					v.until("what follows the application", `!window.walked && location.host === '`+town+`' &&
						document.readyState === 'complete'`)
				}
				v.at("/repair")
				v.wants(c.says, "Vous êtes bien connecté(e) au portail, mais elle ne le voit pas.")
				v.mends(h, "application")
			})
		})
	}
}

// tile puts one application behind the town's door.
func (h *home) tile(t testing.TB, name, address string) {
	t.Helper()
	o, err := h.DB.Organisation(t.Context(), h.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.Tiles = []organisation.Tile{{Name: name, About: "Réserver les repas", URL: address}}
	note := audit.Entry{Organisation: o.ID, At: h.Clock.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
	if err := h.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Second)
}

// forgetful takes away what keeps browsers from remembering pages, as proxies and extensions do.
func forgetful(house http.Handler) http.Handler {
	return beside(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, `<!DOCTYPE html><title>Ailleurs</title><p>Ailleurs`)
	})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		house.ServeHTTP(keeping{w}, r)
	}))
}

// keeping is an answer without Cache-Control.
type keeping struct{ http.ResponseWriter }

func (k keeping) WriteHeader(status int) {
	k.Header().Del("Cache-Control")
	k.ResponseWriter.WriteHeader(status)
}

// TestH6PageFromTheBrowsersMemory leaves a personal page for another site, and comes back when its session is over.
func TestH6PageFromTheBrowsersMemory(t *testing.T) {
	walksAround(t, some(views[:1], []view{{1280, true}, {360, true}}), forgetful, func(t *testing.T, h *home, v *visitor) {
		person := h.citizen(t, storetest.Active)
		h.knows(t, person, before)
		v.do(chromedp.ActionFunc(func(ctx context.Context) error {
			id, err := page.AddScriptToEvaluateOnNewDocument(
				`addEventListener('pageshow', e => { if (e.persisted) sessionStorage.persisted = 'yes' })`).Do(ctx)
			t.Cleanup(func() { _ = chromedp.Run(v.ctx, page.RemoveScriptToEvaluateOnNewDocument(id)) })
			return err //nolint:wrapcheck // a test says which step it was
		}))
		v.signs(storetest.Active, before)
		v.at("/home")
		v.opens(meals, "/")
		note := audit.Entry{Organisation: h.Town.ID, At: h.Clock.Now(), Act: audit.SessionsEnded, Target: person.ID}
		if err := h.DB.EndSessionsOf(t.Context(), h.Town.ID, person.ID, session.Stopped, note); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(signin.Fresh)
		v.do(chromedp.Evaluate(`void setTimeout(() => history.back())`, nil)) // the answer comes before the page goes
		v.until("the door", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.has(`sessionStorage.persisted === 'yes'`, "page that came from the browser's memory")
		v.nobody()
		v.wants("La page affichée datait d’une connexion terminée.", "Votre navigateur la gardait en mémoire.")
		v.clicks("Cela vous arrive à chaque clic ?")
		v.at("/repair")
		v.wants("La page affichée venait de la mémoire de votre navigateur.", "Identifiez-vous de nouveau")
		v.mends(h, "restored")
	})
}

// TestH9NextUser leaves a shared machine to a colleague, who presses « back ».
func TestH9NextUser(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.member(t, storetest.Bureau), before)
		h.knows(t, h.member(t, storetest.Teacher), chosen)
		v.opensUp(storetest.Bureau, before, false)
		v.at("/home")
		v.wants("Karim Hoarau", "Changer d’utilisateur")
		v.clicks("Changer d’utilisateur")
		v.at("/signin")
		v.wants("Karim Hoarau est déconnecté(e). À qui le tour ?")
		if typed := v.holds("Identifiant"); typed != "" {
			t.Errorf("the identifier holds %q", typed)
		}
		v.back()
		v.until("the door", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.lacks("Karim Hoarau")
		v.types("Identifiant", storetest.Teacher)
		v.types("Clé", chosen)
		v.clicks("Entrer")
		v.at("/home")
		v.wants("Lucie Grondin")
		v.lacks("Karim Hoarau")
	})
}
