package pages

// ForwardState says what the page about an application behind a proxy tells.
type ForwardState string

// The states of the page.
const (
	ForwardLost  ForwardState = "lost"  // the browser came too late, or without what it was given
	ForwardLeave ForwardState = "leave" // the application asks to sign out
	ForwardLeft  ForwardState = "left"  // it has; the portal is still open
)

// ForwardStates lists every state.
var ForwardStates = []ForwardState{ForwardLost, ForwardLeave, ForwardLeft}

// Forward is the page about an application behind a proxy.
type Forward struct {
	Frame
	State ForwardState
	Name  string // of the application
	Back  string // address where the way into the application begins
}

func (p Forward) key(part string) string { return "forward." + string(p.State) + "." + part }
