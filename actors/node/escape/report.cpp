#include <boost/json.hpp>

#include "actors/node/escape/escape.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace json = boost::json;

const char* to_text(escape_report::outcome end) noexcept {
  switch (end) {
    case escape_report::outcome::nothing:
      return "nothing";
    case escape_report::outcome::settled:
      return "settled";
    case escape_report::outcome::executed:
      return "executed";
    case escape_report::outcome::another:
      return "another";
  }
  return "unknown";
}

std::string to_json(const escape_report& r) {
  json::array batches, transactions, messages;
  u64 gas = 0;
  for (const batch_number n : r.batches) batches.push_back(n.value);
  for (const store::intent& i : r.transactions) {
    gas += i.l1_gas_used;
    transactions.push_back(json::object{{"step", store::to_text(i.kind)},
                                        {"stage", i.stage},
                                        {"first", i.first.value},
                                        {"last", i.last.value},
                                        {"txn", to_hex(i.attempts.back().txn_hash)},
                                        {"l1_block", i.l1_block},
                                        {"gas", i.l1_gas_used}});
  }
  for (const provable_message& m : r.messages) {
    json::array proof;
    for (const hash256& h : m.proof) proof.emplace_back(to_hex(h));
    messages.push_back(json::object{{"batch", m.batch.value},
                                    {"index", m.index},
                                    {"txn_number", m.txn_number},
                                    {"sender", to_hex(m.sender)},
                                    {"message", to_hex(m.message)},
                                    {"proof", proof}});
  }
  return json::serialize(json::object{{"outcome", to_text(r.end)},
                                      {"why", r.why},
                                      {"batches", batches},
                                      {"operations", r.operations},
                                      {"gas", gas},
                                      {"transactions", transactions},
                                      {"messages", messages}});
}

}  // namespace ashlar::node
