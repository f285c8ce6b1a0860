#include "runtime/riscv/ecall.hpp"
#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

namespace {

// Every call has a row of the system table, whatever table does it.
void put_call(row_writer<system_chip>& out, const fill_context& c, u32 index, u32 time,
              const riscv::read_access& number) {
  auto& row = out.fresh();
  ++c.fetches[index];
  row.pc = gl(c.program.pc_of(index));
  row.time = gl(time);
  row.number = gl(number.value);
  row.number_link = link(time, number.time);
}

bool is_call(const riscv::system_record& r, riscv::ecall number) {
  return r.number.value == static_cast<u32>(number);
}

}  // namespace

matrix fill_system(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<system_chip>(c);
  for (const auto& r : s.system) {
    put_call(out, c, r.index, r.time, r.number);
    auto& row = out.current();
    if (is_call(r, riscv::ecall::halt)) {
      row.is_halt = gl::one();
      row.status_link = link(r.time, r.a0.time);
    } else {
      row.is_call = gl::one();
    }
    out.put();
  }
  const auto put_all = [&](const auto& records) {
    for (const auto& r : records) {
      put_call(out, c, r.index, r.time, r.number);
      out.current().is_call = gl::one();
      out.put();
    }
  };
  put_all(s.blake3);
  put_all(s.keccak);
  put_all(s.mod256);
  put_all(s.mod384);
  put_all(s.copy);
  put_all(s.ext3);
  put_all(s.open_row);
  put_all(s.climb);
  put_all(s.absorb);
  return std::move(out.table());
}

matrix fill_read(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<read_chip>(c);
  for (const auto& r : s.system) {
    if (!is_call(r, riscv::ecall::read)) continue;
    for (u32 i = 0; i < r.a1.value; ++i) {
      const auto& w = s.read_words[r.words_begin + i];
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.is_last = gl(u32{i + 1 == r.a1.value});
      row.time = gl(r.time);
      row.remaining = gl(r.a1.value - i);
      row.to = gl(r.a0.value + 4 * i);
      row.value = gl(w.value);
      row.value_low = low16(w.value);
      row.old = gl(w.old_value);
      row.ram_link = link(r.time + 2, w.time);
      if (i == 0) {
        row.argument_link[0] = link(r.time, r.a0.time);
        row.argument_link[1] = link(r.time, r.a1.time);
      }
      out.put();
    }
  }
  return std::move(out.table());
}

matrix fill_copy(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<copy_chip>(c);
  for (const auto& r : s.copy) {
    for (u32 i = 0; i < r.words.value; ++i) {
      const auto& w = s.copied_words[r.words_begin + i];
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.is_last = gl(u32{i + 1 == r.words.value});
      row.time = gl(r.time);
      row.remaining = gl(r.words.value - i);
      row.to = gl(r.to.value + 4 * i);
      row.from = gl(r.from.value + 4 * i);
      row.value = gl(w.source.value);
      row.old = gl(w.destination.old_value);
      row.from_link = link(r.time, w.source.time);
      row.to_link = link(r.time + 1, w.destination.time);
      if (i == 0) {
        row.argument_link[0] = link(r.time, r.to.time);
        row.argument_link[1] = link(r.time, r.from.time);
        row.argument_link[2] = link(r.time, r.words.time);
      }
      out.put();
    }
  }
  return std::move(out.table());
}

matrix fill_commit(const fill_context& c) {
  row_writer<commit_chip> out(commit_chip::words, c.lookups);
  for (const auto& r : c.segment.system) {
    if (!is_call(r, riscv::ecall::commit)) continue;
    for (u32 i = 0; i < commit_chip::words; ++i) {
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.time = gl(r.time);
      row.from = gl(r.a0.value);
      row.value = gl(r.output[i].value);
      row.ram_link = link(r.time + 2, r.output[i].time);
      if (i == 0) row.argument_link = link(r.time, r.a0.time);
      out.put();
    }
  }
  return std::move(out.table());
}

}  // namespace ashlar::stark
