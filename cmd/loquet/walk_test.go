package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"loquet/courier"
	"loquet/house/housetest"
)

// TestWalkOfTheReadme is the loop of the first seed, F1 to F9, against `loquet demo` as the README starts it.
func TestWalkOfTheReadme(t *testing.T) {
	s, port := demo(t)
	b := s.browser("famille.localhost:" + port)
	people := []string{"38162", "claire.martin@orange.example"}
	want(t, b.Get("/"), 303, "/signin")
	shows(t, b.Get("/signin"), "Accès famille", "Identifiez-vous pour vous connecter à votre application enfance", "Identifiant",
		"Mot de passe", "Mot de passe oublié", "Connexion", "Plan du site", "©") // F1
	shows(t, b.Get("/recover"), "Mot de passe oublié")

	letter := asksDemo(t, s, port, b, people[0]) // F2, F4
	shows(t, b.Get("/recover/sent"), "mot de passe temporaire", "indésirables", "Cliquez ici pour vous reconnecter")
	people[1] = letter.To
	for _, words := range []string{"Mot de passe temporaire", people[0], "http://famille.localhost:" + port} { // F3
		if !strings.Contains(letter.Text, words) {
			t.Errorf("the letter lacks %q:\n%s", words, letter.Text)
		}
	}
	if letter.Subject != "Envoi de vos identifiants de connexion" || letter.Headers["Auto-Submitted"] != "auto-generated" ||
		letter.Headers["Message-ID"] == "" || letter.From == "" || letter.Date.IsZero() || !strings.Contains(letter.HTML, "<html") {
		t.Errorf("the letter is %+v", letter)
	}
	temporary := housetest.Secret(t, letter)
	want(t, b.Post("/signin", "identifier", people[0], "password", temporary), 303, "/renew") // F5
	want(t, b.Get("/home"), 303, "/renew")
	shows(t, b.Get("/renew"), "Choisissez votre mot de passe", "améliorer la sécurité", "Nouveau mot de passe",
		"Confirmation mot de passe", "Enregistrer")
	if again := b.Post("/renew", "new_password", "court", "confirm_password", "court"); again.Status != 422 {
		t.Errorf("a short password is answered with %d", again.Status)
	}
	want(t, b.Post("/renew", "new_password", chosen, "confirm_password", chosen), 303, "/signin") // F6
	shows(t, b.Get("/signin"), "enregistré")
	if again := s.browser("famille.localhost:"+port).Post("/signin", "identifier", people[0], "password", temporary); again.Status == 303 {
		t.Error("the temporary password works twice")
	}
	want(t, b.Post("/signin", "identifier", people[0], "password", chosen), 303, "/home")
	home := b.Get("/home") // F7
	shows(t, home, "Bienvenue sur le portail famille", "Service Enfance", "Guide")
	guide := regexp.MustCompile(`/documents/[a-z0-9]+`).FindString(home.Body)
	if file := b.Get(guide); file.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(file.Body, "%PDF-") {
		t.Errorf("the guide at %q is %d %s", guide, file.Status, file.Header.Get("Content-Type"))
	}
	want(t, b.Post("/signout"), 303, "/signin")

	temporary = housetest.Secret(t, asksDemo(t, s, port, b, people[0])) // F8
	want(t, b.Post("/signin", "identifier", people[0], "password", temporary), 303, "/renew")
	want(t, b.Post("/renew", "new_password", chosen+"5", "confirm_password", chosen+"5"), 303, "/signin")
	for _, path := range []string{"/sitemap", "/legal", "/privacy", "/accessibilite", "/help"} { // F9
		if page := b.Get(path); page.Status != http.StatusOK || !strings.Contains(page.Body, "Plan du site") {
			t.Errorf("%s is %d", path, page.Status)
		}
	}
}

// asksDemo posts « Mot de passe oublié » and waits for the letter with the secret.
func asksDemo(t *testing.T, s *server, port string, b *housetest.Browser, identifier string) (letter courier.Caught) {
	t.Helper()
	before := len(mails(t, s, port))
	want(t, b.Post("/recover", "identifier", identifier), 303, "/recover/sent")
	until(t, "the letter has come", func() bool {
		all := mails(t, s, port)
		for _, l := range all[:len(all)-before] {
			if strings.Contains(l.Text, "temporaire") {
				letter = l
				return true
			}
		}
		return false
	})
	return letter
}

// shows wants a page to have words on it, whatever blanks French typography puts between them.
func shows(t *testing.T, page housetest.Answer, words ...string) {
	t.Helper()
	blanks := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "&nbsp;", " ", "’", "'", "&#39;", "'")
	body := blanks.Replace(page.Body)
	for _, w := range words {
		if page.Status != http.StatusOK || !strings.Contains(body, blanks.Replace(w)) {
			t.Errorf("the page (%d) does not say %q", page.Status, w)
		}
	}
}
