#include "test/solidity/guest_verdict.hpp"

#include "test/support/guest_file.hpp"

namespace ashlar::stark {

guest_verifier::guest_verifier(const char* program, const l1_machine& machine,
                               const hash256& set_root)
    : program_(test::guest_program(program)), set_root_(set_root) {
  const verifying_key& key = machine.key.key;
  head_.assign(key.fixed_height_log2.begin(), key.fixed_height_log2.end());
  head_.insert(head_.end(), key.fixed_root.begin(), key.fixed_root.end());
}

bool guest_verifier::accepts(const hash256& list, bytes_view proof) const {
  bytes input = head_;
  for (const hash256* of : {&list, &set_root_}) input.insert(input.end(), of->begin(), of->end());
  input.insert(input.end(), proof.begin(), proof.end());
  std::vector<u32> words = {static_cast<u32>(input.size())};
  input.resize((input.size() + 3) / 4 * 4);
  for (std::size_t at = 0; at < input.size(); at += 4)
    words.push_back(load_le32(input.data() + at));
  const auto run = riscv::run(program_, words, {u64{1} << 30});
  ensure(run.ok());
  ensure(run->exit_code == 0 || run->exit_code == 3 || run->exit_code >= 16);
  return run->exit_code == 0;
}

}  // namespace ashlar::stark
