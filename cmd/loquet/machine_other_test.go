//go:build !linux

package main

import (
	"os/exec"
	"testing"
)

func unprivileged(cmd *exec.Cmd) *exec.Cmd { return cmd }

func smallDisk(*testing.T) string { return "" }
