// Package freeport finds a port for a server of tests and benches that can't
// choose one itself.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Find returns a port of loopback that nobody listens on. It is none of those that
// systems give to connections, so that none of them takes it until the server is
// there, or while it is restarted.
func Find() (int, error) {
	var err error
	for range 100 {
		port := 12000 + rand.N(18000)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
