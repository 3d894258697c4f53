// What go-stomp is asked to do.
//
//	interop HOST:PORT NAME    runs one check, and fails with what was wrong
//	interop --list            the names of all
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--list" {
		for name := range checks {
			fmt.Println(name)
		}
		return
	}
	address, name := os.Args[1], os.Args[2]
	check, ok := checks[name]
	if !ok {
		fail(fmt.Errorf("there is no check %q", name))
	}
	if err := check(dialer{address}); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
