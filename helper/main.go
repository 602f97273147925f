// Program credentials is what `credential_process` of an AWS profile runs: it asks the sidecar's endpoint for the
// credentials of one target and prints the answer.
//
//	credentials <port> <target>
//	sh -c "/opt/rolechain.io/credentials <port> <target>"
//
// The second form is for images without a shell, as most SDKs run a profile's command by one: called by the name sh,
// the program runs that command of its own and nothing else.
//
// It runs in images that hold nothing at all, so it needs no libc. It asks the kernel for its connection, as package
// net would make it larger by half, and each pod pays for it in memory. It reads no environment.
package main

import "os"

func main() {
	answer, problem := run(os.Args)
	if problem != "" {
		os.Stderr.WriteString(problem + "\n")
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(answer); err != nil {
		os.Exit(1)
	}
}

// run gives what to print, or the sentence that says why there is nothing. The first word is the program's name.
func run(words []string) (answer []byte, problem string) {
	wish, problem := readWish(words)
	if problem != "" {
		return nil, problem
	}
	token, problem := readToken(wish.target)
	if problem != "" {
		return nil, problem
	}
	return askEndpoint(wish, token)
}
