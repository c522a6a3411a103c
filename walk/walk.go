// Package walk holds tests only: people's walks through the whole house in a real browser.
//
// They promise what the mission promises: a row is walked from the front page, with the words that a person reads, with
// a mouse or a keyboard, on a wide screen and on a phone, with and without script. The package also looks at every
// sample of every page (axe-core, contrast, sideways scroll, what the policy of content refuses) and keeps pictures of
// them in docs/gallery.
package walk
