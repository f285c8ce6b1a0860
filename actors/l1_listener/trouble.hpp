#pragma once

#include <optional>
#include <string>
#include <utility>

#include "net/l1/error.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::l1_listener {

/// What ends a round early: the endpoint or a store.
struct trouble {
  std::optional<store::error> store;
  l1::l1_error l1;

  trouble(store::error e) : store(std::move(e)) {}  // NOLINT: errors convert
  trouble(l1::l1_error e) : l1(std::move(e)) {}     // NOLINT: errors convert

  bool is_fatal() const noexcept { return store && store->is_fatal(); }
  std::string text() const {
    if (store) return to_text(*store);
    return std::string("L1 endpoint: ") + to_text(l1.code) + ": " + l1.text;
  }
};

/// The endpoint says what cannot be.
inline trouble inconsistent(std::string what) {
  return trouble(l1::l1_error{l1::l1_error_code::malformed, std::move(what), 0, {}});
}

/// A change that stopped half-way: memory and disk may differ, so the process has to end.
inline trouble ending(const store::error& e) {
  if (e.is_fatal()) return trouble(e);
  return trouble(store::error{store::error_code::write_failed, 0, 0, to_text(e)});
}

template <class T>
using sure = result<T, trouble>;
using outcome = sure<nothing>;

}  // namespace ashlar::l1_listener
