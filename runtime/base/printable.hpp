#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace ashlar {

/// What a stranger says (a worker, an endpoint of L1, a contract), as it may go to terminals, logs
/// and stores: the first `bytes_max` bytes of it, one line, '?' for what is not plain ASCII.
inline std::string printable(std::string_view text, std::size_t bytes_max) {
  std::string out(text.substr(0, bytes_max));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace ashlar
