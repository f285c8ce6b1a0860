#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>

#include <boost/json.hpp>

#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/verifier_setup.hpp"
#include "test/e2e/escape/abandoned_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace json = boost::json;

namespace {

/// `ashlar`, as a shell runs it.
struct command_line {
  node::scratch_folder folder{"", "ashlar-escape-command"};

  struct ended {
    int code = 0;
    std::string out, progress;
    /// The one object on standard output.
    json::object object() const {
      INFO(out << progress);
      REQUIRE(std::count(out.begin(), out.end(), '\n') == 1);
      return json::parse(out).as_object();
    }
  };

  std::string at(const std::string& name) const { return folder.path() + "/" + name; }
  std::string text(const std::string& name) const {
    const auto raw = node::read_whole(at(name));
    REQUIRE(raw.ok());
    return {raw->begin(), raw->end()};
  }
  ended run(const std::string& arguments) const {
    const char* program = std::getenv("ASHLAR_BIN");
    REQUIRE(program != nullptr);
    const std::string line = "'" + std::string(program) + "' " + arguments + " >'" + at("out") +
                             "' 2>'" + at("progress") + "'";
    const int status = std::system(line.c_str());
    REQUIRE(WIFEXITED(status));
    return {WEXITSTATUS(status), text("out"), text("progress")};
  }
};

/// Somebody with a sealed key, an endpoint of L1, and the address of the hub.
struct user : command_line {
  abandoned_chain& chain;
  address account;

  explicit user(abandoned_chain& c) : chain(c) {
    keep("passphrase", "a long enough passphrase\n");
    keep("other", "another passphrase\n");
    const ended made = run("keys create" + key("passphrase", "--file"));
    INFO(made.progress);
    REQUIRE(made.code == 0);
    account = *fixed_from_hex<20>(made.out.substr(0, 42));
  }
  void keep(const std::string& name, const std::string& secret) const {
    std::ofstream(at(name)) << secret;
    using std::filesystem::perms;
    std::filesystem::permissions(at(name), perms::owner_read | perms::owner_write);
  }
  std::string key(const std::string& passphrase, const std::string& option = "--key-file") const {
    return " " + option + " " + at("key") + " --passphrase-file " + at(passphrase);
  }
  std::string l1() const { return " --l1 " + chain.dev->l1_endpoint; }
  std::string on_l1(u64 chain_id = 270) const {
    return " --hub " + to_hex(chain.dev->spec.ecosystem.hub) + " --chain-id " +
           std::to_string(chain_id);
  }
  ended escape(const std::string& which, const std::string& more = " --json") const {
    return run("escape --dir " + at("work") + l1() + which + key("passphrase") + more);
  }
};

/// It failed, and says the same to a shell, to people and to a program.
json::object refusal(const command_line::ended& got, int code, const std::string& why) {
  INFO(got.out << got.progress);
  CHECK(got.code == code);
  const json::object o = got.object();
  CHECK(o.at("outcome") == "failed");
  const std::string text(o.at("why").as_string());
  CHECK_THAT(text, Catch::Contains(why));
  CHECK_THAT(got.progress, Catch::Contains(text));
  return o;
}

}  // namespace

TEST_CASE("ashlar escape: too early, it says when") {
  abandoned_chain& chain = the_chain();
  const user who(chain);
  REQUIRE(node::write_chain_spec(who.at("."), chain.dev->spec).ok());
  for (const std::string& which : {who.on_l1(), " --chain " + who.at(".")}) {
    const auto o = refusal(who.escape(which), 1, "nothing is overdue");
    CHECK(o.at("opens_at").to_number<u64>() == opening(chain).value);
  }
  const auto people = who.escape(who.on_l1(), "");
  CHECK(people.code == 1);
  CHECK(people.out == "");
  CHECK_THAT(people.progress, Catch::Contains("nothing is overdue"));
}

TEST_CASE("ashlar escape: of another set of circuits than the verifier's, it does not begin") {
  abandoned_chain& chain = the_chain();
  chain.move_to(opening(chain));
  const user who(chain);
  chain.fund(who.account);
  // The chain's verifier is one of tests; the command has this build's circuits.
  const auto o = refusal(who.escape(who.on_l1()), 1, "the verifier on L1 takes proofs of");
  CHECK_FALSE(o.contains("opens_at"));
  CHECK(chain.nonce(who.account) == 0);
}

TEST_CASE("ashlar escape: who cannot pay is told so before the proof is made") {
  abandoned_chain& chain = the_chain();
  // given: the verifier of this build
  const auto contracts = node::find_verifier();
  if (!contracts.ok()) FAIL(contracts.error());
  const auto set = node::set_up_verifier(*chain.l1, *chain.rich, chain.dev->spec, *contracts);
  if (!set.ok()) FAIL(set.error());
  chain.move_to(all_opening(chain));
  const user who(chain);
  // when, then
  const auto o = refusal(who.escape(who.on_l1()), 1, "has 0 wei on L1");
  CHECK_THAT(std::string(o.at("why").as_string()), Catch::Contains("refill it"));
}

TEST_CASE("ashlar escape: what it is given is checked before anything is done") {
  abandoned_chain& chain = the_chain();
  const user who(chain);
  const auto with = [&](const std::string& arguments) {
    return who.run("escape --dir " + who.at("work") + who.l1() + arguments + " --json");
  };
  refusal(with(who.on_l1() + who.key("other")), 2, who.at("key"));
  refusal(with(who.on_l1() + " --key-file " + who.at("none") + " --passphrase-file " +
               who.at("passphrase")),
          2, who.at("none"));
  refusal(with(who.on_l1() + who.key("none")), 2, who.at("none"));
  refusal(with(who.key("passphrase")), 2, "which chain?");
  refusal(with(" --chain " + who.at("none") + who.key("passphrase")), 2, who.at("none"));
  refusal(with(who.on_l1(271) + who.key("passphrase")), 1, "has no chain 271");
  refusal(who.run("escape --dir " + who.at("work") + " --l1 http://127.0.0.1:1" + who.on_l1() +
                  who.key("passphrase") + " --json"),
          1, "L1: ");
  // What is no command at all has no object either.
  const auto both = with(who.on_l1() + " --chain x" + who.key("passphrase"));
  CHECK(both.code == 2);
  CHECK(both.out == "");
  CHECK_FALSE(std::filesystem::exists(who.at("work")));
}

TEST_CASE("ashlar escape: where everything is executed, there is nothing to do") {
  abandoned_chain& chain = the_chain();
  chain.move_to(all_opening(chain));
  refugee before(chain, 41);
  chain.fund(before.account->account());
  before.escaped();
  const user who(chain);
  const auto got = who.escape(who.on_l1());
  INFO(got.progress);
  CHECK(got.code == 0);
  const json::object o = got.object();
  CHECK(o.at("outcome") == "nothing");
  CHECK(o.at("batches").as_array().empty());
  CHECK(o.at("transactions").as_array().empty());
  const auto people = who.escape(who.on_l1(), "");
  CHECK(people.code == 0);
  CHECK_THAT(people.out, Catch::Contains("every operation of the queue is executed"));
}

TEST_CASE("ashlar restore: from L1 it is the same as with the chain's folder") {
  abandoned_chain& chain = the_chain();
  const user who(chain);
  REQUIRE(node::write_chain_spec(who.at("."), chain.dev->spec).ok());
  const auto from_l1 = who.run("restore" + who.l1() + who.on_l1());
  INFO(from_l1.progress);
  CHECK(from_l1.code == 0);
  CHECK(from_l1.object().at("batch").to_number<u64>() == chain.committed);
  CHECK(who.run("restore" + who.l1() + " --chain " + who.at(".")).out == from_l1.out);
  const auto none = who.run("restore" + who.l1() + who.on_l1(271));
  CHECK(none.code == 1);
  CHECK(none.out == "");
  CHECK(who.run("restore" + who.l1()).code == 2);
}
