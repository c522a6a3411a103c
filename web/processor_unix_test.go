//go:build unix

package web_test

import (
	"syscall"
	"time"
)

// processorTime gives how long this process has worked so far, whatever else the machine was doing.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for arguments that it does not know
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
