#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/array.hpp>

#include "net/http/worker_pool.hpp"
#include "net/rpc/error.hpp"
#include "net/rpc/filters.hpp"
#include "net/rpc/params.hpp"
#include "net/rpc/processor.hpp"
#include "net/rpc/subscriptions.hpp"

/// Internal to net/rpc: one JSON-RPC method and what it sees.
namespace ashlar::rpc {

/// What methods use.
struct services {
  const rpc_config& config;
  backend& chain;
  const clock& time;
  random_source& random;
  filter_store& filters;
  subscription_hub& hub;
};

/// One request under way. `args` has min..max elements, see `method`.
struct call_in {
  services& s;
  const context& from;
  const json::array& args;
  /// Subscriptions to activate once the answer is on its way.
  std::vector<fixed_bytes<16>>& activate;

  bool has(std::size_t i) const { return i < args.size() && !args[i].is_null(); }
  /// The argument, JSON null where it is absent.
  const json::value& at(std::size_t i) const;
  template <class Decode>
  auto get(std::size_t i, Decode decode) const
      -> result<typename decltype(decode(at(i)))::value_type, rpc_error> {
    auto got = decode(at(i));
    if (!got) return fail(invalid_argument(i, got.error()));
    return std::move(*got);
  }
};

using outcome = status<rpc_error>;

/// Gas that one request ran, owed by its client when the bill goes.
class gas_bill {
 public:
  explicit gas_bill(const call_in& in) : in_(in) {}
  gas_bill(const gas_bill&) = delete;
  ~gas_bill();
  call_limits limits() noexcept;

 private:
  const call_in& in_;
  u64 gas_ = 0;
};

struct method {
  /// Appends the result's JSON text, or fails (then what it appended is cut off).
  outcome (*run)(const call_in& in, std::string& out);
  std::size_t args_min = 0;
  std::size_t args_max = 0;
  u64 cost = 1;  ///< tokens of the client's bucket
  http::lane where = http::lane::quick;
};
using method_table = std::unordered_map<std::string_view, method>;

void add_chain_methods(method_table& to);
void add_state_methods(method_table& to);
void add_call_methods(method_table& to);
void add_filter_methods(method_table& to);
void add_settlement_methods(method_table& to);

/// The block that an id names now; the error is geth's where there is none.
result<block_number, rpc_error> resolve(services& s, const block_id& id);
/// Null where there is none.
sealed_block_ptr find_block(services& s, const block_id& id);
/// Argument i as a block id (latest when absent), resolved.
result<block_number, rpc_error> block_argument(const call_in& in, std::size_t i);

}  // namespace ashlar::rpc
