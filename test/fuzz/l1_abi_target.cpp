#include "net/l1/abi.hpp"
#include "net/l1/chain_contract.hpp"
#include "runtime/base/ensure.hpp"
#include "test/fuzz/target.hpp"

namespace ashlar::fuzz {

namespace {

/// The first byte says how many topics follow, then topics of 32 bytes each, then data.
log_entry log_of(bytes_view input) {
  log_entry log;
  if (input.empty()) return log;
  const std::size_t topics = input[0] % 5;
  input = input.subspan(1);
  for (std::size_t i = 0; i < topics && input.size() >= 32; ++i) {
    log.topics.push_back(hash256::copy_of(input.data()));
    input = input.subspan(32);
  }
  log.data = to_bytes(input);
  return log;
}

/// Reads by instructions that the input itself gives: its first 16 bytes, then the encoding.
void read_by_script(bytes_view input) {
  if (input.size() < 16) return;
  std::vector<l1::abi_reader> stack{l1::abi_reader(input.subspan(16))};
  for (std::size_t i = 0; i < 16; ++i) {
    l1::abi_reader& top = stack.back();
    switch (input[i] % 9) {
      case 0:
        (void)top.number();
        break;
      case 1:
        (void)top.number64();
        break;
      case 2:
        (void)top.account();
        break;
      case 3:
        (void)top.word();
        break;
      case 4:
        (void)top.boolean();
        break;
      case 5:
        ensure(top.blob().size() <= input.size());
        break;
      case 6:
        stack.push_back(top.nested());
        break;
      case 7:
        ensure(top.array_length() <= input.size());
        break;
      default:
        if (stack.size() > 1) stack.pop_back();
    }
  }
}

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  public_input header;
  header.number = batch_number{7};
  header.first_block = block_number{10};
  header.last_block = block_number{12};
  out.push_back(l1::encode_commit_batch(header, bytes(70, 9)));
  for (const hash256& topic : l1::chain_event_topics())
    for (const u8 topics : {1, 2, 3}) {
      bytes log{topics};
      append(log, {topic.data(), topic.size()});
      log.resize(log.size() + 32u * (topics - 1) + 512);
      log[log.size() - 481] = 0x20;
      out.push_back(log);
    }
  bytes script{0, 1, 2, 3, 4, 5, 6, 7, 0, 5, 8, 6, 7, 5, 5, 5};
  append(script, l1::abi_encoder()
                     .number(u256{1})
                     .boolean(true)
                     .blob(bytes(40, 1))
                     .dynamic_tuple(l1::abi_encoder().number(u256{2}).blob(bytes(3, 3)))
                     .array({l1::abi_encoder().number(u256{5})}, false)
                     .encode());
  out.push_back(script);
  return out;
}

void check(bytes_view input) {
  // As Solidity itself, it takes odd offsets and missing padding: what comes back is the value.
  if (const auto call = l1::decode_commit_batch(input)) {
    const auto again =
        l1::decode_commit_batch(l1::encode_commit_batch(call->header, call->pubdata));
    ensure(again && again->header == call->header && again->pubdata == call->pubdata);
  }
  if (const auto calls = l1::decode_commits(input); !calls.empty()) {
    const auto again = l1::decode_commits(l1::encode_escape_settle(calls));
    ensure(again.size() == calls.size() && again.back().header == calls.back().header &&
           again.back().pubdata == calls.back().pubdata);
  }
  (void)l1::decode_chain_event(log_of(input));
  read_by_script(input);
}

}  // namespace ashlar::fuzz
