#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/frame.hpp"
#include "runtime/evm/gas.hpp"
#include "runtime/evm/precompiles.hpp"
#include "runtime/evm/proving_price.hpp"

namespace ashlar::evm {

std::optional<address> delegation_of(state& over, account_entry& e) noexcept {
  return e.now.code_size == delegation_bytes ? delegation_target(over.get_code(e)) : std::nullopt;
}

std::optional<address> delegation_target(bytes_view code) noexcept {
  if (code.size() != delegation_bytes || code[0] != 0xef || code[1] != 0x01 || code[2] != 0x00)
    return std::nullopt;
  return address::copy_of(code.data() + 3);
}

address create_address(const address& sender, u64 nonce) noexcept {
  u8 list[1 + 21 + 9];
  u8* p = list + 1;
  *p++ = 0x94;
  std::memcpy(p, sender.data(), 20);
  p += 20;
  if (nonce == 0) {
    *p++ = 0x80;
  } else if (nonce < 0x80) {
    *p++ = static_cast<u8>(nonce);
  } else {
    u8 be[8];
    store_be64(be, nonce);
    const unsigned n = (71 - static_cast<unsigned>(__builtin_clzll(nonce))) / 8;
    *p++ = static_cast<u8>(0x80 + n);
    std::memcpy(p, be + 8 - n, n);
    p += n;
  }
  const std::size_t size = static_cast<std::size_t>(p - list);
  list[0] = static_cast<u8>(0xc0 + size - 1);
  return address::copy_of(crypto::keccak256({list, size}).data() + 12);
}

address create2_address(const address& sender, const u256& salt, bytes_view initcode) noexcept {
  u8 b[1 + 20 + 32 + 32];
  b[0] = 0xff;
  std::memcpy(b + 1, sender.data(), 20);
  salt.to_be(b + 21);
  const hash256 h = crypto::keccak256(initcode);
  std::memcpy(b + 53, h.data(), 32);
  return address::copy_of(crypto::keccak256({b, sizeof b}).data() + 12);
}

namespace {

void transfer(state& over, const address& from, account_entry& to, const u256& value) noexcept {
  if (value.is_zero()) {
    over.touch(to);
    return;
  }
  if constexpr (cycle_meter::counts) over.meter().add(cycle_weight::value_transfer);
  account_entry& payer = over.load(from);
  over.set_balance(payer, payer.now.balance - value);
  over.set_balance(to, to.now.balance + value);
}

/// The (loaded) account whose code a call to this one runs.
account_entry& code_of(state& over, account_entry& callee) noexcept {
  const auto target = delegation_of(over, callee);
  return target ? over.load(*target) : callee;
}

frame_result run_frame(execution& run, const message& msg, const code& program, account_entry& self,
                       bytes_view calldata) noexcept {
  frame_arena& arena = run.over.space().frames;
  if (!run.over.has_frame_room(arena.held() + frame_stack_bytes))
    return {halt_reason::memory_limit, 0, {}};
  if (run.over.meter().is_over()) return {halt_reason::proving_limit, 0, {}};
  const frame_arena::place before = arena.now();
  u256* const stack = reinterpret_cast<u256*>(arena.open(frame_stack_bytes));
  evm::memory memory(arena);
  frame f{run, msg, program, self, stack, memory, calldata};
  f.gas_left = static_cast<i64>(msg.gas);
  interpret(f);
  arena.close(before);
  return {f.reason, f.gas_left, f.output};
}

/// Ethereum's gas, or what proving the call is worth where that is more.
u64 cost_of(precompile which, const block_env& env, bytes_view input) noexcept {
  const u64 gas = precompile_gas(which, env.rev, input);
  if (env.proving_cycles_per_gas == 0) return gas;
  const u64 each = env.proving_cycles_per_gas;
  return std::max(gas, (proving_cycles(which, input) + each - 1) / each);
}

frame_result call_unobserved(execution& run, const message& msg) noexcept {
  state& over = run.over;
  const state::snapshot before = over.mark();
  account_entry& callee = over.load(msg.code_address);
  if (msg.kind == call_kind::call) transfer(over, msg.sender, callee, msg.value);

  frame_result r{halt_reason::success, static_cast<i64>(msg.gas), {}};
  if (const precompile which = find_precompile(msg.code_address, run.env.rev);
      which != precompile::none) {
    const u64 cost = cost_of(which, run.env, msg.input);
    if constexpr (cycle_meter::counts)
      if (cost <= msg.gas) over.meter().add(proving_cycles(which, msg.input));
    if (over.meter().is_over())
      r = {halt_reason::proving_limit, 0, {}};
    else
      r = run_precompile(which, cost, msg.input, static_cast<i64>(msg.gas), over.space().output);
  } else if (account_entry& from = code_of(over, callee); from.now.has_code()) {
    account_entry& self = msg.recipient == msg.code_address ? callee : over.load(msg.recipient);
    // The code is the caller's to hold: half of a reserve would not hold the largest.
    if (over.hold_code(from)) {
      const state::callee_share share(over, msg.depth);
      r = run_frame(run, msg, over.program(from), self, msg.input);
    } else {
      r = {halt_reason::memory_limit, 0, {}};
    }
  }
  if (r.reason != halt_reason::success) over.revert(before);
  return r;
}

u64 memory_of_new_code(std::size_t bytes) noexcept {
  return bytes == 0 ? 0 : memory_weight::code + memory_weight::new_code_byte * bytes;
}

creation_result create_unobserved(execution& run, const message& msg, const address& at) noexcept {
  state& over = run.over;
  account_entry& self = over.load(at);
  if (over.is_occupied(self)) return {halt_reason::create_collision, 0, {}, at};
  if (!over.try_hold(memory_weight::code + memory_weight::initcode_byte * msg.input.size()))
    return {halt_reason::memory_limit, 0, {}, at};
  const state::callee_share share(over, msg.depth);
  const state::snapshot before = over.mark();
  over.set_created(self);
  over.set_nonce(self, 1);
  transfer(over, msg.sender, self, msg.value);

  code& initcode = over.space().initcode_at(msg.depth);
  initcode.assign(msg.input);
  frame_result r = run_frame(run, msg, initcode, self, {});
  if (r.reason == halt_reason::success) {
    const i64 deposit = gas::code_byte * static_cast<i64>(r.output.size());
    if (r.output.size() > gas::code_bytes_max)
      r = {halt_reason::code_too_large, 0, {}};
    else if (!r.output.empty() && r.output[0] == 0xef)
      r = {halt_reason::code_prefix, 0, {}};
    else if (r.gas_left < deposit)
      r = {halt_reason::out_of_gas, 0, {}};
    else if (!over.try_hold(memory_of_new_code(r.output.size())))
      r = {halt_reason::memory_limit, 0, {}};
    else {
      r.gas_left -= deposit;
      if (!r.output.empty()) over.set_code(self, r.output);
    }
  }
  if (r.reason != halt_reason::success) over.revert(before);
  return {r.reason, r.gas_left, r.output, at};
}

}  // namespace

frame_result execute_message(execution& run, const message& msg) noexcept {
  if (run.observer == nullptr) return call_unobserved(run, msg);
  run.observer->on_enter(msg);
  const frame_result r = call_unobserved(run, msg);
  run.observer->on_exit(msg, r.reason, static_cast<u64>(r.gas_left), r.output);
  return r;
}

creation_result execute_creation(execution& run, const message& msg, const address& at) noexcept {
  if (run.observer == nullptr) return create_unobserved(run, msg, at);
  run.observer->on_enter(msg);
  const creation_result r = create_unobserved(run, msg, at);
  run.observer->on_exit(msg, r.reason, static_cast<u64>(r.gas_left), r.output);
  return r;
}

}  // namespace ashlar::evm
