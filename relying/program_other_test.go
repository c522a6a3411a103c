//go:build !linux

package relying

import "syscall"

// attributes leaves the server running when the test process is killed: only Linux ends a child with its parent.
func attributes(who *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: who}
}
