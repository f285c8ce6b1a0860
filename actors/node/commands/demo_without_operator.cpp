#include "actors/node/commands/demo_without_operator.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/node/commands/patient_l1.hpp"
#include "actors/node/escape/plan.hpp"
#include "actors/node/process/child_process.hpp"
#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/verifier_setup.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"

namespace json = boost::json;

namespace ashlar::node {
namespace {

using talk = std::function<void(const std::string&)>;

/// What proofs of a development chain may take.
constexpr u32 memory_mib = 7'600;

status<std::string> move_clock(l1::client& c, const dev_stack& d, const talk& say) {
  const auto s = l1::read_escape_standing(c, d.spec.contracts.chain);
  if (!s) return fail(l1_text(s.error()));
  const escape_verdict verdict = judge(*s);
  if (verdict.can != escape_verdict::what::closed)
    return fail("the escape should not be open yet: " + verdict.why);
  say(verdict.why);
  const std::string when = fmt::format("[{}]", verdict.opens_at.value);
  if (const auto set = c.raw("evm_setNextBlockTimestamp", when); !set)
    return fail(l1_text(set.error()));
  if (const auto mined = c.raw("anvil_mine", "[1]"); !mined) return fail(l1_text(mined.error()));
  return nothing{};
}

status<std::string> abandon(dev_stack& d, const talk& say) {
  ASHLAR_TRY(const auto c, connect_patiently(d.l1_endpoint));
  say("deploying the verifier of proofs");
  ASHLAR_TRY(const std::string contracts, find_verifier());
  ASHLAR_CHECK(set_up_verifier(*c, *l1::make_signer(d.rich_l1_key), d.spec, contracts));
  d.node.reset();
  return move_clock(*c, d, say);
}

/// Somebody with a sealed key, to whom the rich account gives ten ether on L1.
struct user {
  std::string folder;
  std::string key() const { return folder + "/key"; }
  std::string passphrase() const { return folder + "/passphrase"; }
};

status<std::string> settle_in(const user& who, const dev_stack& d) {
  namespace fs = std::filesystem;
  std::error_code ec;
  fs::remove_all(who.folder, ec);  // of an earlier demo in this place
  fs::create_directories(who.folder, ec);
  constexpr std::string_view words = "of the demo";
  std::ofstream(who.passphrase()) << words << "\n";
  fs::permissions(who.passphrase(), fs::perms::owner_read | fs::perms::owner_write, ec);
  if (ec) return fail(who.passphrase() + ": " + ec.message());
  crypto::system_random random;
  const crypto::secret32 secret = crypto::random_secret(random);
  const auto account = l1::make_signer(hash256::copy_of(secret.data()));
  if (!account) return fail(std::string("no secret of an account; run the demo again"));
  if (const auto sealed =
          crypto::seal_key_file(who.key(), crypto::key_kind::secp256k1, secret, words, random);
      !sealed)
    return fail(sealed.error().message());
  ASHLAR_TRY(const auto c, connect_patiently(d.l1_endpoint));
  const auto rich = l1::make_signer(d.rich_l1_key);
  const u256 ether{1'000'000'000'000'000'000};
  const auto paid =
      l1::send_and_wait(*c, *rich, {rich->account(), account->account(), {}, ether * u256{10}}, {});
  if (!paid) return fail(l1_text(paid.error()));
  return nothing{};
}

/// Runs a command of this program to its end; its lines are said. Gives its one object.
result<json::object, std::string> run_program(std::vector<std::string> command,
                                              const std::string& log, const talk& say) {
  say(fmt::format("ashlar {}", fmt::join(command, " ")));
  std::error_code ec;
  command.insert(command.begin(), std::filesystem::read_symlink("/proc/self/exe", ec).string());
  ASHLAR_TRY(auto program, child_process::start(command, log));
  std::string object, last;
  std::size_t told = 0;
  for (bool runs = true; runs;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    runs = program.is_running();
    ASHLAR_TRY(const bytes written, read_whole(log));
    const std::string text(written.begin(), written.end());
    for (auto end = text.find('\n', told); end != text.npos; end = text.find('\n', told)) {
      const std::string line = text.substr(told, end - told);
      told = end + 1;
      if (line.starts_with('{'))
        object = line;
      else
        say(last = line);
    }
  }
  if (program.exit_code() != 0) return fail(last);
  const json::value v = json::parse(object, ec);
  if (ec || !v.is_object()) return fail("`ashlar " + command[1] + "` gave no object: " + object);
  return v.get_object();
}

/// As the object of `ashlar escape` has it.
withdrawal_proof withdrawal_of(const json::object& message) {
  withdrawal_proof out;
  out.batch = message.at("batch").to_number<u64>();
  out.index = message.at("index").to_number<u32>();
  out.txn_number = message.at("txn_number").to_number<u16>();
  out.message = from_hex(message.at("message").as_string()).value();
  for (const json::value& sibling : message.at("proof").as_array())
    out.siblings.push_back(fixed_from_hex<32>(sibling.as_string()).value());
  return out;
}

/// Of the operator there is nothing left but what L1 has: the command is given what any user has.
result<std::vector<withdrawal_proof>, std::string> escape(const dev_stack& d, const user& who,
                                                          const talk& say) {
  ASHLAR_CHECK(settle_in(who, d));
  ASHLAR_TRY(
      const json::object done,
      run_program({"escape", "--json", "--l1", d.l1_endpoint, "--hub", to_hex(d.spec.ecosystem.hub),
                   "--chain-id", std::to_string(d.spec.config.chain_id), "--dir",
                   who.folder + "/work", "--key-file", who.key(), "--passphrase-file",
                   who.passphrase(), "--memory-mib", std::to_string(memory_mib)},
                  who.folder + "/log", say));
  try {
    if (done.at("outcome") != "settled") return fail(json::serialize(done));
    std::vector<withdrawal_proof> out;
    for (const json::value& message : done.at("messages").as_array())
      out.push_back(withdrawal_of(message.as_object()));
    return out;
  } catch (const std::exception& e) {  // a member that is missing, or of another kind
    return fail(std::string("`ashlar escape` gave another object: ") + e.what());
  }
}

}  // namespace

demo_surroundings::without_operator without_operator(dev_stack& d, const std::string& folder,
                                                     const talk& say) {
  const user who{folder + "/escape"};
  const talk within = [say](const std::string& line) { say("        " + line); };
  return {[&d, within] { return abandon(d, within); },
          [&d, who, within] { return escape(d, who, within); }};
}

}  // namespace ashlar::node
