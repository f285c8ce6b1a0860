#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "net/l1/client.hpp"

namespace ashlar::test {

/// Plain JSON-RPC to one endpoint. The error: none where no answer came (the node is gone), else
/// what it said.
class rpc_session {
 public:
  explicit rpc_session(const std::string& endpoint);

  struct refusal {
    bool is_answer = false;  ///< JSON-RPC said so; otherwise the connection failed
    std::string text;
  };
  result<boost::json::value, refusal> call(std::string_view method, boost::json::array params);
  /// One JSON-RPC batch; the answers in the order of `params`. Refusals inside come as null.
  result<std::vector<boost::json::value>, refusal> call_many(
      std::string_view method, const std::vector<boost::json::array>& params);

 private:
  result<boost::json::value, refusal> post(const boost::json::value& body);
  std::unique_ptr<l1::transport> transport_;
};

/// Members of an answer. Throw rig_error where they are not of that form.
u64 number_in(const boost::json::object& o, std::string_view name);
hash256 hash_in(const boost::json::object& o, std::string_view name);

}  // namespace ashlar::test
