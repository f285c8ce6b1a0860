#include "actors/node/chain/restore.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/patient_l1.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {

int run_restore(const restore_command& c) {
  const auto connected = connect_patiently(c.l1_endpoint);
  if (!connected) {
    fmt::print(stderr, "ashlar: {}\n", connected.error());
    return 2;
  }
  l1::client& client = **connected;
  const auto spec = read_chain(c.chain, client);
  if (!spec) {
    fmt::print(stderr, "ashlar: {}\n", spec.error().text);
    return spec.error().is_usage ? 2 : 1;
  }
  const batch_number last{c.batch == 0 ? ~u64{0} : c.batch};
  const auto done = restore_from_l1(client, *spec, last, [](batch_number n) {
    fmt::print(stderr, "ashlar: batch {} restored\n", n.value);
  });
  if (!done) {
    fmt::print(stderr, "ashlar: {}\n", done.error());
    return 1;
  }
  if (c.batch != 0 && done->last_batch != last) {
    fmt::print(stderr, "ashlar: batch {} is not committed, {} is the last\n", c.batch,
               done->last_batch.value);
    return 1;
  }
  const boost::json::object out{{"batch", done->last_batch.value},
                                {"block", done->state.last_block.value},
                                {"accounts", done->accounts},
                                {"leaves", done->state.leaf_count},
                                {"tree_root", to_hex(done->state.tree_root)},
                                {"state_commitment", to_hex(state_commitment(done->state))}};
  fmt::print("{}\n", boost::json::serialize(out));
  return 0;
}

}  // namespace ashlar::node
