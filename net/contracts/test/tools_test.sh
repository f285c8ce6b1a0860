#!/usr/bin/env bash
# tools_test.sh: bin/forge and its other names find the program wherever npm may have put it.
set -euo pipefail

bin=$(cd "$(dirname "$0")/../bin" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a "$bin" "$work/bin"

put() {
  mkdir -p "$(dirname "$work/$1")"
  printf '#!/bin/sh\necho "%s $*"\n' "$2" >"$work/$1"
  chmod +x "$work/$1"
}
expect() {
  got=$("$work/bin/anvil" --port 1 2>&1) && rc=0 || rc=$?
  [ "$got $rc" = "$1" ] || { echo "tools: got '$got $rc', not '$1'"; exit 1; }
}

expect 'anvil: not installed; run ./dev setup 127'
put node_modules/@foundry-rs/anvil/anvil launchers
expect 'launchers --port 1 0'
case $(uname -m) in
  x86_64) machine=amd64 ;;
  aarch64) machine=arm64 ;;
  *) machine=$(uname -m) ;;
esac
put "node_modules/@foundry-rs/anvil-linux-$machine/bin/anvil" machines
expect 'machines --port 1 0'
