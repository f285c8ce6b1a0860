#pragma once

#include <memory>
#include <optional>

#include "net/l1/client.hpp"

namespace ashlar::test {

/// The end of a process, in the middle of a step.
struct killed {};

/// Requests to L1, of which one kills, before or after L1 has seen it.
class cut_transport final : public l1::transport {
 public:
  struct plan {
    u64 count = 0;
    std::optional<u64> kill_at;
    bool after = false;
  };
  cut_transport(std::unique_ptr<l1::transport> inner, plan& p)
      : inner_(std::move(inner)), plan_(p) {}

  l1::l1_result<std::string> post(const std::string& body) override {
    const bool dies = plan_.kill_at == plan_.count++;
    if (dies && !plan_.after) throw killed{};
    auto answer = inner_->post(body);
    if (dies) throw killed{};
    return answer;
  }

 private:
  std::unique_ptr<l1::transport> inner_;
  plan& plan_;
};

}  // namespace ashlar::test
