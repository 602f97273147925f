#!/bin/sh
# Builds the helper for an architecture, as amd64, into a file. The same source and the same Go give the same bytes
# everywhere.
set -eu
architecture=$1
file=$2
cd "$(dirname "$0")"
# What somebody has set for other work must not change the bytes.
CGO_ENABLED=0 GOOS=linux GOARCH=$architecture GOAMD64=v1 GOARM64=v8.0 GOTOOLCHAIN=local GOFLAGS='' GOEXPERIMENT='' GOWORK=off \
  go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$file" .
