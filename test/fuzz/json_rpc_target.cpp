#include <memory>
#include <string>

#include "net/rpc/processor.hpp"
#include "runtime/base/ensure.hpp"
#include "test/fuzz/target.hpp"
#include "test/unit/rpc/memory_backend.hpp"

namespace ashlar::fuzz {

namespace {

using rpc::test::addr;

struct server {
  rpc::test::memory_backend chain;
  rpc::test::manual_clock time;
  rpc::test::counting_random random;
  rpc::processor processor{rpc::rpc_config{.filters_max = 1000}, chain, time, random, nullptr};
};

std::string request(const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}";
}

}  // namespace

std::vector<bytes> seeds() {
  const std::string who = "\"0x0101010101010101010101010101010101010101\"";
  const std::string word = "\"0x0202020202020202020202020202020202020202020202020202020202020202\"";
  const std::string call =
      R"({"from":)" + who + R"(,"to":)" + who +
      R"(,"gas":"0x5208","value":"0x1","input":"0xabcdef","maxFeePerGas":"0x9",)"
      R"("accessList":[{"address":)" +
      who + R"(,"storageKeys":[)" + word + "]}]}";
  const std::string overrides = "{" + who +
                                R"(:{"balance":"0x1","nonce":"0x2","code":"0x60","stateDiff":{)" +
                                word + ":" + word + "}}}";
  const std::string filter = R"({"fromBlock":"0x0","toBlock":"latest","address":[)" + who +
                             R"(],"topics":[null,[)" + word + "]]}";
  std::vector<std::string> all{
      request("eth_call", "[" + call + R"(,"latest",)" + overrides + "]"),
      request("eth_estimateGas", "[" + call + R"(,{"blockNumber":"0x1"}])"),
      request("eth_createAccessList", "[" + call + "]"),
      request("eth_getLogs", "[" + filter + "]"),
      request("eth_newFilter", "[" + filter + "]"),
      request("eth_getFilterChanges", R"(["0x1"])"),
      request("eth_subscribe", R"(["logs",)" + filter + "]"),
      request("eth_getProof", "[" + who + ",[" + word + R"(],"safe"])"),
      request("eth_feeHistory", R"(["0x3","latest",[10,50.5,90]])"),
      request("eth_getStorageAt", "[" + who + R"(,"0x0","finalized"])"),
      request("eth_getBlockByNumber", R"(["0x1",true])"),
      request("eth_sendRawTransaction", R"(["0x02c0"])"),
      request("eth_sendRawTransactionSync", R"(["0x02c0","0x5"])"),
      request("zks_getL2ToL1LogProof", "[" + word + ",0]"),
      request("ashlar_transactionStatus", "[" + word + "]"),
      "[" + request("net_version", "[]") + ",7," + R"({"jsonrpc":"2.0","method":"eth_chainId"})" +
          "]",
      R"({"jsonrpc":"2.0","id":"a\"\u00e9b","method":"web3_sha3","params":["0x00"]})"};
  server s;
  for (const std::string& name : s.processor.method_names()) all.push_back(request(name, "[]"));
  std::vector<bytes> out;
  for (const std::string& text : all) out.push_back(bytes_of(text));
  return out;
}

void check(bytes_view input) {
  static auto one = std::make_unique<server>();
  static unsigned uses = 0;
  // Filters pile up; a new server now and then keeps the run's memory flat.
  if (++uses % 4096 == 0) one = std::make_unique<server>();
  one->chain.submitted.clear();
  one->chain.submissions.clear();
  const std::string_view body(reinterpret_cast<const char*>(input.data()), input.size());
  const std::string answer = rpc::handle(one->processor, body);
  ensure(answer.empty() || answer.front() == '{' || answer.front() == '[');
}

}  // namespace ashlar::fuzz
