#include <future>
#include <thread>

#include "net/rpc/subscriptions.hpp"
#include "test/unit/rpc/allocation_watch.hpp"
#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;
using std::chrono::milliseconds;

namespace {

/// A transaction that emits the given logs.
sealed_txn emitting(u64 nonce, std::vector<log_entry> logs) {
  const txn t = transfer(nonce);
  return sealed(t, addr(0x11), receipt_of(t, true, 30'000, std::move(logs)));
}

/// Keeps what is pushed to it.
class recorder final : public http::ws_channel {
 public:
  bool send(std::string text) override {
    sent.push_back(std::move(text));
    return open_;
  }
  bool open() const noexcept override { return open_; }
  void close() override { open_ = false; }
  std::vector<std::string> sent;
  bool open_ = true;
};

struct socket_client {
  explicit socket_client(u64 connection) { from = {connection, {}, channel, {}}; }
  std::shared_ptr<recorder> channel = std::make_shared<recorder>();
  context from;
};

std::size_t count(const json::value& list) {
  return list.as_array().size();
}

}  // namespace

TEST_CASE("logs are found by range, address and topics") {
  fixture f;
  const auto logs = [&](const std::string& filter) {
    return f.result("eth_getLogs", "[" + filter + "]");
  };
  const std::string all = R"("fromBlock":"earliest","toBlock":"latest")";
  const std::string a33 = quoted(hex(addr(0x33))), a34 = quoted(hex(addr(0x34)));
  const std::string w1 = quoted(hex(word(1))), w2 = quoted(hex(word(2))), w3 = quoted(hex(word(3)));
  CHECK(count(logs("{" + all + "}")) == 2);
  CHECK(count(logs("{}")) == 0);
  CHECK(count(logs(R"({"fromBlock":"0x1","toBlock":"0x1"})")) == 2);
  CHECK(count(logs(R"({"fromBlock":"0x2","toBlock":"0x2"})")) == 0);
  CHECK(count(logs("{" + all + ",\"address\":" + a33 + "}")) == 1);
  CHECK(count(logs("{" + all + ",\"address\":[" + a33 + "," + a34 + "]}")) == 2);
  CHECK(count(logs("{" + all + ",\"address\":[]}")) == 2);
  CHECK(count(logs("{" + all + ",\"topics\":[" + w1 + "]}")) == 1);
  CHECK(count(logs("{" + all + ",\"topics\":[null," + w2 + "]}")) == 1);
  CHECK(count(logs("{" + all + ",\"topics\":[null,null]}")) == 1);
  CHECK(count(logs("{" + all + ",\"topics\":[[" + w1 + "," + w3 + "]]}")) == 2);
  CHECK(count(logs("{" + all + ",\"topics\":[[" + w1 + ",null]]}")) == 2);
  CHECK(count(logs("{" + all + ",\"topics\":[" + w2 + "]}")) == 0);
  CHECK(count(logs("{\"blockHash\":" + quoted(hex(f.chain.block(1).hash)) + "}")) == 2);
  CHECK(count(logs(R"({"fromBlock":"0x5","toBlock":"0x9"})")) == 0);
  json::value of_receipt = f.result("eth_getBlockReceipts", R"(["0x1"])").at(1).at("logs").at(0);
  for (const char* only_there : {"transactionLogIndex", "logType", "l1BatchNumber"})
    of_receipt.as_object().erase(only_there);
  CHECK(logs("{" + all + "}").at(0) == of_receipt);  // objects compare in any order
}

TEST_CASE("a log query that makes no sense is refused") {
  fixture f(rpc_config{.log_alternatives_max = 2});
  const auto code = [&](const std::string& filter) {
    return f.error("eth_getLogs", "[" + filter + "]").at("code").as_int64();
  };
  const std::string w = quoted(hex(word(1))), a = quoted(hex(addr(1)));
  CHECK(code(R"({"fromBlock":"0x2","toBlock":"0x1"})") == -32602);
  CHECK(code("{\"blockHash\":" + w + R"(,"fromBlock":"0x1"})") == -32602);
  CHECK(code("{\"blockHash\":" + w + "}") == -32000);
  CHECK(code("{\"address\":\"0x1\"}") == -32602);
  CHECK(code("{\"address\":[" + a + "," + a + "," + a + "]}") == -32602);
  CHECK(code("{\"topics\":[[" + w + "," + w + "," + w + "]]}") == -32602);
  CHECK(code("{\"topics\":[null,null,null,null,null]}") == -32602);
  CHECK(code("{\"topics\":{}}") == -32602);
  CHECK(code("5") == -32602);
}

TEST_CASE("log_blocks_max blocks pass, one more does not") {
  fixture f(rpc_config{.log_blocks_max = 2});
  CHECK(count(f.result("eth_getLogs", R"([{"fromBlock":"0x0","toBlock":"0x1"}])")) == 2);
  const json::value e = f.error("eth_getLogs", R"([{"fromBlock":"0x0","toBlock":"0x2"}])");
  CHECK(e.at("code") == -32005);
  CHECK(e.at("message") == "exceed maximum block range: 2");
}

TEST_CASE("log_results_max logs pass, one more does not") {
  fixture ok(rpc_config{.log_results_max = 2});
  CHECK(count(ok.result("eth_getLogs", R"([{"fromBlock":"0x0"}])")) == 2);
  fixture f(rpc_config{.log_results_max = 1});
  const json::value e = f.error("eth_getLogs", R"([{"fromBlock":"0x0"}])");
  CHECK(e.at("code") == -32005);
  CHECK(e.at("message") == "query returned more than 1 results");
}

TEST_CASE("a log query holds no more than its answer may have") {
  constexpr std::size_t answer_bytes = 10u << 20, log_bytes = 700u << 10;
  fixture f(rpc_config{.response_bytes_max = answer_bytes});
  const bytes data(log_bytes, 0xab);
  for (u64 n = 0; n < 100; ++n) f.chain.extend({emitting(100 + n, {{addr(0x35), {}, data}})});
  const std::string large = R"({"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[)"
                            R"({"fromBlock":"0x0","address":")" +
                            hex(addr(0x35)) + R"("}]})";
  allocation_watch::restart();
  const std::size_t before = allocation_watch::now();
  const std::string got = f.raw("[" + large + "," + large + "]");
  CHECK(allocation_watch::peak() - before < answer_bytes);
  const json::array answers = json::parse(got).as_array();
  REQUIRE(answers.size() == 2);
  for (const json::value& a : answers) CHECK(a.at("error").at("code") == -32003);
  // The batch ended at the first: the second was not looked for.
  CHECK(f.result("eth_getLogs", R"([{"fromBlock":"0x5","toBlock":"0x9"}])").as_array().size() == 5);
}

TEST_CASE("short logs whose text is long end at the answer's limit") {
  constexpr std::size_t answer_bytes = 64u << 10;
  fixture f(rpc_config{.response_bytes_max = answer_bytes});
  std::vector<log_entry> many(4000, log_entry{addr(0x35), {}, {}});
  f.chain.extend({emitting(100, std::move(many))});
  allocation_watch::restart();
  const std::size_t before = allocation_watch::now();
  CHECK(f.error("eth_getLogs", R"([{"fromBlock":"0x3"}])").at("code") == -32003);
  // The logs found, whose vector doubles, are most of it; their text would be 1.6 MB.
  CHECK(allocation_watch::peak() - before < 4000 * 3 * sizeof(found_log) + 4 * answer_bytes);
}

TEST_CASE("a log query ends when its time is over") {
  fixture f(rpc_config{.log_time_max = milliseconds{1000}});
  CHECK(count(f.result("eth_getLogs", R"([{"fromBlock":"0x0"}])")) == 2);
  f.time.step = milliseconds{400};  // at each look: the third block is too late
  const json::value e = f.error("eth_getLogs", R"([{"fromBlock":"0x0"}])");
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "query timeout exceeded, ask for fewer blocks");
}

TEST_CASE("a log filter reports each new log once") {
  fixture f;
  const std::string id =
      text(f.result("eth_newFilter", R"([{"address":")" + hex(addr(0x33)) + "\"}]"));
  CHECK(id.size() == 34);
  const std::string poll = "[" + quoted(id) + "]";
  CHECK(count(f.result("eth_getFilterChanges", poll)) == 0);
  f.chain.extend({emitting(20, {{addr(0x33), {}, {1}}, {addr(0x34), {}, {}}})});
  f.chain.extend({emitting(21, {{addr(0x33), {}, {2}}})});
  const json::value got = f.result("eth_getFilterChanges", poll);
  REQUIRE(count(got) == 2);
  CHECK(got.at(0).at("data") == "0x01");
  CHECK(got.at(1).at("data") == "0x02");
  CHECK(count(f.result("eth_getFilterChanges", poll)) == 0);
  CHECK(count(f.result("eth_getFilterLogs", poll)) == 2);
}

TEST_CASE("a block filter reports hashes, a pending filter transactions") {
  fixture f;
  const std::string blocks = "[" + quoted(text(f.result("eth_newBlockFilter"))) + "]";
  const std::string pending = "[" + quoted(text(f.result("eth_newPendingTransactionFilter"))) + "]";
  const auto b1 = f.chain.extend({}), b2 = f.chain.extend({});
  CHECK(f.result("eth_getFilterChanges", blocks) ==
        json::array{json::string(hex(b1->hash)), json::string(hex(b2->hash))});
  CHECK(count(f.result("eth_getFilterChanges", blocks)) == 0);
  const auto t1 = f.chain.wait(transfer(30), addr(0x11)), t2 = f.chain.wait(transfer(31), addr(1));
  CHECK(f.result("eth_getFilterChanges", pending) ==
        json::array{json::string(hex(t1->hash)), json::string(hex(t2->hash))});
  CHECK(count(f.result("eth_getFilterChanges", pending)) == 0);
  CHECK(f.error("eth_getFilterLogs", blocks).at("message") == "filter not found");
}

TEST_CASE("a filter that is removed or not polled in time is gone") {
  fixture f(rpc_config{.filter_timeout = milliseconds{1000}});
  const std::string a = "[" + quoted(text(f.result("eth_newBlockFilter"))) + "]";
  CHECK(f.result("eth_uninstallFilter", a) == true);
  CHECK(f.result("eth_uninstallFilter", a) == false);
  CHECK(f.error("eth_getFilterChanges", a).at("message") == "filter not found");
  const std::string b = "[" + quoted(text(f.result("eth_newBlockFilter"))) + "]";
  f.time.now += milliseconds{900};
  f.result("eth_getFilterChanges", b);
  f.time.now += milliseconds{900};
  f.result("eth_getFilterChanges", b);
  f.time.now += milliseconds{1001};
  CHECK(f.error("eth_getFilterChanges", b).at("message") == "filter not found");
  CHECK(f.rpc.stats().filters == 0);
}

TEST_CASE("filters are limited in all and per address, and time-outs make room") {
  fixture f(rpc_config{
      .filters_max = 3, .filters_per_address_max = 2, .filter_timeout = milliseconds{1000}});
  context a, b;
  a.who[15] = 1;
  b.who[15] = 2;
  f.result("eth_newBlockFilter", "[]", a);
  f.result("eth_newBlockFilter", "[]", a);
  const json::value mine = f.error("eth_newBlockFilter", "[]", a);
  CHECK(mine.at("code") == -32005);
  CHECK(mine.at("message") == "too many filters for this address");
  f.result("eth_newBlockFilter", "[]", b);
  CHECK(f.error("eth_newBlockFilter", "[]", b).at("message") == "too many filters");
  f.time.now += milliseconds{1001};
  f.result("eth_newBlockFilter", "[]", b);
  CHECK(f.rpc.stats().filters == 1);
}

TEST_CASE("who polls seldom gets log_blocks_max blocks a time and misses none") {
  fixture f(rpc_config{.log_blocks_max = 2});
  const std::string id = "[" + quoted(text(f.result("eth_newBlockFilter"))) + "]";
  for (int i = 0; i < 5; ++i) f.chain.extend({});
  CHECK(count(f.result("eth_getFilterChanges", id)) == 2);
  CHECK(count(f.result("eth_getFilterChanges", id)) == 2);
  CHECK(count(f.result("eth_getFilterChanges", id)) == 1);
}

TEST_CASE("a block filter's poll ends with log_time_max and goes on with the next, missing none") {
  fixture f(rpc_config{.log_time_max = milliseconds{1000}});
  const std::string id = "[" + quoted(text(f.result("eth_newBlockFilter"))) + "]";
  for (int i = 0; i < 4; ++i) f.chain.extend({});
  f.time.step = milliseconds{400};
  CHECK(count(f.result("eth_getFilterChanges", id)) == 3);
  f.time.step = milliseconds{2000};
  const auto last = f.chain.extend({});
  CHECK(count(f.result("eth_getFilterChanges", id)) == 1);
  CHECK(f.result("eth_getFilterChanges", id) == json::array{json::string(hex(last->hash))});
  CHECK(count(f.result("eth_getFilterChanges", id)) == 0);
}

TEST_CASE("pending hashes are kept up to pending_hashes_max") {
  fixture f(rpc_config{.pending_hashes_max = 2});
  const std::string id = "[" + quoted(text(f.result("eth_newPendingTransactionFilter"))) + "]";
  for (u64 n = 0; n < 5; ++n) f.chain.wait(transfer(40 + n), addr(0x11));
  CHECK(count(f.result("eth_getFilterChanges", id)) == 2);
}

TEST_CASE("a WebSocket can subscribe to heads, and stops when it says so") {
  fixture f;
  socket_client c(1);
  const std::string id = text(f.result("eth_subscribe", R"(["newHeads"])", c.from));
  const auto block = f.chain.extend({});
  REQUIRE(c.channel->sent.size() == 1);
  const json::value event = json::parse(c.channel->sent[0]);
  CHECK(event.at("jsonrpc") == "2.0");
  CHECK(event.at("method") == "eth_subscription");
  CHECK(text(event.at("params").at("subscription")) == id);
  json::value head = f.result("eth_getBlockByNumber", R"(["latest"])");
  for (const char* more :
       {"size", "transactions", "uncles", "withdrawals", "l1BatchNumber", "l1BatchTimestamp"})
    head.as_object().erase(more);
  CHECK(event.at("params").at("result") == head);
  CHECK(text(head.at("hash")) == hex(block->hash));
  CHECK(f.result("eth_unsubscribe", "[" + quoted(id) + "]", c.from) == true);
  f.chain.extend({});
  CHECK(c.channel->sent.size() == 1);
  CHECK(f.error("eth_unsubscribe", "[" + quoted(id) + "]", c.from).at("message") ==
        "subscription not found");
}

TEST_CASE("a log subscription filters") {
  fixture f;
  socket_client c(1);
  f.result("eth_subscribe", R"(["logs",{"address":")" + hex(addr(0x33)) + "\"}]", c.from);
  f.chain.extend({emitting(20, {{addr(0x34), {}, {}}}),
                  emitting(21, {{addr(0x33), {word(1)}, {5}}, {addr(0x33), {}, {6}}})});
  REQUIRE(c.channel->sent.size() == 2);
  const json::value first = json::parse(c.channel->sent[0]).at("params").at("result");
  CHECK(first == f.result("eth_getLogs", R"([{"address":")" + hex(addr(0x33)) + "\"}]").at(0));
  CHECK(first.at("logIndex") == "0x1");
}

TEST_CASE("a pending subscription has hashes, or whole transactions") {
  fixture f;
  socket_client a(1), b(2);
  f.result("eth_subscribe", R"(["newPendingTransactions"])", a.from);
  f.result("eth_subscribe", R"(["newPendingTransactions",true])", b.from);
  const auto t = f.chain.wait(transfer(50), addr(0x11));
  REQUIRE(a.channel->sent.size() == 1);
  REQUIRE(b.channel->sent.size() == 1);
  CHECK(json::parse(a.channel->sent[0]).at("params").at("result") == hex(t->hash));
  CHECK(json::parse(b.channel->sent[0]).at("params").at("result") ==
        f.result("eth_getTransactionByHash", "[" + quoted(hex(t->hash)) + "]"));
}

TEST_CASE("subscriptions need a WebSocket and a known name") {
  fixture f;
  const json::value http = f.error("eth_subscribe", R"(["newHeads"])");
  CHECK(http.at("code") == -32601);
  CHECK(http.at("message") == "notifications not supported");
  socket_client c(1);
  CHECK(f.error("eth_subscribe", R"(["blocks"])", c.from).at("code") == -32601);
  CHECK(f.error("eth_subscribe", "[5]", c.from).at("code") == -32602);
  CHECK(f.error("eth_subscribe", R"(["logs",{"address":5}])", c.from).at("code") == -32602);
}

TEST_CASE("subscriptions are limited per connection and belong to it") {
  fixture f(rpc_config{.subscriptions_per_connection_max = 2});
  socket_client a(1), b(2);
  const std::string id = text(f.result("eth_subscribe", R"(["newHeads"])", a.from));
  f.result("eth_subscribe", R"(["newHeads"])", a.from);
  const json::value e = f.error("eth_subscribe", R"(["newHeads"])", a.from);
  CHECK(e.at("code") == -32005);
  f.result("eth_subscribe", R"(["newHeads"])", b.from);
  CHECK(f.error("eth_unsubscribe", "[" + quoted(id) + "]", b.from).at("code") == -32000);
  f.rpc.connection_closed(1);
  CHECK(f.rpc.stats().subscriptions == 1);
}

TEST_CASE("the subscriptions of a closed socket go away by themselves") {
  fixture f;
  socket_client c(1);
  f.result("eth_subscribe", R"(["newHeads"])", c.from);
  c.channel->close();
  f.chain.extend({});
  CHECK(f.rpc.stats().subscriptions == 0);
  // Also where it closes before the subscription's answer is out.
  f.result("eth_subscribe", R"(["newHeads"])", c.from);
  CHECK(f.rpc.stats().subscriptions == 0);
}

TEST_CASE("a filter's blooms are asked as the filter asks, with bits hashed once") {
  log_filter f;
  CHECK(bloom_query(f).may_match(bloom{}));
  for (u8 n = 0; n < 40; ++n) f.addresses.push_back(addr(n));
  f.topics = {{}, {word(1), word(2)}, {word(3)}};
  for (u8 n = 0; n < 200; ++n) {
    bloom of_block;
    const auto add = [&](const auto& item) { bloom_add(of_block, {item.data(), item.size()}); };
    if (n & 1) add(addr(n));
    if (n & 2) add(word(2));
    if (n & 4) add(word(3));
    CHECK(bloom_query(f).may_match(of_block) == bloom_may_match(f, of_block));
  }
}

TEST_CASE("addresses and topics of an address's subscriptions and filters are limited") {
  fixture f(rpc_config{.log_alternatives_max = 3, .log_alternatives_per_address_max = 5});
  const std::string a = quoted(hex(addr(1))), w = quoted(hex(word(1)));
  const std::string three = "{\"address\":[" + a + "," + a + "],\"topics\":[" + w + "]}";
  const std::string two = "{\"topics\":[[" + w + "," + w + "]]}";
  socket_client one(1), same(2), other(3);
  other.from.who[15] = 9;
  const auto logs = [](const std::string& filter) { return "[\"logs\"," + filter + "]"; };
  const std::string id = text(f.result("eth_subscribe", logs(three), one.from));
  const json::value e = f.error("eth_subscribe", logs(three), same.from);
  CHECK(e.at("code") == -32005);
  CHECK(e.at("message") == "too many addresses and topics for this address");
  f.result("eth_subscribe", logs(two), same.from);
  f.result("eth_subscribe", logs(three), other.from);
  f.result("eth_unsubscribe", "[" + quoted(id) + "]", one.from);
  f.rpc.connection_closed(2);
  f.result("eth_subscribe", logs(three), one.from);
  f.result("eth_subscribe", logs(two), one.from);
  // Filters have a share of their own.
  const std::string kept = text(f.result("eth_newFilter", "[" + three + "]", one.from));
  CHECK(f.error("eth_newFilter", "[" + three + "]", one.from).at("code") == -32005);
  f.result("eth_uninstallFilter", "[" + quoted(kept) + "]", one.from);
  f.result("eth_newFilter", "[" + three + "]", one.from);
}

namespace {

/// Does something when it is sent to, or closed.
class acting_channel final : public http::ws_channel {
 public:
  bool send(std::string) override {
    ++sent;
    if (act) act();
    return true;
  }
  bool open() const noexcept override { return true; }
  void close() override {
    ++closed;
    if (act) act();
  }
  std::function<void()> act;
  int sent = 0, closed = 0;
};

/// Whether `what`, on a thread of its own, ends while this one waits in a channel.
template <class What>
bool passes(What what) {
  // Never joined where it waits for this thread: the test has failed then, and must end.
  auto done = std::make_shared<std::promise<void>>();
  auto coming = done->get_future();
  std::thread([done, what] {
    what();
    done->set_value();
  }).detach();
  return coming.wait_for(std::chrono::seconds{10}) == std::future_status::ready;
}

}  // namespace

TEST_CASE("who sends an event, or closes a socket, holds up no subscriber") {
  rpc_config config{.event_queue_max = 1};
  counting_random random;
  filter_store filters(config, random);
  memory_backend chain;
  const auto quick = std::make_shared<http::worker_pool>(http::worker_config{.quick_threads = 1});
  for (const auto& pool : {std::shared_ptr<http::worker_pool>(), quick}) {
    const auto hub = std::make_shared<subscription_hub>(config, filters, pool);
    const auto to = std::make_shared<acting_channel>();
    REQUIRE(hub->add(filled<16>(1), {1, {}, to}, subscription_kind::heads, {}).ok());
    hub->activate(filled<16>(1));
    const auto block = chain.extend({});
    bool passed = false;
    if (!pool) {
      to->act = [&] {
        passed = passes([hub] {
          const auto more = std::make_shared<acting_channel>();
          if (hub->add(filled<16>(2), {2, {}, more}, subscription_kind::heads, {}).ok())
            hub->remove_connection(2);
        });
      };
      hub->on_block(block);
      CHECK(to->sent == 1);
    } else {
      // The only quick thread is busy: the second event finds the queue full.
      std::promise<void> go;
      auto gone = go.get_future().share();
      REQUIRE(pool->post(http::lane::quick, [gone] { gone.wait(); }));
      to->act = [&] {
        if (to->sent == 0) passed = passes([hub, block] { hub->on_block(block); });
      };
      hub->on_block(block);
      hub->on_block(block);
      CHECK(to->closed == 1);
      go.set_value();
      pool->stop();
    }
    CHECK(passed);
  }
}
