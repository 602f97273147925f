package main

import "strings"

// Where the sidecar puts this program: HELPER_FILE of sidecar/contract.ts.
const ownPath = "/opt/rolechain.io/credentials"

const usage = "Usage: credentials <port> <target>. Both are in the AWS config file that rolechain's sidecar has " +
	"written for the container; a port is a number up to 65535, and a target's name has at most 32 small letters, " +
	"digits and inner hyphens."

const noShell = "This sh is a part of rolechain's helper and runs one command only: " + ownPath +
	" <port> <target>. Whatever needs a shell needs an image that has one."

// wish is what the program is called for.
type wish struct {
	port   int
	target string
}

// readWish reads the program's arguments, after its name.
func readWish(words []string) (_ wish, problem string) {
	if len(words) > 0 && isShell(words[0]) {
		if len(words) != 3 || words[1] != "-c" {
			return wish{}, noShell
		}
		words = strings.Fields(words[2])
		if len(words) == 0 || words[0] != ownPath {
			return wish{}, noShell
		}
	}
	if len(words) != 3 {
		return wish{}, usage
	}
	port := readPort(words[1])
	if port == 0 || !isTarget(words[2]) {
		return wish{}, usage
	}
	return wish{port, words[2]}, ""
}

func isShell(name string) bool {
	return name[strings.LastIndexByte(name, '/')+1:] == "sh"
}

// readPort gives 0 for what is no port.
func readPort(word string) int {
	if len(word) > 5 {
		return 0
	}
	port := 0
	for _, digit := range []byte(word) {
		if digit < '0' || digit > '9' {
			return 0
		}
		port = port*10 + int(digit-'0')
	}
	if port > 65535 {
		return 0
	}
	return port
}

// isTarget tells whether a name may be part of a path: TARGET_NAME of sidecar/contract.ts.
func isTarget(name string) bool {
	if name == "" || len(name) > 32 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for _, letter := range []byte(name) {
		if (letter < 'a' || letter > 'z') && (letter < '0' || letter > '9') && letter != '-' {
			return false
		}
	}
	return true
}
