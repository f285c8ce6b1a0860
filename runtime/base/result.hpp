#pragma once

#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/base/ensure.hpp"

namespace ashlar {

/// Wraps an error so that it converts to any `result<T, E>`: `return fail(rlp_error::too_short);`
template <class E>
struct failure {
  E error;
};

template <class E>
failure<std::decay_t<E>> fail(E&& error) {
  return {std::forward<E>(error)};
}

struct nothing {
  friend constexpr bool operator==(nothing, nothing) = default;
};

/// A value or the reason there is none. E is the module's error: an enum, or a struct of an enum
/// with what was expected and got. Guest-safe: throws nothing; `value()` on an error is a
/// programmer error and ends the process.
template <class T, class E>
class [[nodiscard]] result {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
  requires std::is_convertible_v<U&&, T> result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  template <class F>
  requires std::is_convertible_v<F&&, E> result(failure<F> f)
      : state_(std::in_place_index<1>, std::move(f.error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { return *checked(); }
  const T& value() const& { return *const_cast<result*>(this)->checked(); }
  T&& value() && { return std::move(*checked()); }
  T& operator*() & { return *checked(); }
  const T& operator*() const& { return *const_cast<result*>(this)->checked(); }
  T&& operator*() && { return std::move(*checked()); }
  T* operator->() { return checked(); }
  const T* operator->() const { return const_cast<result*>(this)->checked(); }

  const E& error() const& {
    ensure(!ok());
    return *std::get_if<1>(&state_);
  }
  E&& error() && {
    ensure(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  template <class U>
  T value_or(U&& other) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  T* checked() {
    ensure(ok());
    return std::get_if<0>(&state_);
  }
  std::variant<T, E> state_;
};

/// A result that carries no value.
template <class E>
using status = result<nothing, E>;

}  // namespace ashlar

#define ASHLAR_CONCAT_(a, b) a##b
#define ASHLAR_CONCAT(a, b) ASHLAR_CONCAT_(a, b)
#define ASHLAR_TRY_(tmp, decl, expression)                      \
  auto tmp = (expression);                                      \
  if (!tmp.ok()) return ::ashlar::fail(std::move(tmp).error()); \
  decl = std::move(tmp).value()

/// `ASHLAR_TRY(auto x, f());` binds the value, or returns the error from the enclosing function.
#define ASHLAR_TRY(decl, expression) \
  ASHLAR_TRY_(ASHLAR_CONCAT(ashlar_try_, __LINE__), decl, expression)
/// `ASHLAR_CHECK(f());` returns the error from the enclosing function, drops the value.
#define ASHLAR_CHECK(expression)                            \
  if (auto ashlar_check = (expression); !ashlar_check.ok()) \
  return ::ashlar::fail(std::move(ashlar_check).error())
