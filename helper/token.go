package main

import (
	"bytes"
	"io"
	"os"
)

// A token of a service account has about 1,070 bytes, and the endpoint reads 16 KiB of headers.
const tokenLimitBytes = 15 * 1024

// readToken reads the endpoint token that the kubelet has written for the containers that may use a target.
func readToken(target string) (token []byte, problem string) {
	path := "/var/run/secrets/rolechain.io/" + target + "/token"
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, "This container may not use the target " + target + ": it has no token for it (" + path +
			"). The annotation rolechain.io/targets says which containers have it, under its containers."
	}
	if err != nil {
		return nil, "The token for the target " + target + " cannot be read by this container's user: " + err.Error() +
			". Run the container as the user of the pod's other containers, or set the pod's fsGroup."
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, tokenLimitBytes+1))
	if err != nil {
		return nil, "The token for the target " + target + " cannot be read: " + err.Error() + "."
	}
	token = bytes.TrimRight(text, "\r\n")
	if len(token) == 0 || len(token) > tokenLimitBytes || bytes.ContainsFunc(token, isNoneOfToken) {
		return nil, "The file " + path + " holds no token: it is empty, too large, or another file has taken its place."
	}
	return token, ""
}

// isNoneOfToken keeps whatever would end a header, and more, out of a request.
func isNoneOfToken(letter rune) bool {
	return letter <= ' ' || letter > '~'
}
