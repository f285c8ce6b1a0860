#include "runtime/evm/instructions.hpp"
#include "runtime/evm/precompiles.hpp"

// Accounts, storage, logs and self-destruction. Gas is always paid before the state is read, so
// that what runs out of gas has touched nothing it did not pay for.

namespace ashlar::evm {

account_entry* access(frame& f, i64& gas, const address& who, i64 cold) noexcept {
  state& over = f.over();
  account_entry* const known = over.find(who);
  if (known != nullptr && over.is_warm(*known)) return known;
  if (!is_precompile(who, f.env().rev) && (gas -= cold) < 0) {
    halt(f, halt_reason::out_of_gas);
    return nullptr;
  }
  if (!over.has_room_for(known)) {
    halt(f, halt_reason::memory_limit);
    return nullptr;
  }
  account_entry& e = known != nullptr ? *known : over.entry(who);
  over.use(e);
  over.warm(e);
  return &e;
}

slot_entry* access_slot(frame& f, i64& gas, const u256& key, i64 cold) noexcept {
  state& over = f.over();
  slot_entry* const known = over.find(f.self, key);
  if (known != nullptr && over.is_warm(*known)) return known;
  if ((gas -= cold) < 0) {
    halt(f, halt_reason::out_of_gas);
    return nullptr;
  }
  if (!over.has_room_for(known)) {
    halt(f, halt_reason::memory_limit);
    return nullptr;
  }
  slot_entry& s = known != nullptr ? *known : over.slot(f.self, key);
  over.use(s);
  over.warm(s);
  return &s;
}

i64 do_balance(frame& f, u256* top, i64 gas) noexcept {
  account_entry* const e = access(f, gas, to_address(*top));
  if (e == nullptr) return -1;
  *top = f.over().load(*e).now.balance;
  return gas;
}

i64 do_extcodesize(frame& f, u256* top, i64 gas) noexcept {
  account_entry* const e = access(f, gas, to_address(*top));
  if (e == nullptr) return -1;
  *top = u64{f.over().load(*e).now.code_size};
  return gas;
}

i64 do_extcodehash(frame& f, u256* top, i64 gas) noexcept {
  account_entry* const e = access(f, gas, to_address(*top));
  if (e == nullptr) return -1;
  const account& a = f.over().load(*e).now;
  *top = a.is_empty() ? u256{} : u256::from_be(a.code_hash);
  return gas;
}

i64 do_blockhash(frame& f, u256* top, i64 gas) noexcept {
  const block_env& env = f.env();
  const bool known = top->fits_u64() && top->low() < env.number && env.number - top->low() <= 256 &&
                     env.hashes != nullptr;
  *top = known ? u256::from_be(env.hashes->hash_of(top->low())) : u256{};
  return gas;
}

i64 do_blobhash(frame& f, u256* top, i64 gas) noexcept {
  const auto hashes = f.run.blob_hashes;
  *top = top->fits_u64() && top->low() < hashes.size()
             ? u256::from_be(hashes[static_cast<std::size_t>(top->low())])
             : u256{};
  return gas;
}

i64 do_sload(frame& f, u256* top, i64 gas) noexcept {
  slot_entry* const s = access_slot(f, gas, *top, gas::cold_slot_extra);
  if (s == nullptr) return -1;
  *top = f.over().read(*s);
  return gas;
}

i64 do_sstore(frame& f, u256* top, i64 gas) noexcept {
  if (f.msg.is_static) return halt(f, halt_reason::static_violation);
  if (gas <= gas::sstore_sentry) return halt(f, halt_reason::out_of_gas);
  state& over = f.over();
  slot_entry* const found = access_slot(f, gas, top[0], gas::cold_slot);
  if (found == nullptr) return -1;
  slot_entry& s = *found;
  const u256& next = top[-1];
  const u256 now = over.read(s);
  const u256& original = s.original;

  // EIP-2200 with the prices of EIP-2929 and the refunds of EIP-3529.
  if (now == next) {
    gas -= gas::warm;
    return gas < 0 ? halt(f, halt_reason::out_of_gas) : gas;
  }
  i64 cost = gas::warm, refund = 0;
  if (original == now) {
    cost = original.is_zero() ? gas::sstore_set : gas::sstore_reset;
    if (next.is_zero()) refund = gas::sstore_clear_refund;
  } else {
    if (!original.is_zero()) {
      if (now.is_zero()) refund -= gas::sstore_clear_refund;
      if (next.is_zero()) refund += gas::sstore_clear_refund;
    }
    if (original == next)
      refund += (original.is_zero() ? gas::sstore_set : gas::sstore_reset) - gas::warm;
  }
  if ((gas -= cost) < 0) return halt(f, halt_reason::out_of_gas);
  if (!over.has_room()) return halt(f, halt_reason::memory_limit);
  over.add_refund(refund);
  over.set_storage(s, next);
  return gas;
}

i64 do_tload(frame& f, u256* top, i64 gas) noexcept {
  *top = f.over().get_transient(f.self, *top);
  return gas;
}

i64 do_tstore(frame& f, u256* top, i64 gas) noexcept {
  if (f.msg.is_static) return halt(f, halt_reason::static_violation);
  if (!f.over().has_room()) return halt(f, halt_reason::memory_limit);
  f.over().set_transient(f.self, top[0], top[-1]);
  return gas;
}

namespace {

i64 do_log(frame& f, const u256* top, i64 gas, unsigned topics) noexcept {
  if (f.msg.is_static) return halt(f, halt_reason::static_violation);
  if ((gas = need_memory(f, gas, top[0], top[-1])) < 0) return gas;
  const u64 size = top[-1].low();
  if ((gas -= gas::log_byte * static_cast<i64>(size)) < 0) return halt(f, halt_reason::out_of_gas);
  if (!f.over().try_hold(memory_weight::log + memory_weight::log_byte * (size + 32 * topics)))
    return halt(f, halt_reason::memory_limit);
  if constexpr (cycle_meter::counts) f.meter().add(cycle_weight::log_byte * size);
  if (is_stopped(f, size)) return halt(f, halt_reason::proving_limit);
  log_entry entry{f.self.who, {}, {}};
  entry.topics.reserve(topics);
  for (unsigned i = 0; i < topics; ++i)
    entry.topics.push_back(top[-2 - static_cast<int>(i)].to_be());
  if (size != 0) {
    const u8* from = f.memory + top[0].low();
    entry.data.assign(from, from + size);
  }
  f.over().add_log(std::move(entry));
  return gas;
}

}  // namespace

i64 do_log0(frame& f, u256* top, i64 gas) noexcept {
  return do_log(f, top, gas, 0);
}
i64 do_log1(frame& f, u256* top, i64 gas) noexcept {
  return do_log(f, top, gas, 1);
}
i64 do_log2(frame& f, u256* top, i64 gas) noexcept {
  return do_log(f, top, gas, 2);
}
i64 do_log3(frame& f, u256* top, i64 gas) noexcept {
  return do_log(f, top, gas, 3);
}
i64 do_log4(frame& f, u256* top, i64 gas) noexcept {
  return do_log(f, top, gas, 4);
}

i64 do_selfdestruct(frame& f, u256* top, i64 gas) noexcept {
  if (f.msg.is_static) return halt(f, halt_reason::static_violation);
  state& over = f.over();
  // Unlike elsewhere the static gas holds no warm access: a cold heir costs the full price.
  account_entry* const found = access(f, gas, to_address(*top), gas::cold_account);
  if (found == nullptr) return -1;
  account_entry& heir = over.load(*found);
  const u256 balance = f.self.now.balance;
  if (!balance.is_zero() && heir.now.is_empty() && (gas -= gas::new_account) < 0)
    return halt(f, halt_reason::out_of_gas);
  if (!over.has_room()) return halt(f, halt_reason::memory_limit);

  // EIP-6780: only what this transaction created is destroyed; the balance always moves, and a
  // contract that is its own heir burns it only where it is destroyed.
  const bool destroyed = over.created_in_txn(f.self);
  if (&heir != &f.self) {
    over.set_balance(f.self, u256{});
    over.set_balance(heir, heir.now.balance + balance);
  } else if (destroyed) {
    over.set_balance(f.self, u256{});
  }
  if (destroyed) over.set_destructed(f.self);
  f.gas_left = gas;
  f.reason = halt_reason::success;
  return -1;
}

}  // namespace ashlar::evm
