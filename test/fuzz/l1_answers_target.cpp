#include <algorithm>

#include "net/l1/abi.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/chain_description.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "test/fuzz/target.hpp"

// What an L1 endpoint answers to whatever a node, a restorer or an escape asks of it. An input is
// the number of the question, then the bodies of the answers, a line each; after the last line the
// endpoint is gone.

namespace ashlar::fuzz {
namespace {

using l1::abi_encoder;
using l1::l1_block_number;

const address contract = [] {
  address a;
  a.data_.fill(0x11);
  return a;
}();
const hash256 txn_hash = [] {
  hash256 h;
  h.data_.fill(0x22);
  return h;
}();
constexpr l1_block_number first_block{5}, last_block{9};
constexpr u64 chain_id = 270;

class told_answers final : public l1::transport {
 public:
  explicit told_answers(std::string_view lines) : left_(lines) {}
  l1::l1_result<std::string> post(const std::string&) override {
    if (left_.empty())
      return fail(l1::l1_error{l1::l1_error_code::unreachable, "no more answers", 0, {}});
    const std::size_t end = std::min(left_.find('\n'), left_.size());
    std::string body(left_.substr(0, end));
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return body;
  }

 private:
  std::string_view left_;
};

void ask_blocks(l1::client& c) {
  if (const auto head = c.latest(); !head) return;
  const auto one = c.block(last_block);
  if (one && *one) ensure((*one)->number == last_block);
}

/// Whoever reads logs relies on the filter: another account's events are not the chain's.
void ask_logs(l1::client& c, std::size_t input_bytes) {
  const auto logs = c.logs(first_block, last_block, contract, l1::chain_event_topics());
  if (!logs) return;
  for (const l1::l1_log& log : *logs) {
    ensure(log.entry.account == contract && log.entry.topics.size() <= 4);
    ensure(log.block >= first_block && log.block <= last_block);
    ensure(log.entry.data.size() <= input_bytes / 2);
    (void)l1::decode_chain_event(log.entry);
  }
}

void ask_receipt(l1::client& c, std::size_t input_bytes) {
  const auto receipt = c.receipt(txn_hash);
  if (receipt && *receipt)
    for (const l1::l1_log& log : (*receipt)->logs) ensure(log.entry.topics.size() <= 4);
  const auto input = c.txn_input(txn_hash);
  if (!input || !*input) return;
  ensure((*input)->size() <= input_bytes / 2);
  (void)l1::decode_commits(**input);
}

void ask_numbers(l1::client& c, std::size_t input_bytes) {
  (void)c.chain_id();
  (void)c.balance(contract);
  (void)c.nonce(contract, "pending");
  (void)c.estimate_gas({{}, contract, {}, {}});
  (void)c.send_raw(bytes{1});
  const auto code = c.code(contract);
  if (code) ensure(code->size() <= input_bytes / 2);
  const auto raw = c.raw("anvil_nodeInfo", "[]");
  if (raw) ensure(!raw->empty());
}

/// A configuration is taken by its hash alone, which the contract has: it must be in the answers.
void ask_description(l1::client& c, std::string_view lines) {
  const auto d = l1::read_chain_description(c, contract, chain_id);
  if (!d) return;
  std::string text(lines);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char one) { return one >= 'A' && one <= 'F' ? char(one + 32) : one; });
  ensure(text.find(to_hex(crypto::keccak256(d->config)).substr(2)) != std::string::npos);
  ensure(!d->contracts.chain.is_zero());
}

// -- seeds ----------------------------------------------------------------------------------------

std::string text_of(bytes_view raw) {
  return "\"" + to_hex(raw) + "\"";
}

/// Answers to the client's first, second, ... question.
bytes answers(u8 question, const std::vector<std::string>& results) {
  std::string out(1, static_cast<char>(question));
  for (std::size_t i = 0; i < results.size(); ++i)
    out +=
        R"({"jsonrpc":"2.0","id":)" + std::to_string(i + 1) + R"(,"result":)" + results[i] + "}\n";
  return bytes_of(out);
}

std::string block_text(const char* number) {
  return std::string(R"({"number":")") + number + R"(","timestamp":"0x65","hash":)" +
         text_of(txn_hash) + R"(,"parentHash":)" + text_of(txn_hash) +
         R"(,"baseFeePerGas":"0x3b9aca00"})";
}

std::string log_text(const address& account, const std::vector<hash256>& topics, bytes_view data) {
  std::string list;
  for (const hash256& t : topics) list += (list.empty() ? "" : ",") + text_of(t);
  return R"({"address":)" + text_of(account) + R"(,"topics":[)" + list + R"(],"data":)" +
         text_of(data) + R"(,"blockNumber":"0x7","blockHash":)" + text_of(txn_hash) +
         R"(,"transactionHash":)" + text_of(txn_hash) + R"(,"logIndex":"0x0"})";
}

std::string word(u64 n) {
  return text_of(u256{n}.to_be());
}

hash256 topic(std::string_view signature) {
  return crypto::keccak256(bytes_of(signature));
}

bytes described_chain() {
  const bytes config(40, 3), genesis(50, 4);
  const hash256 id = hash256::copy_of(u256{chain_id}.to_be().data());
  const std::string made =
      "[" +
      log_text(contract, {topic("ChainDescribed(uint256,bytes32,bytes,bytes)"), id},
               abi_encoder().word(txn_hash).blob(config).blob(genesis).encode()) +
      "," +
      log_text(contract, {topic("ChainCreated(uint256,address,address)"), id, txn_hash},
               abi_encoder().account(contract).encode()) +
      "]";
  const std::string account = text_of(abi_encoder().account(contract).encode());
  return answers(5, {account, account, account, account, word(7), made,
                     text_of(crypto::keccak256(config)), word(86'400)});
}

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  out.push_back(answers(0, {block_text("0xa"), block_text("0x9")}));
  std::string logs;
  for (const hash256& t : l1::chain_event_topics())
    logs += (logs.empty() ? "" : ",") +
            log_text(contract, {t, hash256::copy_of(u256{1}.to_be().data())}, bytes(64, 5));
  out.push_back(answers(1, {"[" + logs + "]"}));
  public_input header;
  header.number = batch_number{7};
  out.push_back(
      answers(2, {R"({"transactionHash":)" + text_of(txn_hash) +
                      R"(,"status":"0x1","blockNumber":"0x7","blockHash":)" + text_of(txn_hash) +
                      R"(,"gasUsed":"0x5208","effectiveGasPrice":"0x1","contractAddress":)" +
                      text_of(contract) + R"(,"logs":[)" + logs + "]}",
                  R"({"hash":)" + text_of(txn_hash) + R"(,"input":)" +
                      text_of(l1::encode_commit_batch(header, bytes(70, 9))) + "}"}));
  out.push_back(
      bytes_of("\x02"
               R"({"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted",)"
               R"("data":"0x08c379a0"}})"));
  out.push_back(
      answers(3, {R"("0x7a69")", R"("0xde0b6b3a7640000")", R"("0x1")", R"("0x5208")",
                  text_of(txn_hash), R"("0x6001")", R"({"a":[1,-2,3.5,"\u00e9",null]})"}));
  std::vector<std::string> words{block_text("0xa")};
  for (u64 n = 1; n <= 20; ++n)
    words.push_back(text_of(abi_encoder().number(n).number(n).number(n).number(n).encode()));
  out.push_back(answers(4, words));
  out.push_back(described_chain());
  return out;
}

void check(bytes_view input) {
  if (input.empty()) return;
  const std::string_view lines(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  l1::client c(std::make_unique<told_answers>(lines));
  switch (input[0] % 6) {
    case 0:
      return ask_blocks(c);
    case 1:
      return ask_logs(c, input.size());
    case 2:
      return ask_receipt(c, input.size());
    case 3:
      return ask_numbers(c, input.size());
    case 4:
      (void)l1::read_escape_standing(c, contract);
      return;
    default:
      return ask_description(c, lines);
  }
}

}  // namespace ashlar::fuzz
