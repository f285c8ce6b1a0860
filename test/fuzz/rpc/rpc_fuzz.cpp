// One JSON-RPC body, as it comes from a stranger, through the whole processor over a chain in
// memory: decoding, dispatch, every method, encoding.
#include "net/rpc/processor.hpp"
#include "test/unit/rpc/memory_backend.hpp"

namespace {

struct target {
  ashlar::rpc::test::memory_backend chain;
  ashlar::rpc::test::manual_clock time;
  ashlar::rpc::test::counting_random random;
  ashlar::rpc::processor rpc{ashlar::rpc::rpc_config{.filters_max = 1000}, chain, time, random,
                             nullptr};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  static target t;
  t.chain.submitted.clear();
  t.chain.submissions.clear();
  ashlar::rpc::handle(t.rpc, {reinterpret_cast<const char*>(bytes), size});
  return 0;
}
