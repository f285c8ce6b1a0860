#include "actors/node/process/last_words.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace ashlar::node {
namespace {

std::string why_thrown() {
  const auto thrown = std::current_exception();
  if (!thrown) return "an error without a name";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

[[noreturn]] void end() {
  std::fprintf(stderr, "ashlar: cannot go on: %s\n", why_thrown().c_str());
  std::fflush(stderr);
  std::_Exit(1);
}

}  // namespace

void end_uncaught_with_sentence() {
  std::set_terminate(end);
}

}  // namespace ashlar::node
