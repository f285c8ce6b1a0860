#pragma once

#include <optional>
#include <string>

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

template <class T>
using sure = result<T, trouble>;
using outcome = sure<nothing>;

}  // namespace ashlar::l1_listener
