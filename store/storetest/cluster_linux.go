package storetest

import "syscall"

func (u *user) attributes() *syscall.SysProcAttr {
	// SIGINT is PostgreSQL's fast shutdown.
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT, Setpgid: true}
	if u != nil {
		a.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
	}
	return a
}
