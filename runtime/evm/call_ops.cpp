#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/instructions.hpp"

// CALL and CREATE with their kin, as instructions. What happens inside is in message.cpp.

namespace ashlar::evm {

namespace {

constexpr bool has_value(call_kind kind) noexcept {
  return kind == call_kind::call || kind == call_kind::callcode;
}

/// EIP-7702: a call to a delegating account also pays for the access to the target.
i64 pay_delegation(frame& f, i64 gas, account_entry& callee) noexcept {
  const auto target = delegation_of(f.over(), callee);
  if (!target) return gas;
  gas -= gas::warm;
  if (gas < 0) return halt(f, halt_reason::out_of_gas);
  return access(f, gas, *target) != nullptr ? gas : -1;
}

struct call_arguments {
  const u256 &gas, &callee, &value, &in_offset, &in_size, &out_offset, &out_size;
};

/// What the call costs beyond its warm price and the gas it passes on; `callee` is then loaded.
i64 pay_call(frame& f, i64 gas, call_kind kind, const call_arguments& a,
             account_entry*& callee) noexcept {
  if ((gas = need_memory(f, gas, a.in_offset, a.in_size)) < 0) return gas;
  if ((gas = need_memory(f, gas, a.out_offset, a.out_size)) < 0) return gas;
  if ((callee = access(f, gas, to_address(a.callee))) == nullptr) return -1;
  const bool sends = has_value(kind) && !a.value.is_zero();
  if (sends && (gas -= gas::call_value) < 0) return halt(f, halt_reason::out_of_gas);
  const bool is_empty = f.over().load(*callee).now.is_empty();
  if (kind == call_kind::call && sends && is_empty && (gas -= gas::new_account) < 0)
    return halt(f, halt_reason::out_of_gas);
  // For the transfer, or the touch of what is empty.
  if (kind == call_kind::call && (sends || is_empty) && !f.over().has_room())
    return halt(f, halt_reason::memory_limit);
  return pay_delegation(f, gas, *callee);
}

bytes_view memory_view(frame& f, const u256& offset, const u256& size) noexcept {
  return size.is_zero() ? bytes_view{}
                        : bytes_view{f.memory + offset.low(), static_cast<std::size_t>(size.low())};
}

message make_call(const frame& f, call_kind kind, const account_entry& callee, const u256& value,
                  u64 gas) noexcept {
  message m;
  m.kind = kind;
  m.is_static = f.msg.is_static || kind == call_kind::staticcall;
  m.depth = f.msg.depth + 1;
  m.gas = gas;
  m.code_address = callee.who;
  const bool own_storage = kind == call_kind::callcode || kind == call_kind::delegatecall;
  m.recipient = own_storage ? f.msg.recipient : callee.who;
  m.sender = kind == call_kind::delegatecall ? f.msg.sender : f.msg.recipient;
  m.value = kind == call_kind::delegatecall ? f.msg.value : value;
  return m;
}

i64 do_any_call(frame& f, u256* top, i64 gas, call_kind kind) noexcept {
  static const u256 no_value;
  const int skip = has_value(kind) ? 1 : 0;
  const u256* rest = top - 2 - skip;
  const call_arguments a{top[0],   top[-1], skip ? top[-2] : no_value, rest[0], rest[-1],
                         rest[-2], rest[-3]};
  const bool sends = !a.value.is_zero();
  if (kind == call_kind::call && sends && f.msg.is_static)
    return halt(f, halt_reason::static_violation);
  account_entry* callee = nullptr;
  if ((gas = pay_call(f, gas, kind, a, callee)) < 0) return gas;

  // EIP-150: all but one 64th at most.
  const i64 most = gas - gas / 64;
  const i64 wanted = a.gas.fits_u64() && a.gas.low() < static_cast<u64>(most)
                         ? static_cast<i64>(a.gas.low())
                         : most;
  f.return_data = {};
  u256& result = top[-5 - skip];
  const i64 stipend = sends ? gas::call_stipend : 0;
  if (f.msg.depth >= call_depth_max || (sends && f.self.now.balance < a.value)) {
    result = u256{};
    return gas + stipend;
  }
  message m = make_call(f, kind, *callee, a.value, static_cast<u64>(wanted + stipend));
  m.input = memory_view(f, a.in_offset, a.in_size);
  const frame_result r = execute_message(f.run, m);
  if (f.meter().is_over()) return halt(f, halt_reason::proving_limit);
  if (!f.over().has_output_room(r.output.size())) return halt(f, halt_reason::memory_limit);
  // Taken out of the callee's memory.
  if constexpr (cycle_meter::counts)
    f.meter().add(copy_weight(nullptr, r.output.data(), r.output.size()));
  f.return_data = f.over().space().keep(r.output);
  if (const u64 n = std::min<u64>(a.out_size.fits_u64() ? a.out_size.low() : 0, r.output.size())) {
    if constexpr (cycle_meter::counts)
      f.meter().add(copy_weight(f.memory + a.out_offset.low(), r.output.data(), n));
    std::memcpy(f.memory + a.out_offset.low(), r.output.data(), static_cast<std::size_t>(n));
  }
  result = u64{r.reason == halt_reason::success};
  return gas - wanted + r.gas_left;
}

i64 do_any_create(frame& f, u256* top, i64 gas, call_kind kind) noexcept {
  if (f.msg.is_static) return halt(f, halt_reason::static_violation);
  const bool salted = kind == call_kind::create2;
  if ((gas = need_memory(f, gas, top[-1], top[-2])) < 0) return gas;
  const u64 size = top[-2].low();
  if (size > gas::initcode_bytes_max) return halt(f, halt_reason::out_of_gas);
  gas -=
      (gas::initcode_word + (salted ? gas::keccak_word : 0)) * static_cast<i64>(gas::words(size));
  if (gas < 0) return halt(f, halt_reason::out_of_gas);

  const u256 value = top[0];
  const u256 salt = salted ? top[-3] : u256{};
  const bytes_view initcode = memory_view(f, top[-1], top[-2]);
  u256& result = top[salted ? -3 : -2];
  f.return_data = {};
  if constexpr (cycle_meter::counts)
    f.meter().add(cycle_weight::initcode_byte * size + (salted ? keccak_weight(size) : 0));
  state& over = f.over();
  account_entry& self = f.self;
  const u64 nonce = self.now.nonce;
  if (f.msg.depth >= call_depth_max || self.now.balance < value || nonce == ~u64{0}) {
    result = u256{};
    return gas;
  }
  const address at =
      salted ? create2_address(self.who, salt, initcode) : create_address(self.who, nonce);
  if (!over.has_room_for(over.find(at))) return halt(f, halt_reason::memory_limit);
  over.set_nonce(self, nonce + 1);
  over.warm(over.entry(at));

  message m;
  m.kind = kind;
  m.depth = f.msg.depth + 1;
  m.gas = static_cast<u64>(gas - gas / 64);
  m.sender = self.who;
  m.recipient = m.code_address = at;
  m.value = value;
  m.input = initcode;
  m.salt = salt;
  const creation_result r = execute_creation(f.run, m, at);
  if (f.meter().is_over()) return halt(f, halt_reason::proving_limit);
  if (r.reason == halt_reason::revert) {
    if (!f.over().has_output_room(r.output.size())) return halt(f, halt_reason::memory_limit);
    // Taken out of the callee's memory.
    if constexpr (cycle_meter::counts)
      f.meter().add(copy_weight(nullptr, r.output.data(), r.output.size()));
    f.return_data = f.over().space().keep(r.output);
  }
  result = r.reason == halt_reason::success ? to_word(at) : u256{};
  return gas / 64 + r.gas_left;
}

}  // namespace

i64 do_call(frame& f, u256* top, i64 gas) noexcept {
  return do_any_call(f, top, gas, call_kind::call);
}
i64 do_callcode(frame& f, u256* top, i64 gas) noexcept {
  return do_any_call(f, top, gas, call_kind::callcode);
}
i64 do_delegatecall(frame& f, u256* top, i64 gas) noexcept {
  return do_any_call(f, top, gas, call_kind::delegatecall);
}
i64 do_staticcall(frame& f, u256* top, i64 gas) noexcept {
  return do_any_call(f, top, gas, call_kind::staticcall);
}
i64 do_create(frame& f, u256* top, i64 gas) noexcept {
  return do_any_create(f, top, gas, call_kind::create);
}
i64 do_create2(frame& f, u256* top, i64 gas) noexcept {
  return do_any_create(f, top, gas, call_kind::create2);
}

}  // namespace ashlar::evm
