//go:build !linux

package storetest

import "syscall"

// attributes leaves the server running when the test process is killed: only Linux ends a child with its parent.
func (u *user) attributes() *syscall.SysProcAttr { return nil }
