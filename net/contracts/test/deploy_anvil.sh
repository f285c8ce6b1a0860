#!/bin/bash
# Deploys the ecosystem on a real node, in the order that the README gives, and drives one chain:
# a deposit, a commit with 1,024 bytes of pubdata, and proving that stays closed. Prints L1 gas.
# Every contract's code size and every ABI call crosses a real JSON-RPC here, not forge's own EVM.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$PWD/bin
artifacts=${1:?usage: deploy_anvil.sh ARTIFACTS_JSON}
work=$(mktemp -d)
port=0
anvil=

finish() {
  [ -z "$anvil" ] || kill "$anvil" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# anvil takes any free port and says which.
"$bin/anvil" --port 0 >"$work/anvil" 2>&1 &
anvil=$!
for _ in $(seq 100); do
  port=$(sed -n 's/^Listening on .*:\([0-9]*\)$/\1/p' "$work/anvil")
  [ -n "$port" ] && break
  kill -0 "$anvil" 2>/dev/null || { cat "$work/anvil"; exit 1; }
  sleep 0.1
done
[ -n "$port" ] || { echo "deploy: anvil does not listen"; cat "$work/anvil"; exit 1; }

export ETH_RPC_URL=http://127.0.0.1:$port
# The first of anvil's well-known development accounts.
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
me=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266

cast() { "$bin/cast" "$@"; }
field() { node -pe "JSON.parse(require('fs').readFileSync(0))[process.argv[1]]" "$1"; }
code() { node -pe "JSON.parse(require('fs').readFileSync('$artifacts'))['$1'].bytecode"; }
send() { cast send --private-key "$key" --json "$@"; }
# create NAME [SIGNATURE ARGS...]
create() {
  local name=$1
  shift
  local args=
  [ $# -eq 0 ] || args=$(cast abi-encode "$@")
  send --create "$(code "$name")${args#0x}" | field contractAddress
}
expect() { [ "$1" = "$2" ] || { echo "deploy: expected $2, got $1 ($3)"; exit 1; }; }

hub=$(create Hub 'f(address)' "$me")
vault=$(create Vault 'f(address)' "$hub")
implementation=$(create Chain 'f(address)' "$hub")
factory=$(create Factory 'f(address,address,address)' "$hub" "$implementation" "$me")
send "$hub" 'setVault(address)' "$vault" >/dev/null
send "$hub" 'setFactory(address,bool)' "$factory" true >/dev/null

id=270
state=$(cast keccak genesis)
# A configuration ends with what a byte of pubdata costs, 16, and five more numbers.
description=$(cast from-utf8 config)0000000000000010$(printf '0%.0s' $(seq 80))
config=$(cast keccak "$description")
# As large as the system contracts of a genesis.
genesis=0x$(head -c 10240 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
init="($id,$state,$config,1,$me,$me,$me,$me,(3600,604800,86400,600),(100000000,16777216))"
gas_create=$(send "$factory" 'createChain((uint256,bytes32,bytes32,uint32,address,address,address,address,(uint40,uint40,uint40,uint40),(uint128,uint64)),(address[],address[],uint256,bool),(bytes,bytes))' \
  "$init" "([$me],[$me],777600,false)" "($description,$genesis)" | field gasUsed)
chain=$(cast call "$hub" 'getZKChain(uint256)(address)' $id)
expect "$(cast call "$chain" 'stateCommitment()(bytes32)')" "$state" "state of genesis"

cost=$(cast call "$hub" 'l2TransactionBaseCost(uint256,uint256,uint256,uint256)(uint256)' \
  $id 2000000000 1000000 800 | cut -d' ' -f1)
gas_deposit=$(send "$hub" --gas-price 2000000000 --value "$cost" \
  'requestL2TransactionDirect((uint256,uint256,address,uint256,bytes,uint256,uint256,bytes[],address))' \
  "($id,$cost,$me,0,0x,1000000,800,[],$me)" | field gasUsed)
expect "$(cast call "$chain" 'getTotalPriorityTxs()(uint256)')" 1 "deposit"

commit() { # commit NUMBER STATE_BEFORE STATE_AFTER FIRST LAST PRIORITY_BEFORE PRIORITY_AFTER COUNT
  local pubdata time inner
  pubdata=0x$(head -c 1024 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  inner=$(cast keccak "$pubdata")
  time=$(cast block latest --field timestamp)
  header="(1,$1,$2,$3,$4,$5,$time,$time,$(cast keccak "0x00${inner#0x}"),$6,$7,$8,$(cast keccak logs),$config)"
  send "$chain" 'commitBatch((uint32,uint64,bytes32,bytes32,uint64,uint64,uint64,uint64,bytes32,bytes32,bytes32,uint64,bytes32,bytes32),bytes)' \
    "$header" "$pubdata" | field gasUsed
}
zero=0x$(printf '0%.0s' $(seq 64))
after=$(cast call "$chain" 'priorityHash(uint64)(bytes32)' 1)
one=$(cast keccak one)
first=$(commit 1 "$state" "$one" 1 5 "$zero" "$after" 1)
second=$(commit 2 "$one" "$(cast keccak two)" 6 9 "$after" "$after" 0)
expect "$(cast call "$chain" 'getTotalBatchesCommitted()(uint256)')" 2 "commits"

closed=$(cast call --from "$me" "$chain" 'proveBatches(uint64,uint64)' 1 1 2>&1 || true)
case $closed in
  *"$(cast sig 'VerifierNotSet()' | cut -c3-)"* | *VerifierNotSet*) ;;
  *) echo "deploy: proving is not closed: $closed"; exit 1 ;;
esac

echo "create chain: $((gas_create)) gas"
echo "deposit: $((gas_deposit)) gas"
echo "commit with 1,024 bytes, first: $((first)) gas, then: $((second)) gas"
[ "$((second))" -le 150000 ] || { echo "deploy: a commit costs more than 150,000 gas"; exit 1; }
