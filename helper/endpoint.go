package main

import (
	"bytes"
	"strconv"
	"syscall"
	"time"
)

const (
	// The endpoint answers within half a second; the rest is for a busy machine.
	tryLimit = 900 * time.Millisecond
	pause    = 500 * time.Millisecond

	// So long nobody may listen: a sidecar that has crashed is there again after a second or two.
	restartLimit = 2500 * time.Millisecond
	restartPause = 100 * time.Millisecond

	// A session has at most a few KB.
	answerLimitBytes = 64 * 1024
)

// What has been answered is no HTTP, is cut off, or is too much.
const errGarbled = syscall.EPROTO

// reply is what the endpoint has answered.
type reply struct {
	status int
	body   []byte
}

// askEndpoint asks for the credentials of a target: once more after an answer that may be another the next time, and
// anew for a while where nobody listens.
func askEndpoint(wish wish, token []byte) (credentials []byte, problem string) {
	request := toRequest(wish, token)
	restartEnds := time.Now().Add(restartLimit)
	for tries := 1; ; {
		got, err := askOnce(wish.port, request)
		if err == nil && got.status == 200 {
			return got.body, ""
		}
		if err == syscall.ECONNREFUSED && time.Now().Before(restartEnds) {
			time.Sleep(restartPause)
			continue
		}
		if tries == 2 || (err == nil && got.status < 500) || err == syscall.ECONNREFUSED {
			return nil, toProblem(wish, got, err)
		}
		tries++
		time.Sleep(pause)
	}
}

// By HTTP/1.0, so that the body is what follows the headers and nothing else has to be read of them.
func toRequest(wish wish, token []byte) []byte {
	return []byte("GET /v1/process/" + wish.target + " HTTP/1.0\r\n" +
		"Host: 127.0.0.1:" + strconv.Itoa(wish.port) + "\r\n" +
		"Authorization: " + string(token) + "\r\n\r\n")
}

// toProblem words a refusal as the endpoint does.
func toProblem(wish wish, got reply, err error) string {
	if sentence := string(bytes.TrimSpace(got.body)); err == nil && sentence != "" {
		return sentence
	}
	why := ""
	switch err {
	case nil:
		why = "answers with status " + strconv.Itoa(got.status) + " and without a word"
	case syscall.ECONNREFUSED:
		why = "does not listen; it may be restarting"
	case syscall.EAGAIN, syscall.EINPROGRESS:
		why = "has twice not answered within 900 ms"
	case errGarbled, syscall.ECONNRESET, syscall.EPIPE:
		why = "has twice given no whole answer in HTTP of at most 64 KiB"
	default:
		why = "cannot be asked: " + err.Error()
	}
	return "There are no credentials for the target " + wish.target + ": rolechain's sidecar at 127.0.0.1:" +
		strconv.Itoa(wish.port) + " " + why + ". See the log of the pod's container rolechain-sidecar."
}

// askOnce makes one request, within its time.
func askOnce(port int, request []byte) (reply, error) {
	deadline := time.Now().Add(tryLimit)
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return reply{}, err
	}
	defer syscall.Close(socket)
	if err := limit(socket, syscall.SO_SNDTIMEO, deadline); err != nil {
		return reply{}, err
	}
	address := syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	if err := again(func() error { return syscall.Connect(socket, &address) }); err != nil {
		return reply{}, err
	}
	if err := send(socket, request); err != nil {
		return reply{}, err
	}
	answer, err := receive(socket, deadline)
	if err != nil {
		return reply{}, err
	}
	return parse(answer)
}

func send(socket int, request []byte) error {
	for len(request) > 0 {
		count := 0
		err := again(func() (err error) {
			count, err = syscall.SendmsgN(socket, request, nil, nil, syscall.MSG_NOSIGNAL)
			return err
		})
		if err != nil {
			return err
		}
		request = request[count:]
	}
	return nil
}

// receive reads until the endpoint closes the connection.
func receive(socket int, deadline time.Time) ([]byte, error) {
	answer := make([]byte, 0, answerLimitBytes+1)
	for {
		if err := limit(socket, syscall.SO_RCVTIMEO, deadline); err != nil {
			return nil, err
		}
		count := 0
		err := again(func() (err error) {
			count, err = syscall.Read(socket, answer[len(answer):cap(answer)])
			return err
		})
		if err != nil {
			return nil, err
		}
		answer = answer[:len(answer)+count]
		if count == 0 {
			return answer, nil
		}
		if len(answer) > answerLimitBytes {
			return nil, errGarbled
		}
	}
}

// limit sets for how long the socket may wait from now on.
func limit(socket, option int, deadline time.Time) error {
	left := time.Until(deadline)
	if left <= 0 {
		return syscall.EAGAIN
	}
	wait := syscall.NsecToTimeval(max(left, time.Millisecond).Nanoseconds())
	return syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, option, &wait)
}

// again repeats a system call that a signal has interrupted: Go's runtime sends itself some.
func again(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

// parse reads the status line, and finds the body.
func parse(answer []byte) (reply, error) {
	head, body, isWhole := bytes.Cut(answer, []byte("\r\n\r\n"))
	line, _, _ := bytes.Cut(head, []byte("\r\n"))
	words := bytes.SplitN(line, []byte(" "), 3)
	if !isWhole || len(words) < 2 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return reply{}, errGarbled
	}
	status, err := strconv.Atoi(string(words[1]))
	if err != nil {
		return reply{}, errGarbled
	}
	return reply{status, body}, nil
}
