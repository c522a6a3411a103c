package walk

import "testing"

// TestGalleryOpensAtItsTop: a refused form takes the focus to its summary, but not inside the frames of the gallery, which
// would scroll away from whoever looks at it.
func TestGalleryOpensAtItsTop(t *testing.T) {
	v := gallery(t).visitor(t, views[0])
	v.opens("localhost:8080", "/demo/gallery?lang=fr")
	const refused = `[...document.querySelectorAll('iframe')].filter(f => f.title.includes('refused'))`
	v.see(refused+`.forEach(f => f.loading = 'eager')`, nil)
	v.until("a refused form in its frame", refused+`.some(f =>
		f.contentDocument?.readyState === 'complete' && f.contentDocument.getElementById('summary'))`)
	v.until("every refused form", refused+`.every(f => f.contentDocument?.readyState === 'complete' &&
		f.contentDocument.URL !== 'about:blank')`)
	var scrolled float64
	v.see(`scrollY`, &scrolled)
	if scrolled != 0 {
		t.Errorf("the gallery has scrolled by %v pixels", scrolled)
	}
}
