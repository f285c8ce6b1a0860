#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "actors/node/demo/report.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

namespace json = boost::json;

demo_report whole_report() {
  demo_report r;
  r.ok = true;
  r.seconds = 12.5;
  r.soft_confirmation_ms_p50 = 0.8254321;
  r.soft_confirmation_ms_p99 = 4.0;
  r.sequencer_root = hash256{};
  r.sequencer_root->data_[31] = 7;
  r.restored_root = r.sequencer_root;
  r.batches.push_back({1, 3, 200, 4'200'000, 1500, "committed", 150'000, 0, 0});
  r.checks.push_back({"a \"quoted\" check", true, "both are 1"});
  return r;
}

std::vector<std::string> keys(const json::object& o) {
  std::vector<std::string> out;
  for (const auto& member : o) out.emplace_back(member.key());
  return out;
}

using names = std::vector<std::string>;

TEST_CASE("the demo's JSON has exactly the members that machines read") {
  const std::string text = to_json(whole_report());
  const json::value v = json::parse(text);
  const json::object& o = v.as_object();

  CHECK(text.find('\n') == std::string::npos);
  CHECK(keys(o) == names{"ok", "seconds", "soft_confirmation_ms", "state_root", "l1_gas_verify",
                         "batches", "checks"});
  CHECK(o.at("ok").as_bool());
  CHECK(o.at("seconds").as_double() == 12.5);
  const json::object& ms = o.at("soft_confirmation_ms").as_object();
  CHECK(keys(ms) == names{"p50", "p99"});
  CHECK(ms.at("p50").as_double() == Approx(0.825));
  const json::object& root = o.at("state_root").as_object();
  CHECK(keys(root) == names{"sequencer", "restored"});
  CHECK(root.at("sequencer").as_string() == to_hex(*whole_report().sequencer_root));
  const json::object& batch = o.at("batches").as_array().at(0).as_object();
  CHECK(keys(batch) ==
        names{"number", "blocks", "transactions", "gas", "pubdata_bytes", "stage", "l1_gas"});
  CHECK(batch.at("transactions").to_number<u64>() == 200);
  CHECK(batch.at("stage").as_string() == "committed");
  CHECK(keys(batch.at("l1_gas").as_object()) == names{"commit", "prove", "execute"});
  CHECK(batch.at("l1_gas").at("commit").to_number<u64>() == 150'000);
  const json::object& check = o.at("checks").as_array().at(0).as_object();
  CHECK(keys(check) == names{"name", "ok", "detail"});
  CHECK(check.at("name").as_string() == "a \"quoted\" check");
}

TEST_CASE("the demo's JSON has null where nothing was reached") {
  const json::value v = json::parse(to_json({}));

  CHECK_FALSE(v.at("ok").as_bool());
  CHECK(v.at("soft_confirmation_ms").at("p50").is_null());
  CHECK(v.at("soft_confirmation_ms").at("p99").is_null());
  CHECK(v.at("state_root").at("restored").is_null());
  CHECK(v.at("batches").as_array().empty());
}

TEST_CASE("the demo's table shows pubdata for each transaction and what did not happen") {
  const std::string text = to_table(whole_report());

  CHECK(text.find("7.5") != std::string::npos);  // 1500 / 200
  CHECK(text.find("150000          -          -") != std::string::npos);
  CHECK(text.find("all 1 checks hold") != std::string::npos);
  CHECK(text.find("p50 0.83 ms, p99 4.00 ms") != std::string::npos);
}

TEST_CASE("the demo's table names the reason of a failure") {
  demo_report r = whole_report();
  r.ok = false;
  r.reason = "the roots differ";
  r.checks[0].ok = false;
  r.batches[0].txns = 0;

  const std::string text = to_table(r);

  CHECK(text.find("FAIL  a \"quoted\" check: both are 1") != std::string::npos);
  CHECK(text.find("FAILED after 12.5 s: the roots differ") != std::string::npos);
  CHECK(text.find("checks hold") == std::string::npos);
}

TEST_CASE("percentiles are of the nearest rank") {
  CHECK_FALSE(percentile({}, 50).has_value());
  CHECK(percentile({3}, 99) == 3.0);
  CHECK(percentile({4, 1, 3, 2}, 50) == 2.0);
  CHECK(percentile({4, 1, 3, 2}, 99) == 4.0);
  CHECK(percentile({4, 1, 3, 2}, 0) == 1.0);
  std::vector<double> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  CHECK(percentile(hundred, 99) == 99.0);
}

}  // namespace
}  // namespace ashlar::node
