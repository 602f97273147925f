package time

import "syscall"

// What libfaketime is to other programs: Go asks the kernel for the time without the C library. Compiled into package time of the
// clients only. Without monotonic clock readings, which the shift would not be part of.

// Now is the time, moved by the seconds in the file that FAKETIME_TIMESTAMP_FILE names.
func Now() Time {
	path, isMoved := syscall.Getenv("FAKETIME_TIMESTAMP_FILE")
	if !isMoved {
		return realNow()
	}
	return realNow().Add(readShift(path)).Round(0)
}

func readShift(path string) Duration {
	file, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(file)
	var text [32]byte
	length, _ := syscall.Read(file, text[:])
	sign, seconds := Duration(1), Duration(0)
	for _, letter := range text[:max(length, 0)] {
		if letter == '-' {
			sign = -1
		}
		if letter >= '0' && letter <= '9' {
			seconds = seconds*10 + Duration(letter-'0')
		}
	}
	return sign * seconds * Second
}
