#include <map>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/support/simulated_l1.hpp"

using namespace ashlar;
using namespace ashlar::l1;
using test::simulated_l1;

namespace {

constexpr std::string_view sending = "eth_sendRawTransaction";
constexpr std::string_view looking = "eth_getTransactionByHash";
constexpr std::string_view receiving = "eth_getTransactionReceipt";

struct lossy_l1 {
  simulated_l1 l1{address{{1}}};
  std::unique_ptr<signer> from = make_signer(u256{7}.to_be());
  std::map<std::string_view, u32> asked, lost;  ///< by method; of these the first are lost
  bool arrives = false;                         ///< what is lost has been to L1
  u32 waits = 0;

  lossy_l1() {
    l1.fund(from->account(), u256{1'000'000'000'000'000'000});
    l1.faults = [this](std::string_view method) -> std::optional<simulated_l1::fault> {
      for (const std::string_view known : {sending, looking, receiving}) {
        if (method != known) continue;
        if (++asked[known] > lost[known]) return std::nullopt;
        return simulated_l1::fault{fail(l1_error{l1_error_code::timed_out, "planted", 0, {}}),
                                   arrives};
      }
      return std::nullopt;
    };
  }
  client connect(u32 patience) {
    if (patience == 0) return client(l1.connect());
    return client(l1.connect(), [this, patience](const l1_error&, u32 failures) {
      ++waits;
      return failures < patience;
    });
  }
  l1_call call() const { return {from->account(), address{{2}}, bytes{1, 2, 3}, {}}; }
  l1_result<hash256> send(u32 patience = 0) {
    client c = connect(patience);
    return l1::send(c, *from, call(), {});
  }
  void mine_when_sent() {
    l1.after = [this](std::string_view method) {
      if (method == sending) l1.mine();
    };
  }
};

}  // namespace

TEST_CASE("a transaction is sent although the answer to it was lost", "[l1]") {
  lossy_l1 f;
  f.lost[sending] = 1;
  f.arrives = true;
  SECTION("while it is in the pool") {
    const auto sent = f.send();
    REQUIRE(sent.ok());
    CHECK(f.l1.pooled() == 1);
    f.l1.mine();
    client c = f.connect(0);
    CHECK(c.receipt(*sent).value()->success);
  }
  SECTION("when it is mined") {
    f.mine_when_sent();
    client c = f.connect(0);
    const auto receipt = send_and_wait(c, *f.from, f.call(), {});
    REQUIRE(receipt.ok());
    CHECK(receipt->block == l1_block_number{1});
  }
  CHECK(f.asked[sending] == 1);
  CHECK(f.l1.nonce_of(f.from->account()) == 1);
}

TEST_CASE("what did not arrive is sent again while there is patience, and is there once", "[l1]") {
  lossy_l1 f;
  f.lost[sending] = 2;
  const auto without = f.send();
  REQUIRE_FALSE(without.ok());
  CHECK(without.error().code == l1_error_code::timed_out);
  CHECK_THAT(without.error().text, Catch::Contains("is not on L1"));
  CHECK(f.asked[sending] == 1);

  f.asked.clear();
  REQUIRE(f.send(9).ok());
  CHECK(f.asked[sending] == 3);
  CHECK(f.waits == 2);
  CHECK(f.l1.pooled() == 1);

  f.l1.forget_pool();
  f.asked.clear();
  f.lost[sending] = 9;
  CHECK_FALSE(f.send(4).ok());
  CHECK(f.asked[sending] == 4);
}

TEST_CASE("where L1 cannot be asked for it either, an error says that it may be there", "[l1]") {
  lossy_l1 f;
  f.lost[sending] = f.lost[looking] = 1;
  f.arrives = true;
  const auto sent = f.send();
  REQUIRE_FALSE(sent.ok());
  CHECK_THAT(sent.error().text, Catch::Contains("may be on L1 all the same"));
  CHECK(f.l1.pooled() == 1);
}

TEST_CASE("what L1 refuses is an error at once", "[l1]") {
  lossy_l1 f;
  f.l1.fund(f.from->account(), {});
  CHECK(f.send(9).error().code == l1_error_code::no_funds);
  CHECK(f.asked[sending] == 1);
  CHECK(f.asked[looking] == 0);
  CHECK(f.waits == 0);
}

TEST_CASE("receipts are asked for again where the answer was lost", "[l1]") {
  lossy_l1 f;
  f.lost[receiving] = 3;
  f.mine_when_sent();
  client c = f.connect(0);
  CHECK(send_and_wait(c, *f.from, f.call(), {}).ok());
  CHECK(f.asked[receiving] == 4);
  // To the end of its patience.
  f.asked.clear();
  f.lost[receiving] = ~0u;
  const auto none = send_and_wait(c, *f.from, f.call(), {}, 0);
  CHECK(none.error().code == l1_error_code::timed_out);
  CHECK_THAT(none.error().text, Catch::Contains("was not mined in time: planted"));
}
