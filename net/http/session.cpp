#include "net/http/session.hpp"

#include <algorithm>
#include <chrono>

namespace ashlar::http {

namespace asio = boost::asio;

void session_registry::put(u64 id, std::shared_ptr<session> s) {
  const std::lock_guard lock(mutex_);
  open_[id] = std::move(s);
}

void session_registry::remove(u64 id) {
  const std::lock_guard lock(mutex_);
  open_.erase(id);
  if (open_.empty()) empty_.notify_all();
}

std::vector<std::shared_ptr<session>> session_registry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<session>> out;
  for (const auto& [id, s] : open_) out.push_back(s);
  return out;
}

bool session_registry::wait_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, limit, [&] { return open_.empty(); });
}

void session_registry::clear() {
  std::unordered_map<u64, std::shared_ptr<session>> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(open_);
}

bool server_parts::origin_allowed(std::string_view origin) const {
  return std::any_of(config.origins_allowed.begin(), config.origins_allowed.end(),
                     [&](const std::string& o) { return o == "*" || o == origin; });
}

rate_limiter::time steady_now() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch();
}

address_key key_of(const asio::ip::address& a) noexcept {
  address_key key;
  if (a.is_v4() || a.to_v6().is_v4_mapped()) {
    const auto v4 =
        a.is_v4() ? a.to_v4() : asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
    key[10] = key[11] = 0xff;
    const auto raw = v4.to_bytes();
    std::copy(raw.begin(), raw.end(), key.begin() + 12);
  } else {
    const auto raw = a.to_v6().to_bytes();
    std::copy(raw.begin(), raw.begin() + 8, key.begin());
    key[8] = 1;  // ::/64 is not the zero key, which is the process itself
  }
  return key;
}

request session::make_request(std::string body, byte_hold held) {
  parts_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  parts_.counters.bytes_in.fetch_add(body.size(), std::memory_order_relaxed);
  request out;
  held.shrink_to(request_bytes + body.size());
  out.body = std::move(body);
  out.held = std::move(held);
  out.address = identity_.address;
  out.who = identity_.who;
  out.connection = identity_.id;
  out.charge = [open = parts_.open_gate, parts = &parts_, who = identity_.who](u64 cost) {
    const std::shared_lock lock(open->mutex);
    if (!open->open) return false;
    if (parts->limiter.take(who, cost, steady_now())) return true;
    parts->counters.rate_limited.fetch_add(1, std::memory_order_relaxed);
    return false;
  };
  out.owe = [open = parts_.open_gate, parts = &parts_, who = identity_.who](u64 cost) {
    const std::shared_lock lock(open->mutex);
    if (open->open) parts->limiter.owe(who, cost, steady_now());
  };
  return out;
}

responder session::make_responder() {
  return responder([open = parts_.open_gate, weak = weak_from_this()](answer what) {
    const std::shared_lock lock(open->mutex);
    if (!open->open) return;
    if (auto self = weak.lock()) {
      session& s = *self;
      asio::post(s.executor(), [self = std::move(self), what = std::move(what)]() mutable {
        self->on_answer(std::move(what));
      });
    }
  });
}

answer session::no_room() {
  parts_.counters.overloaded.fetch_add(1, std::memory_order_relaxed);
  return {503,
          "application/json",
          parts_.to.error_body(503, "limit exceeded: requests and answers hold too many bytes"),
          1,
          {}};
}

void session::dispatch(request what) {
  responder to = make_responder();
  auto held = std::make_shared<request>(std::move(what));
  const bool taken = parts_.pool.post(
      lane::quick, [to, held, &service = parts_.to] { service.on_request(std::move(*held), to); },
      identity_.who);
  if (taken) return;
  parts_.counters.overloaded.fetch_add(1, std::memory_order_relaxed);
  to.send({503,
           "application/json",
           parts_.to.error_body(503, "server is overloaded, try again"),
           1,
           {}});
}

}  // namespace ashlar::http
