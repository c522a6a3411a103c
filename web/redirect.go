package web

import (
	"net/http"
	"net/url"
	"strings"
)

// localPath gives path when it leads nowhere but into this site, and "" when it might lead elsewhere (ATK-043).
func localPath(path string) string {
	if len(path) == 0 || len(path) > 1024 || path[0] != '/' || strings.HasPrefix(path, "//") {
		return ""
	}
	if strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }) {
		return ""
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	// What a browser makes of the decoded path must be just as local.
	if strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }) {
		return ""
	}
	return path
}

// see sends the browser to another page by GET.
func see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
