#include "net/http/service.hpp"

#include <atomic>

namespace ashlar::http {

struct responder::state {
  explicit state(sink to) : to_(std::move(to)) {}
  ~state() {
    if (!sent_.exchange(true)) to_({500, "text/plain", "internal error", 0, {}});
  }
  void send(answer what) {
    if (!sent_.exchange(true)) to_(std::move(what));
  }
  sink to_;
  std::atomic<bool> sent_{false};
};

responder::responder(sink to) : state_(std::make_shared<state>(std::move(to))) {}

void responder::send(answer what) const {
  if (state_) state_->send(std::move(what));
}

}  // namespace ashlar::http
